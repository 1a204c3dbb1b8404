//! How a project is started, as its template says: what `check` talks to, and what it may call.

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
    template::{Template, manifest::RunHttp},
};

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
    let run = &template.manifest().run;
    let launch = Launch {
        command: run.command.iter().map(Into::into).collect(),
        cwd: Some(root.to_owned()),
        env: Vec::new(),
    };
    let mut targets = Vec::new();
    if spec.tags.contains("stdio") {
        targets.push(Target::Stdio(launch.clone()));
    }
    if let Some(http) = run.http.as_ref().filter(|_| spec.tags.contains("http")) {
        let (env, more) = needs(http, spec, headers, env);
        targets.push(Target::SpawnHttp {
            launch: Launch { env, ..launch },
            path: http.path.clone(),
            headers: headers.clone().and(Headers::parse(&more)?),
        });
    }
    Ok(targets)
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

/// What nobody can guess while a server runs that we start: the standard library takes its keys from the system.
fn secret() -> String {
    let keys = RandomState::new();
    let [a, b, c, d] = [1, 2, 3, 4].map(|number| keys.hash_one(number));
    format!("{a:016x}{b:016x}{c:016x}{d:016x}")
}

/// How to check a project that is as the template made it.
///
/// # Errors
///
/// Fails when the arguments that the template gives for a tool are no JSON object.
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
        [run.http]
        env = { PORT = "{port}" }
        path = "/mcp"
        [[run.http.when]]
        tag = "lock"
        env = { KEY = "{secret}" }
        headers = { X-Key = "is {secret}" }
    "#;

    /// The variables and the header lines of a project.
    fn needed(way: &str, headers: &[&str], env: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
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
        let http = templates[0].manifest().run.http.as_ref().expect("http");
        let headers = Headers::parse(headers).expect("headers");
        let env: Vec<_> = env
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let (variables, lines) = needs(http, &spec, &headers, &env);
        let variables = variables.into_iter().map(|(name, value)| {
            let [name, value] = [name, value].map(|text| text.into_string().expect("text"));
            format!("{name}={value}")
        });
        (variables.collect(), lines)
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
