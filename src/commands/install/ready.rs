//! What comes before a server is installed: it is built as hosts will run it, and has to answer.

use anyhow::Result;

use crate::{
    commands::check,
    error::{Code, Failure},
    hosts::{entry::Run, job::Wishes},
    launch,
    probe::{Endpoint, Headers, Target},
    signal::Busy,
    spec::ProjectSpec,
    step::{self, Step},
    summary::hosts as say,
    template::Template,
    ui::Ui,
};

/// A project that is about to be installed.
pub struct Source<'a> {
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
    pub(super) fn plan(&self, wishes: &Wishes<'_>) -> Result<Option<String>> {
        let step = say::line(&launch::install(self.template)?.step.command);
        Ok(match (self.builds(wishes)?, self.check) {
            (true, true) => Some(format!("{step}, and a check that it answers")),
            (true, false) => Some(step),
            (false, true) => Some("a check that it answers".to_owned()),
            (false, false) => None,
        })
    }

    /// A build is for what hosts start, and for the check; without a check, one that is there will do.
    fn builds(&self, wishes: &Wishes<'_>) -> Result<bool> {
        if self.url.is_some() {
            return Ok(false);
        }
        let made = launch::made(wishes.root, self.template, self.spec)?;
        let started = wishes
            .servers
            .iter()
            .any(|server| matches!(server.run, Run::Stdio { .. }));
        Ok(self.check || started && !made.exists())
    }

    /// Build it, and check that it answers.
    pub(super) fn make_ready(&self, wishes: &Wishes<'_>, ui: Ui) -> Result<()> {
        if self.builds(wishes)? {
            let rules = launch::install(self.template)?;
            let _busy = Busy::begin();
            let done = step::run(&Step::from(&rules.step), wishes.root, ui)?;
            let made = launch::made(wishes.root, self.template, self.spec)?;
            if !made.exists() {
                let (line, made) = (say::line(&rules.step.command), made.display());
                return Err(Failure::failed(format!("`{line}` did not make `{made}`"))
                    .hint("nothing was installed; the project was changed so that this program cannot tell what to run")
                    .into());
            }
            let seconds = done.elapsed.as_secs_f64();
            ui.done(&format!("{}: {seconds:.1} s", rules.step.id));
        }
        if !self.check {
            return Ok(());
        }
        let report = check::installed(&self.targets(wishes)?, self.template, self.unchanged, ui)?;
        if report.failed(false) {
            ui.result(report.table().trim_end());
            let problem = format!(
                "the server does not answer as it should: {}",
                report.summary()
            );
            return Err(Failure::new(Code::CheckFailed, problem)
                .hint("nothing was installed; give what the server needs with --env and --header, see `create-mcp-server check`, or give --no-check")
                .into());
        }
        ui.done(&report.summary());
        Ok(())
    }

    /// Only what the hosts will use.
    fn targets(&self, wishes: &Wishes<'_>) -> Result<Vec<Target>> {
        let wanted = match wishes.servers.first().map(|server| &server.run) {
            Some(Run::Stdio { .. }) | None => "stdio",
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
        let given = (&self.headers, &self.env[..]);
        let mut targets = launch::installed_targets(wishes.root, self.template, self.spec, given)?;
        targets.retain(|target| target.transport() == wanted);
        for target in &mut targets {
            target.add_env(&self.env);
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
