//! `mcp-check.toml`: what a project says once about how it is checked. The command line wins over it.

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::Result;
use serde::Deserialize;

use crate::{cli::check::CheckArgs, error::Failure};

/// Where it is looked for when none is named.
const NAME: &str = "mcp-check.toml";

/// What the file may say.
#[derive(Debug, Default, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// Codes of findings that do not count.
    pub ignore: Vec<String>,
    /// Tokens that the surface may cost.
    pub max_tokens: Option<usize>,
    /// Seconds.
    pub timeout: Option<u64>,
    pub step_timeout: Option<u64>,
    pub open_timeout: Option<u64>,
    /// Tools that are not called.
    pub skip: Vec<String>,
    /// Whether warnings fail the check.
    pub strict: bool,
    /// Severities by code.
    pub severity: BTreeMap<String, String>,
    /// Headers of each request; `${NAME}` is a variable of the environment.
    pub headers: BTreeMap<String, String>,
}

impl Config {
    /// Read the file that is named, or the one that is here, if there is one.
    ///
    /// # Errors
    ///
    /// A usage failure for a file that is missing, cannot be parsed, or names a variable that is not set.
    pub fn read(named: Option<&Path>) -> Result<Self> {
        let path = named.unwrap_or(Path::new(NAME));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(_) if named.is_none() && !path.exists() => return Ok(Self::default()),
            Err(error) => {
                let message = format!("cannot read `{}`: {error}", path.display());
                return Err(Failure::usage(message).into());
            }
        };
        Self::parse(&text, |name| std::env::var(name).ok()).map_err(|reason| {
            let message = format!("`{}`: {reason}", path.display());
            Failure::usage(message)
                .hint("see `docs/check.md` for what it may say")
                .into()
        })
    }

    fn parse(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let mut config: Self = toml_edit::de::from_str(text).map_err(|error| {
            let message = error.message().to_owned();
            let line = error
                .span()
                .map(|span| text[..span.start].matches('\n').count() + 1);
            line.map_or_else(|| message.clone(), |line| format!("line {line}: {message}"))
        })?;
        for value in config.headers.values_mut() {
            *value = fill(value, &variable)?;
        }
        Ok(config)
    }

    /// The header lines that the file and the command line give; the command line's come last.
    #[must_use]
    pub fn headers(&self, args: &CheckArgs) -> Vec<String> {
        let given = |name: &str| {
            let mut lines = args.headers.iter().filter_map(|line| line.split_once(':'));
            lines.any(|(known, _)| known.trim().eq_ignore_ascii_case(name))
        };
        let own = self.headers.iter().filter(|(name, _)| !given(name));
        let own = own.map(|(name, value)| format!("{name}: {value}"));
        own.chain(args.headers.iter().cloned()).collect()
    }

    /// Fill in what the command line leaves open.
    pub fn complete(&self, args: &mut CheckArgs) {
        let seconds = |it: Option<u64>| it.map(Duration::from_secs);
        let patience = &mut args.patience;
        patience.timeout = patience.timeout.or(seconds(self.timeout));
        patience.step_timeout = patience.step_timeout.or(seconds(self.step_timeout));
        patience.open_timeout = patience.open_timeout.or(seconds(self.open_timeout));
        args.max_tokens = args.max_tokens.or(self.max_tokens);
        args.strict |= self.strict;
        args.skip.extend(self.skip.iter().cloned());
        args.ignore.extend(self.ignore.iter().cloned());
    }
}

/// `${NAME}` in `text` becomes the variable; one that is not set is an error, so that no request is sent without it.
fn fill(text: &str, variable: &impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after
            .split_once('}')
            .ok_or("a header has `${` without `}`")?;
        out.push_str(before);
        let value = variable(name);
        out.push_str(&value.ok_or_else(|| format!("the variable `{name}` is not set"))?);
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, |name| {
            (name == "API_TOKEN").then(|| "secret".to_owned())
        })
    }

    #[test]
    fn everything_it_may_say_is_read_and_variables_are_filled_in() {
        let config = parse(
            "ignore = [\"missing-era\"]\nmax-tokens = 20000\nstep-timeout = 30\nskip = [\"delete-all\"]\n\
             [severity]\ntool-description = \"error\"\n[headers]\nAuthorization = \"Bearer ${API_TOKEN}\"\n",
        )
        .unwrap();
        assert_eq!(config.ignore, ["missing-era"]);
        assert_eq!(
            (config.max_tokens, config.step_timeout),
            (Some(20_000), Some(30))
        );
        assert_eq!(config.skip, ["delete-all"]);
        assert_eq!(config.severity["tool-description"], "error");
        assert_eq!(config.headers["Authorization"], "Bearer secret");
    }

    #[test]
    fn what_it_may_not_say_is_refused_with_the_line() {
        assert!(
            parse("\nignroe = []")
                .unwrap_err()
                .starts_with("line 2: unknown field")
        );
        assert!(
            parse("max-tokens = \"x\"")
                .unwrap_err()
                .starts_with("line 1: ")
        );
        let unset = parse("[headers]\nA = \"${OTHER}\"").unwrap_err();
        assert_eq!(unset, "the variable `OTHER` is not set");
        assert!(
            parse("[headers]\nA = \"${OTHER\"")
                .unwrap_err()
                .contains("without `}`")
        );
    }
}
