//! How a project is started, as its template says: what `check` talks to, what it may call, and what hosts run.

mod install;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    hash::{BuildHasher as _, RandomState},
    path::Path,
};

use anyhow::{Context as _, Result};

use crate::{
    probe::{Headers, Launch, Options, Target},
    spec::ProjectSpec,
    template::{
        Template,
        manifest::{Run, RunHttp},
    },
};

pub use install::Installable;

/// Every transport that the project has, started as a host would; `headers` and `env` are what the user gives.
///
/// # Errors
///
/// Fails when the template asks for a header that HTTP does not allow.
pub fn targets(
    root: &Path,
    template: &Template<'_>,
    spec: &ProjectSpec,
    headers: &Headers,
    env: &[(String, String)],
) -> Result<Vec<Target>> {
    let command = template.manifest().run.command.iter();
    let command = command.map(|word| word.replace("{name}", spec.name.kebab()));
    targets_of(command.collect(), root, template, spec, (headers, env))
}

/// The same, but `command` is started, as hosts do.
///
/// # Errors
///
/// See [`targets`].
pub fn installed_targets(
    command: Vec<String>,
    root: &Path,
    template: &Template<'_>,
    spec: &ProjectSpec,
    given: (&Headers, &[(String, String)]),
) -> Result<Vec<Target>> {
    targets_of(command, root, template, spec, given)
}

fn targets_of(
    command: Vec<String>,
    root: &Path,
    template: &Template<'_>,
    spec: &ProjectSpec,
    (headers, env): (&Headers, &[(String, String)]),
) -> Result<Vec<Target>> {
    let run = &template.manifest().run;
    let launch = Launch {
        command: command.into_iter().map(Into::into).collect(),
        cwd: Some(root.to_owned()),
        env: variables(run, spec, env),
    };
    let mut targets = vec![Target::Stdio(launch.clone())];
    if let Some(http) = run.http.as_ref().filter(|_| spec.tags.contains("http")) {
        let (variables, more) = needs(http, spec, headers, env);
        let env = [launch.env, variables].concat();
        targets.push(Target::SpawnHttp {
            launch: Launch { env, ..launch },
            path: http.path.clone(),
            headers: headers.clone().and(Headers::parse(&more)?),
        });
    }
    Ok(targets)
}

