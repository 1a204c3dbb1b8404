//! What comes before a server is installed: it is built as hosts will run it, and has to answer.

use anyhow::Result;

use crate::{
    commands::check,
    error::{Code, Failure},
    hosts::{entry::Run, job::Wishes},
    launch::{self, Installable},
    probe::{Endpoint, Headers, Target},
    signal::Busy,
    spec::ProjectSpec,
    step,
    summary::hosts as say,
    template::Template,
    ui::Ui,
};

/// A project that is about to be installed.
pub struct Source<'a> {
    pub installable: Installable<'a>,
    pub template: &'a Template<'a>,
    pub spec: &'a ProjectSpec,
    /// Whether it is as the template made it.
    pub unchanged: bool,
    /// Whether it must answer first.
    pub check: bool,
    /// The address that the user gave instead of the project's own.
    pub url: Option<&'a str>,
    /// What the user gives to the server and its client, for the check only.
    pub headers: Headers,
    pub env: Vec<(String, String)>,
}

impl Source<'_> {
    /// What is done first, in words; `None` when nothing is.
    pub(super) fn plan(&self, wishes: &Wishes<'_>) -> Option<String> {
        let step = say::line(&self.installable.step().command);
        match (self.builds(wishes), self.check) {
            (true, true) => Some(format!("{step}, and a check that it answers")),
            (true, false) => Some(step),
            (false, true) => Some("a check that it answers".to_owned()),
            (false, false) => None,
        }
    }

    /// A build is for what hosts start, and for the check; without a check, one that is there will do.
    fn builds(&self, wishes: &Wishes<'_>) -> bool {
        let started = wishes
            .servers
            .iter()
            .any(|server| matches!(server.run, Run::Stdio(_)));
        self.url.is_none() && (self.check || started && !self.installable.is_made())
    }

    /// Build it; whether hosts start something else then than `wishes` said.
    pub(super) fn build(&mut self, wishes: &mut Wishes<'_>, ui: Ui) -> Result<bool> {
        if !self.builds(wishes) {
            return Ok(false);
        }
        let _busy = Busy::begin();
        let step = self.installable.reporting_step();
        let done = step::run(&step, wishes.root, ui)?;
        self.installable.learn(&done.reports)?;
        let (id, seconds) = (self.installable.step_id(), done.elapsed.as_secs_f64());
        ui.done(&format!("{id}: {seconds:.1} s"));
        let command = self.installable.command()?;
        for server in &mut wishes.servers {
            if let Run::Stdio(start) = &mut server.run
                && start.command != command
            {
                start.command.clone_from(&command);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Check that it answers.
    pub(super) fn check(&self, wishes: &Wishes<'_>, ui: Ui) -> Result<()> {
        if !self.check {
            return Ok(());
        }
        let report = check::installed(&self.targets(wishes)?, self.template, self.unchanged, ui)?;
        if report.failed(false) {
            ui.result(report.table(ui.verbose()).trim_end());
            let problem = format!(
                "the server does not answer as it should: {}",
                report.summary()
            );
            return Err(Failure::new(Code::CheckFailed, problem)
                .hint("nothing was installed; set what the server needs with --env, --env-file, --check-env or --header (`create-mcp-server check` shows details), or skip the check with --no-check")
                .into());
        }
        ui.done(&report.summary());
        Ok(())
    }

    /// Only what the hosts will use.
    fn targets(&self, wishes: &Wishes<'_>) -> Result<Vec<Target>> {
        let mut command = self.installable.command()?;
        let mut env = self.env.clone();
        let wanted = match wishes.servers.first().map(|server| &server.run) {
            Some(Run::Stdio(start)) => {
                env = [start.env.clone(), env].concat();
                if let Some(file) = &start.env_file {
                    let more = start.from_file.iter();
                    command.extend(more.map(|word| word.replace("{file}", file)));
                }
                "stdio"
            }
            None => "stdio",
            Some(Run::Http { headers, .. }) => {
                if let Some(url) = self.url {
                    let endpoint = Endpoint::parse(url, self.own(headers)?).map_err(|error| {
                        Failure::usage(format!("{error:#}")).hint(
                            "nothing was installed; --no-check installs the address unchecked",
                        )
                    })?;
                    return Ok(vec![Target::Http(endpoint)]);
                }
                "http"
            }
        };
        let given = (&self.headers, &env[..]);
        let mut targets =
            launch::installed_targets(command, wishes.root, self.template, self.spec, given)?;
        targets.retain(|target| target.transport() == wanted);
        for target in &mut targets {
            target.add_env(&env);
        }
        Ok(targets)
    }

    /// Headers with the values that the user gave or the environment has.
    fn own(&self, headers: &[(String, String)]) -> Result<Headers> {
        let wanted = headers.iter().filter(|(name, _)| !self.headers.names(name));
        let lines = wanted.map(|(name, value)| {
            let Some((before, rest)) = value.split_once("{env:") else {
                return Ok(format!("{name}: {value}"));
            };
            let (variable, after) = rest.split_once('}').unwrap_or((rest, ""));
            let value = std::env::var(variable).map_err(|_| {
                Failure::usage(format!("the check needs the variable `{variable}`"))
                    .hint(format!("set it to what the server expects, give --header '{name}: …', or give --no-check"))
            })?;
            Ok(format!("{name}: {before}{value}{after}"))
        });
        let lines: Vec<String> = lines.collect::<Result<_>>()?;
        Ok(self.headers.clone().and(Headers::parse(&lines)?))
    }
}
