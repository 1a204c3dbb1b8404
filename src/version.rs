//! Versions of projects, as the package index of their language writes them.

use std::fmt;

use serde::Deserialize;

/// A version in its normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What a version may look like. Semantic versions without build metadata that name `alpha`, `beta` or `rc` pass both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VersionRule {
    /// <https://semver.org>
    #[default]
    Semver,
    /// <https://peps.python.org/pep-0440/>
    Pep440,
}

impl VersionRule {
    /// Parse a version.
    ///
    /// # Errors
    ///
    /// The end of a sentence that says what is wrong.
    pub fn parse(self, text: &str) -> Result<Version, String> {
        match self {
            Self::Semver => {
                let version = semver::Version::parse(text).map_err(|error| error.to_string())?;
                Ok(Version(version.to_string()))
            }
            Self::Pep440 => pep440(text).map(Version),
        }
    }

    /// What a user is asked for.
    #[must_use]
    pub fn described(self) -> &'static str {
        match self {
            Self::Semver => "a semantic version such as `0.1.0`",
            Self::Pep440 => "a version by PEP 440 such as `0.1.0` or `1.0rc1`",
        }
    }
}

/// Spellings of the stages before a release.
const STAGES: [(&str, &str); 8] = [
    ("alpha", "a"),
    ("a", "a"),
    ("beta", "b"),
    ("b", "b"),
    ("c", "rc"),
    ("preview", "rc"),
    ("pre", "rc"),
    ("rc", "rc"),
];
const POSTS: [(&str, &str); 3] = [("post", ".post"), ("rev", ".post"), ("r", ".post")];
const DEVS: [(&str, &str); 1] = [("dev", ".dev")];

fn pep440(text: &str) -> Result<String, String> {
    let lower = text.to_ascii_lowercase();
    let (public, local) = match lower.split_once('+') {
        Some((public, local)) => (public, Some(local)),
        None => (&*lower, None),
    };
    let mut rest = public.strip_prefix('v').unwrap_or(public);
    let mut normal = String::new();
    if let Some((epoch, after)) = rest.split_once('!') {
        let epoch = Some(epoch).filter(|epoch| is_number(epoch));
        let epoch = without_zeros(epoch.ok_or("an epoch is a number")?);
        if epoch != "0" {
            normal = format!("{epoch}!");
        }
        rest = after;
    }
    normal += number(&mut rest).ok_or("it must begin with a number")?;
    while let Some(mut after) = rest.strip_prefix('.') {
        let Some(part) = number(&mut after) else {
            break;
        };
        normal += ".";
        normal += part;
        rest = after;
    }
    normal += &suffix(&mut rest, &STAGES);
    match rest
        .strip_prefix('-')
        .map(|mut after| (number(&mut after), after))
    {
        Some((Some(post), after)) => {
            normal += ".post";
            normal += post;
            rest = after;
        }
        _ => normal += &suffix(&mut rest, &POSTS),
    }
    normal += &suffix(&mut rest, &DEVS);
    if !rest.is_empty() {
        return Err(format!("`{}` is not allowed there", rest.escape_debug()));
    }
    if let Some(local) = local {
        let parts = local.split(['-', '_', '.']);
        let parts = parts.map(|part| {
            if is_number(part) {
                without_zeros(part)
            } else {
                part
            }
        });
        let parts: Vec<&str> = parts.collect();
        let is_part =
            |part: &&str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_alphanumeric());
        if !parts.iter().all(is_part) {
            return Err("only letters and digits may follow `+`".to_owned());
        }
        normal += "+";
        normal += &parts.join(".");
    }
    Ok(normal)
}

/// Take a stage with its number, in its normal form; nothing if there is none.
fn suffix(rest: &mut &str, spellings: &[(&str, &str)]) -> String {
    let separators = ['.', '-', '_'];
    let word = rest.strip_prefix(separators).unwrap_or(rest);
    let found = spellings
        .iter()
        .find_map(|(spelling, normal)| Some((word.strip_prefix(spelling)?, normal)));
    let Some((after, normal)) = found else {
        return String::new();
    };
    let mut digits = after.strip_prefix(separators).unwrap_or(after);
    let Some(number) = number(&mut digits) else {
        *rest = after;
        return format!("{normal}0");
    };
    *rest = digits;
    format!("{normal}{number}")
}

/// Take a number, without the zeros before it.
fn number<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let end = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, after) = rest.split_at(end);
    *rest = after;
    (end > 0).then(|| without_zeros(digits))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn without_zeros(digits: &str) -> &str {
    match digits.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_pep_440_gets_its_normal_form() {
        for (given, normal) in [
            ("0.1.0", "0.1.0"),
            ("1", "1"),
            ("v01.002", "1.2"),
            ("1.2.0-beta.1", "1.2.0b1"),
            ("1.0ALPHA", "1.0a0"),
            ("1.0c1", "1.0rc1"),
            ("1.0-preview_2", "1.0rc2"),
            ("1.0.pre3", "1.0rc3"),
            ("1.0-1", "1.0.post1"),
            ("1.0r4", "1.0.post4"),
            ("1.0rc1.post2.dev3", "1.0rc1.post2.dev3"),
            ("1.0-dev", "1.0.dev0"),
            ("1!2.0", "1!2.0"),
            ("0!2.0", "2.0"),
            ("1.0+Ubuntu-01", "1.0+ubuntu.1"),
        ] {
            let version = VersionRule::Pep440.parse(given).expect(given);
            assert_eq!(version.to_string(), normal, "{given}");
            let again = VersionRule::Pep440.parse(normal).expect(normal);
            assert_eq!(again, version);
        }
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in [
            "", "x", "1.", "1.x", "1 .0", "1.0+", "1.0+a..b", "!1", "1.0-", "1.0rc1x", "1.0-x.7",
        ] {
            VersionRule::Pep440.parse(text).expect_err(text);
        }
        for text in ["1.0", "1.0.0rc1", "01.0.0"] {
            VersionRule::Semver.parse(text).expect_err(text);
        }
    }
}