/// The variables of the project's tags; what the user has set, in `env` or in the environment, stands.
fn variables(run: &Run, spec: &ProjectSpec, env: &[(String, String)]) -> Vec<(OsString, OsString)> {
    let given = |name: &String| {
        env.iter().any(|(given, _)| given == name) || std::env::var_os(name).is_some()
    };
    let wanted = run.when.iter().filter(|when| {
        spec.tags.contains(&when.tag) && !when.env.keys().chain(&when.unless).any(given)
    });
    wanted
        .flat_map(|when| &when.env)
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

/// The variables and the header lines that the server and its client need. Where the user gives one of those that belong
/// together, none of them is made up.
fn needs(
    http: &RunHttp,
    spec: &ProjectSpec,
    headers: &Headers,
    env: &[(String, String)],
) -> (Vec<(OsString, OsString)>, Vec<String>) {
    let secret = secret();
    let fill = |text: &String| text.replace("{secret}", &secret);
    let pairs = |variables: &BTreeMap<String, String>| -> Vec<(OsString, OsString)> {
        let pairs = variables.iter();
        pairs
            .map(|(name, value)| (name.into(), fill(value).into()))
            .collect()
    };
    let (mut variables, mut lines) = (pairs(&http.env), Vec::new());
    for when in &http.when {
        let given = when.headers.keys().any(|name| headers.names(name))
            || env.iter().any(|(name, _)| when.env.contains_key(name));
        if given || !spec.tags.contains(&when.tag) {
            continue;
        }
        variables.extend(pairs(&when.env));
        let more = when.headers.iter();
        lines.extend(more.map(|(name, value)| format!("{name}: {}", fill(value))));
    }
    (variables, lines)
}

/// What cannot be guessed while a server runs that we start: the standard library takes its keys from the system.
fn secret() -> String {
    let keys = RandomState::new();
    let [a, b, c, d] = [1, 2, 3, 4].map(|number| keys.hash_one(number));
    format!("{a:016x}{b:016x}{c:016x}{d:016x}")
}

/// How to check a project that is as the template made it.
///
/// # Errors
///
/// Fails when the arguments that the template gives for a tool are not a JSON object.
pub fn options(template: &Template<'_>) -> Result<Options> {
    let calls = &template.manifest().check.call;
    let parse = |(name, json): (&String, &String)| {
        let arguments = serde_json::from_str(json)
            .with_context(|| format!("the template's call of `{name}` is no JSON object"))?;
        Ok((name.clone(), arguments))
    };
    Ok(Options {
        arguments: calls.iter().map(parse).collect::<Result<_>>()?,
        unchanged: true,
        both_eras: true,
        safe_calls: true,
        ..Options::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::Answers;

    const OPTIONS: &str = r#"
        [[option]]
        id = "way"
        prompt = "?"
        help = "-"
        default = "open"
        choice = [
            { id = "open", help = "-", tags = ["http"] },
            { id = "locked", help = "-", tags = ["http", "lock"] },
        ]
    "#;
    const LANGUAGE: &str = r#"
        id = "x"
        title = "X"
        version = 1
        names = {}
        [run]
        command = ["serve"]
        [[run.when]]
        tag = "lock"
        env = { SAMPLES = "yes" }
        unless = ["DATA"]
        [run.http]
        env = { PORT = "{port}" }
        path = "/mcp"
        [[run.http.when]]
        tag = "lock"
        env = { KEY = "{secret}" }
        headers = { X-Key = "is {secret}" }
    "#;

    /// Ask something of a project.
    fn with<T>(way: &str, ask: impl FnOnce(&ProjectSpec, &Run) -> T) -> T {
        let sources = vec![
            ("_shared/template.toml".to_owned(), OPTIONS.as_bytes()),
            ("x/template.toml".to_owned(), LANGUAGE.as_bytes()),
        ];
        let templates = crate::template::load(&sources).expect("loads");
        let answers = Answers {
            name: Some("name".to_owned()),
            options: [("way".to_owned(), way.to_owned())].into(),
            ..Answers::default()
        };
        let spec = ProjectSpec::new(&answers, &templates[0]).expect("valid");
        ask(&spec, &templates[0].manifest().run)
    }

    /// The variables and the header lines of a project.
    fn needed(way: &str, headers: &[&str], env: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let headers = Headers::parse(headers).expect("headers");
        let env: Vec<_> = env
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let (variables, lines) = with(way, |spec, run| {
            needs(run.http.as_ref().expect("http"), spec, &headers, &env)
        });
        let variables = variables.into_iter().map(|(name, value)| {
            let [name, value] = [name, value].map(|text| text.into_string().expect("text"));
            format!("{name}={value}")
        });
        (variables.collect(), lines)
    }

    #[test]
    fn what_a_tag_asks_for_is_set_unless_the_user_says_otherwise() {
        let set = |way, env: &[(&str, &str)]| {
            let env = env.iter();
            let env: Vec<_> = env
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect();
            with(way, |spec, run| variables(run, spec, &env))
        };
        assert_eq!(set("open", &[]), []);
        let samples = [("SAMPLES".into(), "yes".into())];
        assert_eq!(set("locked", &[("OTHER", "x")]), samples);
        assert_eq!(set("locked", &[("SAMPLES", "no")]), []);
        assert_eq!(set("locked", &[("DATA", "mine")]), []);
    }

    #[test]
    fn a_tag_s_variables_and_headers_share_a_secret() {
        let (variables, lines) = needed("locked", &[], &[]);
        let [port, key] = &variables[..] else {
            panic!("{variables:?}")
        };
        assert_eq!(port, "PORT={port}");
        let secret = key.strip_prefix("KEY=").expect("the key");
        assert_eq!(secret.len(), 64);
        assert_eq!(lines, [format!("X-Key: is {secret}")]);
        let (again, _) = needed("locked", &[], &[]);
        assert_ne!(again, variables);
    }

    #[test]
    fn without_the_tag_nothing_is_added() {
        let (variables, lines) = needed("open", &[], &[]);
        assert_eq!((variables.len(), lines.len()), (1, 0));
    }

    #[test]
    fn what_the_user_gives_stands() {
        for (variables, lines) in [
            needed("locked", &["x-key: mine"], &[]),
            needed("locked", &[], &[("KEY", "mine")]),
        ] {
            assert_eq!((variables.len(), lines.len()), (1, 0));
        }
        let (variables, lines) = needed("locked", &["Other: x"], &[("OTHER", "x")]);
        assert_eq!((variables.len(), lines.len()), (2, 1));
    }
}
