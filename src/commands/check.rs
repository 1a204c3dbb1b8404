//! `check`: choose what to talk to, build a project first, and report what the probe found.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::{
    cli::check::CheckArgs,
    error::{Code, Failure},
    launch,
    owner::Trust,
    probe::{self, Endpoint, Headers, Launch, Options, Report, Target},
    project::Project,
    signal::{self, Busy},
    spec::ProjectSpec,
    step::{self, Step},
    template::Template,
    ui::Ui,
};

/// Run the verb.
///
/// # Errors
///
/// A usage failure for what cannot be checked; a failed build; a server that failed (exit code 4).
pub fn run(args: &CheckArgs, templates: &[Template<'_>], ui: Ui) -> Result<()> {
    let headers = Headers::parse(&args.headers)?;
    let mut options = Options::default();
    let mut drifted = None;
    let mut targets = if let Some(url) = &args.url {
        vec![Target::Http(Endpoint::parse(url, headers)?)]
    } else if args.command.is_empty() {
        let project = Project::find(
            args.path.as_deref().unwrap_or(Path::new(".")),
            &Trust::given(args.trust.trust),
        )?;
        let (template, spec) = project.resolve(templates)?;
        build(template, &project.root, ui)?;
        drifted = Some(project.drifted());
        options = launch::options(template)?;
        options.unchanged = drifted == Some(0);
        launch::targets(&project.root, template, &spec, &headers, &args.env)?
    } else {
        vec![Target::Stdio(Launch::new(args.command.clone()))]
    };
    if !args.headers.is_empty() && targets.iter().all(|target| target.transport() != "http") {
        return Err(Failure::usage("`--header` is of no use: nothing is checked over HTTP").into());
    }
    options.timeout = args.timeout;
    options.calls = args.calls.iter().cloned().collect();
    for target in &mut targets {
        target.add_env(&args.env);
    }
    let report = probe(&targets, &options, ui)?;
    let mut value = serde_json::to_value(&report).context("cannot print the report")?;
    value["drifted_files"] = drifted.into();
    ui.value(&value);
    ui.result(report.table().trim_end());
    if let Some(drifted @ 1..) = drifted {
        ui.note(&format!(
            "{drifted} of the files it was created with differ by now"
        ));
    }
    verdict(&report, args.strict, ui)
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

fn build(template: &Template<'_>, root: &Path, ui: Ui) -> Result<()> {
    let _busy = Busy::begin();
    for spec in template.manifest().steps.iter().filter(|it| !it.trial) {
        step::run(&Step::from(spec), root, ui)?;
    }
    Ok(())
}

fn probe(targets: &[Target], options: &Options, ui: Ui) -> Result<Report> {
    let _busy = Busy::begin();
    let progress = ui.progress("checking");
    probe::run(
        targets,
        options,
        &|line| progress.line(line),
        &signal::interrupted,
    )
}
