//! The variables of a server that is installed: given, asked for, and kept out of hosts' files when they are secrets.

use anyhow::Result;

use crate::{
    ask::{Ask, Question},
    cli::install::InstallArgs,
    error::Failure,
    hosts::{
        Host,
        entry::{Run, Server},
        secret::is_secret,
    },
    launch::Installable,
    summary::hosts as say,
};

/// What the user says about the server's variables.
pub(super) struct Settings {
    /// In the entry, and for the check.
    env: Vec<(String, String)>,
    /// Those whose values the host has.
    passed: Vec<String>,
    /// An absolute path.
    env_file: Option<String>,
    /// For the check alone.
    pub(super) check: Vec<(String, String)>,
}

impl Settings {
    /// What the command line says.
    ///
    /// # Errors
    ///
    /// A usage failure when the file is not there.
    pub(super) fn given(args: &InstallArgs) -> Result<Self> {
        let (mut env, mut passed): (Vec<(String, String)>, Vec<String>) = Default::default();
        for (name, value) in &args.env {
            match value {
                Some(value) => env.push((name.clone(), value.clone())),
                None => passed.push(name.clone()),
            }
        }
        let env_file = args.env_file.as_ref().map(|path| {
            let shown = path.display();
            let found = std::path::absolute(path).ok().filter(|path| path.is_file());
            let text = found.and_then(|path| path.into_os_string().into_string().ok());
            text.ok_or_else(|| {
                Failure::usage(format!("cannot find the file `{shown}`"))
                    .hint("give --env-file the path of a file with lines such as `NAME=value`")
            })
        });
        Ok(Self {
            env,
            passed,
            env_file: env_file.transpose()?,
            check: args.check_env.clone(),
        })
    }

    /// Ask for what the server needs and has no default.
    ///
    /// # Errors
    ///
    /// Fails on an interruption.
    pub(super) fn complete(
        &mut self,
        project: &Installable<'_>,
        server: &Server,
        check: bool,
        asker: Option<&mut dyn Ask>,
    ) -> Result<()> {
        let (Run::Stdio(_), Some(asker), None) = (&server.run, asker, &self.env_file) else {
            return Ok(());
        };
        for (name, what) in project.questions() {
            if !self.has(name) {
                let prompt = format!("{name}: {what}");
                let flag = format!("--env {name}=VALUE");
                let question = Question::new(name, &prompt, &flag);
                let answer = asker.text(question, Some(NONE), &|_| Ok(()))?;
                if answer != NONE {
                    self.env.push((name.clone(), answer));
                }
            }
        }
        for name in project.secrets().filter(|_| check) {
            if !self.has(name) && std::env::var_os(name).is_none() {
                let prompt = format!("{name}, for the check only (hosts supply their own)");
                let flag = format!("--check-env {name}=VALUE");
                let answer = asker.secret(Question::new(name, &prompt, &flag))?;
                self.check.push((name.clone(), answer));
            }
        }
        Ok(())
    }

    fn has(&self, name: &str) -> bool {
        let mut given = self.env.iter().chain(&self.check);
        given.any(|(given, _)| given == name) || self.passed.iter().any(|given| given == name)
    }

    /// Refuse to write a secret into hosts' files.
    ///
    /// # Errors
    ///
    /// A usage failure that says how each host gets it.
    pub(super) fn refuse_secrets(
        &self,
        project: &Installable<'_>,
        hosts: &[&'static Host],
    ) -> Result<()> {
        let secret = self.env.iter().find(|(name, value)| {
            is_secret(name, value) || project.secrets().any(|secret| secret == name)
        });
        match secret {
            Some((name, _)) => Err(say::secret(name, hosts).into()),
            None => Ok(()),
        }
    }

    /// Put them into `server`.
    ///
    /// # Errors
    ///
    /// A usage failure when hosts do not start it.
    pub(super) fn join(&self, server: &mut Server) -> Result<()> {
        match &mut server.run {
            Run::Stdio(start) => {
                start.env.clone_from(&self.env);
                start.passed.clone_from(&self.passed);
                start.env_file.clone_from(&self.env_file);
                Ok(())
            }
            Run::Http { .. } => {
                let flag = match (
                    self.env.is_empty() && self.passed.is_empty(),
                    &self.env_file,
                ) {
                    (false, _) => "--env",
                    (true, Some(_)) => "--env-file",
                    (true, None) => return Ok(()),
                };
                Err(Failure::usage(format!(
                    "`{flag}` only applies to a server that hosts start"
                ))
                .hint("give --check-env, and set the variable where you start the server")
                .into())
            }
        }
    }
}

/// The answer that leaves a setting out.
const NONE: &str = "none";
