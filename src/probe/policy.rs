//! What the user makes of findings: some are ignored, some weigh more or less. Parses and refuses what was typed about it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    codes::{RULES, Severity, rule_of},
    report::Report,
};
use crate::error::Failure;

/// Which findings count, and how much.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    ignored: BTreeSet<String>,
    severities: BTreeMap<String, Severity>,
}

impl Policy {
    /// Parse codes to ignore, and severities by code.
    ///
    /// # Errors
    ///
    /// A usage failure for a code that does not exist, and for one that is a failure whatever the user makes of it.
    pub fn parse<'a>(
        ignored: impl IntoIterator<Item = &'a String>,
        severities: &BTreeMap<String, String>,
    ) -> Result<Self, Failure> {
        let mut policy = Self::default();
        for code in ignored {
            known(code, "ignored")?;
            policy.ignored.insert(code.clone());
        }
        for (code, name) in severities {
            known(code, "made less")?;
            let severity = match name.as_str() {
                "error" => Severity::Error,
                "warning" => Severity::Warning,
                "note" => Severity::Note,
                _ => {
                    let message = format!("`{name}` is not a severity of `{code}`");
                    return Err(Failure::usage(message).hint("use `error`, `warning` or `note`"));
                }
            };
            policy.severities.insert(code.clone(), severity);
        }
        Ok(policy)
    }
}

/// A finding of this code can be weighed.
fn known(code: &str, done: &str) -> Result<(), Failure> {
    let Some(rule) = rule_of(code) else {
        let distance = |name: &&str| strsim::damerau_levenshtein(code, name);
        let names = RULES.iter().map(|rule| rule.code);
        let near = names.min_by_key(distance).unwrap_or_default();
        let failure = Failure::usage(format!("there is no finding `{code}`"));
        return Err(failure.hint(format!("did you mean `{near}`?")));
    };
    if rule.severity == Severity::Error {
        let message = format!("`{code}` is a failure, which cannot be {done}");
        return Err(Failure::usage(message).hint("an official client rejects it; fix the server"));
    }
    Ok(())
}

impl Report {
    /// Weigh the findings as the user wants.
    pub fn apply(&mut self, policy: &Policy) {
        self.findings
            .retain(|finding| !policy.ignored.contains(finding.code));
        for finding in &mut self.findings {
            if let Some(severity) = policy.severities.get(finding.code) {
                finding.severity = *severity;
            }
        }
        self.findings.sort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(ignored: &str, severity: (&str, &str)) -> String {
        let ignored = [ignored.to_owned()];
        let ignored = ignored.iter().filter(|it| !it.is_empty());
        let severities = [severity].into_iter().filter(|(code, _)| !code.is_empty());
        let severities = severities.map(|(code, name)| (code.to_owned(), name.to_owned()));
        let failure = Policy::parse(ignored, &severities.collect()).unwrap_err();
        format!("{failure}; {}", failure.hint_text().unwrap_or_default())
    }

    #[test]
    fn codes_and_severities_are_validated() {
        let none = ("", "");
        assert!(refused("missing-erra", none).contains("`missing-era`"));
        assert!(refused("shape", none).contains("is a failure"));
        assert!(refused("", ("tool-description", "fatal")).contains("not a severity"));
        assert!(refused("", ("shape", "note")).contains("is a failure"));
        let ignored = ["missing-era".to_owned()];
        let severities = [("tool-description".to_owned(), "error".to_owned())];
        assert!(Policy::parse(&ignored, &severities.into()).is_ok());
    }
}
