//! `check`: choose what to talk to, build a project first, and report what the probe found.

mod baseline;
mod config;
mod hosts;

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::{
    apply::{self, Disk, Ending, Rewrite},
    cli::check::CheckArgs,
    error::{Code, Failure},
    launch,
    owner::Trust,
    probe::{
        self, Answers, Change, Endpoint, Format, Headers, Launch, Options, Policy, Report, Target,
    },
    project::Project,
    signal::{self, Busy},
    spec::ProjectSpec,
    step::{self, Step},
    template::Template,
    ui::Ui,
};
use config::Config;

/// Run the verb.
///
/// # Errors
///
/// A usage failure for what cannot be checked; a failed build; a server that failed (exit code 4).
pub fn run(args: &CheckArgs, templates: &[Template<'_>], ui: Ui) -> Result<()> {
    let config = Config::read(args.config.as_deref())?;
    let mut args = args.clone();
    config.complete(&mut args);
    let policy = Policy::parse(&args.ignore, &config.severity)?;
    if !args.hosts.is_empty() {
        let mut options = Options::default();
        configure(&args, &mut options);
        return hosts::run(&args, &options, &policy, ui);
    }
    let Job {
        mut targets,
        mut options,
    } = job(&args, &config, templates, ui)?;
    configure(&args, &mut options);
    for target in &mut targets {
        target.add_env(&args.env);
    }
    let mut report = probe(&targets, &options, ui)?;
    report.apply(&policy);
    let changes = match &args.baseline {
        Some(path) if args.update_baseline => {
            write(path, &baseline::text(&report)?)?;
            None
        }
        Some(path) => Some(baseline::changes(path, &report)?),
        None => None,
    };
    publish(&report, changes.as_deref(), &args, ui)?;
    verdict(&report, args.strict, ui)?;
    baseline::verdict(&changes.unwrap_or_default())
}

/// What the command line says about how to check.
fn configure(args: &CheckArgs, options: &mut Options) {
    args.patience.apply(options);
    options.calls = args.named_calls.iter().cloned().collect();
    options.safe_calls |= args.calls;
    options.no_calls = args.no_calls;
    options.answers = Answers::new(&args.answers);
    options.skip = args.skip.iter().cloned().collect();
    options.max_tokens = args.max_tokens.unwrap_or(options.max_tokens);
}

/// What to check, and how.
struct Job {
    targets: Vec<Target>,
    options: Options,
}

fn job(args: &CheckArgs, config: &Config, templates: &[Template<'_>], ui: Ui) -> Result<Job> {
    let headers = Headers::parse(&config.headers(args))?;
    let mut job = Job {
        targets: Vec::new(),
        options: Options::default(),
    };
    if let Some(url) = &args.url {
        let endpoint = Endpoint::parse(url, headers)?;
        job.targets
            .push(Target::Http(endpoint.certified_by(args.ca.clone())));
    } else if args.command.is_empty() {
        let start = args.path.as_deref().unwrap_or(Path::new("."));
        let project = Project::find(start, &Trust::given(args.trust.trust))?;
        let (template, spec) = project.resolve(templates)?;
        build(template, &project.root, ui)?;
        job.options = launch::options(template)?;
        job.options.unchanged = project.drifted() == 0;
        job.targets = launch::targets(&project.root, template, &spec, &headers, &args.env)?;
    } else {
        let launch = Launch::new(args.command.clone());
        job.targets.push(Target::Stdio(launch));
    }
    let has_http = job.targets.iter().any(|it| it.transport() == "http");
    if !args.headers.is_empty() && !has_http {
        return Err(Failure::usage("`--header` only applies to HTTP")
            .hint("leave it out: this server is checked over stdio only")
            .into());
    }
    Ok(job)
}

/// Write the report as the user wants it, to stdout or to a file.
fn publish(report: &Report, changes: Option<&[Change]>, args: &CheckArgs, ui: Ui) -> Result<()> {
    let format = match args.format {
        None if ui.json() => Format::Json,
        format => format.map_or(Format::Text, Into::into),
    };
    let mut value = serde_json::to_value(report).context("cannot print the report")?;
    if let Some(changes) = changes {
        value["changes"] = serde_json::to_value(changes).context("cannot print the changes")?;
    }
    let text = match format {
        Format::Text => match changes {
            Some(changes @ [_, ..]) => {
                let table = probe::changes_table(changes);
                format!("{}\n{table}", report.table(ui.verbose()))
            }
            _ => report.table(ui.verbose()),
        },
        Format::Json => value.to_string(),
        format => report.formatted(format, args.strict).unwrap_or_default(),
    };
    match &args.output {
        Some(path) => {
            write(path, &format!("{}\n", text.trim_end()))?;
            ui.value(&value);
        }
        None if format == Format::Text => ui.result(text.trim_end()),
        None => ui.data(text.trim_end()),
    }
    Ok(())
}

/// Put `text` in the place of what the file holds.
fn write(path: &Path, text: &str) -> Result<()> {
    let path = std::path::absolute(path)?;
    let before = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        text => Some(text.with_context(|| format!("cannot read `{}`", path.display()))?),
    };
    let rewrite = Rewrite {
        path: path.clone(),
        before,
        after: Some(text.to_owned()),
        backup: None,
        obsolete: None,
    };
    match apply::rewrite(&rewrite, &Disk, &signal::interrupted)? {
        Ending::Done => Ok(()),
        Ending::Busy | Ending::Changed => {
            let message = format!("something else is writing `{}`", path.display());
            Err(Failure::failed(message).into())
        }
    }
}

/// Check a project that is built, as `new --build` does.
///
/// # Errors
///
/// Fails on interruption; a server that fails is in the report.
pub fn built_project(
    root: &Path,
    template: &Template<'_>,
    spec: &ProjectSpec,
    ui: Ui,
) -> Result<Report> {
    let targets = launch::targets(root, template, spec, &Headers::default(), &[])?;
    probe(&targets, &launch::options(template)?, ui)
}

/// Check what hosts will reach.
///
/// # Errors
///
/// See [`built_project`].
pub fn installed(
    targets: &[Target],
    template: &Template<'_>,
    unchanged: bool,
    ui: Ui,
) -> Result<Report> {
    let mut options = launch::options(template)?;
    options.unchanged = unchanged;
    probe(targets, &options, ui)
}

/// Print the summary, or fail with it; findings count when `strict`.
///
/// # Errors
///
/// Fails with exit code 4 when the server failed.
pub fn verdict(report: &Report, strict: bool, ui: Ui) -> Result<()> {
    let summary = report.summary();
    if !report.failed(strict) {
        ui.done(&summary);
        return Ok(());
    }
    let what = if report.passed {
        "with --strict, a warning is a failure"
    } else {
        "the server failed the check"
    };
    Err(Failure::new(Code::CheckFailed, format!("{what}: {summary}")).into())
}

/// Build a project, as its template says.
///
/// # Errors
///
/// Fails when a step does.
pub fn build(template: &Template<'_>, root: &Path, ui: Ui) -> Result<()> {
    let _busy = Busy::begin();
    for spec in template.manifest().steps.iter().filter(|it| !it.trial) {
        step::run(&Step::from(spec), root, ui)?;
    }
    Ok(())
}

fn probe(targets: &[Target], options: &Options, ui: Ui) -> Result<Report> {
    let _busy = Busy::begin();
    probe::adopt_orphans();
    let progress = ui.progress("checking");
    probe::run(
        targets,
        options,
        &|line| progress.line(line),
        &signal::interrupted,
    )
}
