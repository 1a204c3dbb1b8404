//! How a project is started, as its template says: what `check` talks to, and what it may call.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::{
    probe::{Headers, Launch, Options, Target},
    spec::ProjectSpec,
    template::Template,
};

/// Every transport that the project has, started as a host would.
#[must_use]
pub fn targets(
    root: &Path,
    template: &Template<'_>,
    spec: &ProjectSpec,
    headers: &Headers,
) -> Vec<Target> {
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
        let env = http
            .env
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let launch = Launch { env, ..launch };
        targets.push(Target::SpawnHttp {
            launch,
            path: http.path.clone(),
            headers: headers.clone(),
        });
    }
    targets
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
