//! `new`: from a command line to a project on disk, and on request to one that was built and answered a client.

use std::path::{Component, Path, PathBuf};

use anyhow::Result;

use crate::{
    answers::{Answers, Record},
    apply::{self, Disk},
    ask::{Ask, Question, Terminal, Unattended},
    cli::NewArgs,
    commands::check,
    error::{self, Code, Failure},
    interview,
    probe::Report,
    project,
    signal::{self, Busy},
    spec::ProjectSpec,
    step::{self, Step},
    summary::{self, Created},
    template::Template,
    ui::{DIM, Ui},
};

/// Run the verb.
///
/// # Errors
///
/// A usage failure for anything the user can correct; nothing is written then. A failed build or check keeps the
/// project.
pub fn run(args: &NewArgs, templates: &[Template<'_>], ui: Ui) -> Result<()> {
    let interactive = ui.can_ask() && !args.yes;
    let mut asker: Box<dyn Ask> = if interactive {
        Box::new(Terminal::default())
    } else {
        Box::new(Unattended {
            defaults: args.yes || args.dry_run,
        })
    };
    let recorded = match &args.answers {
        Some(file) => Record::read(file)?.answers,
        None => Answers::default(),
    };
    let given = args.answers().or(recorded);
    let template = interview::language(&given, templates, asker.as_mut())?;
    let (path, given) = interview::target(args.path.as_deref(), given, template, asker.as_mut())?;
    let root = absolute_root(&path)?;
    apply::recover(&root, &Disk)?;
    let place = project::check_target(&root)?;
    let answers = interview::fill(given, template, asker.as_mut())?;
    let spec = ProjectSpec::new(&answers, template)?;
    let build = match args.build_choice() {
        Some(choice) => choice,
        None if interactive => asker.confirm(BUILD, true)?,
        None => false,
    };
    let shown = shown(&root);
    let plan = project::plan_new(template, &spec, root, place)?;
    if args.dry_run {
        ui.value(&summary::plan_json(&plan));
        ui.result(&summary::plan_text(&plan, &shown));
        return Ok(());
    }
    if interactive {
        ui.note(&summary::plan_overview(&plan, &shown));
        if !asker.confirm(CREATE, true)? {
            return Err(Failure::interrupted().into());
        }
    }
    {
        let _busy = Busy::begin();
        apply::apply(&plan, &Disk, &signal::interrupted)?;
    }
    let created = Created {
        plan: &plan,
        spec: &spec,
        template,
        path: &path,
        shown: &shown,
        git: !args.no_git,
        build,
    };
    ui.done(&created.headline());
    let mut report = None;
    let outcome = run_steps(&created, ui, &mut report);
    ui.value(&created.json(outcome.is_ok(), report.as_ref()));
    if outcome.is_ok() {
        ui.result(&created.next_steps());
        if interactive {
            ui.result(&format!(
                "\n{DIM}The same without questions:{DIM:#}\n  {}",
                created.command_line()
            ));
        }
    }
    outcome
}

/// What comes after the project stands; `checked` gets the report of a check, whatever it says.
fn run_steps(created: &Created<'_>, ui: Ui, checked: &mut Option<Report>) -> Result<()> {
    let _busy = Busy::begin();
    let root = &created.plan.root;
    if created.git && !step::inside_repository(root) {
        // A project without a repository is complete: say it and go on.
        match step::run(&Step::git_init(), root, ui) {
            Ok(_) => ui.done("created a git repository"),
            Err(error) if error::code(&error) == Code::Interrupted => return Err(error),
            Err(error) => ui.warn(&format!("no git repository: {error:#}")),
        }
    }
    if created.build {
        for spec in &created.template.manifest().steps {
            let done = step::run(&Step::from(spec), root, ui)?;
            let seconds = done.elapsed.as_secs_f64();
            ui.done(&format!("{}: {seconds:.1} s", spec.id));
        }
        let report = check::built_project(root, created.template, created.spec, ui)?;
        ui.result(report.table().trim_end());
        return check::verdict(checked.insert(report), false, ui);
    }
    Ok(())
}

/// The project's directory without `.` and `..`, so that messages and checks do not depend on the working directory.
fn absolute_root(path: &Path) -> Result<PathBuf> {
    let ends_in_dots = !matches!(path.components().next_back(), Some(Component::Normal(_)));
    let full = if ends_in_dots {
        path.canonicalize()
    } else {
        std::path::absolute(path)
    };
    full.map_err(|error| {
        Failure::usage(format!("cannot use `{}`: {error}", path.display()))
            .hint("give a directory to create")
            .into()
    })
}

/// A directory as people see it: relative where it lies below the current one.
fn shown(root: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    match root.strip_prefix(&here) {
        Ok(below) if !below.as_os_str().is_empty() => below.display().to_string(),
        _ => root.display().to_string(),
    }
}

const BUILD: Question<'_> = Question {
    what: "build",
    prompt: "Build it now, and check that the server answers?",
    flag: "--build or --no-build",
};

const CREATE: Question<'_> = Question {
    what: "go-ahead",
    prompt: "Create it?",
    flag: "--yes",
};
