//! `new`: from a command line to a project on disk, and on request to one that was built and answered a client.

use std::path::PathBuf;

use anyhow::Result;

use crate::{
    answers::{Answers, Record},
    apply::{self, Disk},
    ask::{self, Ask, Question, Terminal, Unattended},
    cli::{NewArgs, install::ActionArgs},
    commands::{
        check,
        install::{self, Connected, Source},
    },
    error::{self, Code},
    hosts::{Host, Scope, job::Wishes, places::Machine},
    interview,
    launch::Installable,
    plan::{Place, Plan},
    probe::Headers,
    probe::Report,
    project,
    signal::{self, Busy},
    spec::ProjectSpec,
    step::{self, Step},
    summary::{self, Created},
    template::Template,
    ui::Ui,
    workspace::{self, Standing},
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
        Box::new(Terminal::new(ui.colored()))
    } else {
        Box::new(Unattended {
            defaults: args.yes || args.dry_run,
        })
    };
    let machine = Machine::here();
    let (decision, build, hosts) = ask::with_way_back(asker.as_mut(), |asker| {
        let decision = decide(args, templates, asker, ui)?;
        let (build, hosts) = actions(args, &machine, asker)?;
        Ok((decision, build, hosts))
    })?;
    if args.archived && args.language.is_none() && args.answers.is_none() {
        let title = &decision.template.manifest().title;
        ui.warn(&format!(
            "creating a {title} project; choose another language with --language"
        ));
    }
    if let Some(around) = &decision.around {
        ui.note(&summary::workspace(around));
    }
    let plan = decision.plan()?;
    let shown = project::shown(&plan.root);
    if args.dry_run {
        ui.value(&summary::plan_json(&plan));
        ui.result(&summary::plan_text(&plan, &shown));
        return Ok(());
    }
    {
        let _busy = Busy::begin();
        apply::apply(&plan, &Disk, &signal::interrupted)?;
    }
    let created = Created {
        plan: &plan,
        spec: &decision.spec,
        template: decision.template,
        path: &decision.path,
        shown: &shown,
        git: !args.no_git,
        build,
        hosts,
    };
    finish(&created, &machine, interactive, ui)
}

/// Whether to build the project, and which hosts are to find it.
fn actions(
    args: &NewArgs,
    machine: &Machine,
    asker: &mut dyn Ask,
) -> Result<(bool, Vec<&'static Host>)> {
    let ask = asker.is_person() && !args.dry_run;
    let build = match args.build_choice() {
        Some(choice) => choice,
        None => ask && asker.confirm(BUILD, true)?,
    };
    let hosts = match args.hosts() {
        given if given.is_empty() && ask && build => interview::offered_hosts(machine, asker)?,
        given => interview::named_hosts(&given),
    };
    Ok((build, hosts))
}

/// What is going to be created, and where.
struct Decision<'a, 'b> {
    template: &'a Template<'b>,
    spec: ProjectSpec,
    /// The directory as the user gave it.
    path: PathBuf,
    root: PathBuf,
    place: Place,
    around: Option<workspace::Around>,
}

impl Decision<'_, '_> {
    fn plan(&self) -> Result<Plan> {
        project::plan_new(self.template, &self.spec, self.root.clone(), self.place)
    }
}

/// Settle every answer, and refuse a directory that cannot be used before the first question.
fn decide<'a, 'b>(
    args: &NewArgs,
    templates: &'a [Template<'b>],
    asker: &mut dyn Ask,
    ui: Ui,
) -> Result<Decision<'a, 'b>> {
    let recorded = match &args.answers {
        Some(file) => Record::read(file)?.answers,
        None => Answers::default(),
    };
    let given = args.answers().or(recorded);
    let (path, given, template) = interview::start(args.path.as_deref(), given, templates, asker)?;
    let root = project::absolute(&path)?;
    if !args.dry_run && apply::recover(&root, &Disk)? {
        ui.warn("undid the changes that an interrupted run left there");
    }
    let place = project::check_target(&root)?;
    let mut answers = interview::fill(given, template, asker)?;
    let rules = template.manifest().workspace.as_ref();
    let around = rules
        .map(|rules| workspace::around(&root, rules))
        .transpose()?;
    let around = around.flatten();
    answers.workspace = around.as_ref().map_or(Standing::Alone, |it| it.standing);
    let spec = ProjectSpec::new(&answers, template)?;
    Ok(Decision {
        template,
        spec,
        path,
        root,
        place,
        around,
    })
}

/// Run the steps and say how it went.
fn finish(created: &Created<'_>, machine: &Machine, interactive: bool, ui: Ui) -> Result<()> {
    ui.done(&created.headline());
    let mut report = None;
    let mut connected = None;
    let outcome = run_steps(created, ui, &mut report).and_then(|()| {
        if !created.hosts.is_empty() {
            connected = Some(install_it(created, machine, ui)?);
        }
        Ok(())
    });
    let installed = connected
        .as_ref()
        .map(|connected| &connected.value["hosts"]);
    ui.value(&created.json(outcome.is_ok(), report.as_ref(), installed));
    let refused = connected.as_mut().and_then(|it| it.refused.take());
    if outcome.is_ok() {
        let more = connected.as_ref().map_or("", |connected| &connected.next);
        ui.result(&format!("{}{more}", created.next_steps()));
        if interactive {
            ui.result(&created.same_again());
        }
    }
    outcome.and(refused.map_or(Ok(()), Err))
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
            Err(error) => ui.warn(&format!("could not create a git repository: {error:#}")),
        }
    }
    if created.build {
        for spec in &created.template.manifest().steps {
            let done = step::run(&Step::from(spec), root, ui)?;
            let seconds = done.elapsed.as_secs_f64();
            ui.done(&format!("{}: {seconds:.1} s", spec.id));
        }
        let report = check::built_project(root, created.template, created.spec, ui)?;
        ui.result(report.table(ui.verbose()).trim_end());
        return check::verdict(checked.insert(report), false, ui);
    }
    Ok(())
}

/// Let the hosts find it that were asked for.
fn install_it(created: &Created<'_>, machine: &Machine, ui: Ui) -> Result<Connected> {
    let (root, template) = (&created.plan.root, created.template);
    let installable = Installable::find(root, template, created.spec, true)?;
    let server = installable.server(false, None)?;
    let mut wishes = Wishes {
        machine,
        root,
        scope: Scope::User,
        servers: vec![server.with_program(|name| machine.program(name))],
        hosts: created.hosts.clone(),
        remove: false,
        force: false,
    };
    let mut source = Source {
        installable,
        template,
        spec: created.spec,
        unchanged: true,
        check: true,
        url: None,
        headers: Headers::default(),
        env: Vec::new(),
    };
    let actions = ActionArgs {
        force: false,
        dry_run: false,
        yes: true,
    };
    install::connect(&mut wishes, &mut source, &actions, ui)
}

const BUILD: Question<'_> = Question::new(
    "build",
    "Build it now, and check that the server answers?",
    "--build or --no-build",
);
