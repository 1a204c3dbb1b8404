//! Projects of the covering array: formatted, lint-clean, documented, tested by their own tests, and pass `check`. The default ones are not
//! documented, and tested in minutes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use create_mcp_server::template::{self, Template};
use libtest_mimic::Trial;

use crate::add;
use crate::combos::{self, Combo};
use crate::environment::{self, Environment};
use crate::python;
use crate::settings;
use crate::shard;
use crate::support::{PROGRAM, Project, generated, run};
use crate::third_party;
use crate::trial;

pub fn trials() -> Vec<Trial> {
    let templates = template::embedded().expect("the embedded templates load");
    templates.iter().flat_map(of_template).collect()
}

/// The project that a user gets who presses Enter at each question: the same tests, and a client that others wrote.
pub fn default_trials() -> Vec<Trial> {
    let templates = template::embedded().expect("the embedded templates load");
    let default = |template: &Template<'_>| {
        let language = template.manifest().id.clone();
        let combo = combos::defaults(template);
        let name =
            format!("default::{language}_project_builds_passes_and_answers_a_foreign_client");
        trial(name, move || {
            let project = generate(
                &language,
                "default",
                &format!("default-{language}"),
                &combo,
                &[],
            )?;
            verify(&language, &project, &combo)?;
            third_party::answers(&project)
        })
    };
    templates.iter().map(default).collect()
}

fn of_template(template: &Template<'_>) -> Vec<Trial> {
    let language = template.manifest().id.as_str();
    let mut trials = Vec::new();
    let mut starters = BTreeSet::new();
    let deciding = combos::sources(template);
    let default = combos::defaults(template);
    let mut built = BTreeMap::from([(combos::essence(&deciding, &default), default.clone())]);
    for combo in combos::to_build(template) {
        if combo == default {
            continue;
        }
        // `add` is tried once with each starter: what it writes depends on nothing else.
        let starter = [
            combo.get("starter").cloned(),
            combo.get("database").cloned(),
        ];
        let extended = starters.insert(starter) && !template.manifest().parameters.types.is_empty();
        let words = combos::words(template, &combo, "_").replace('-', "_");
        let essence = combos::essence(&deciding, &combo);
        if let Some(other) = built.get(&essence) {
            let other = other.clone();
            let case = format!("projects::{language}_{words}_has_sources_that_are_built");
            let language = language.to_owned();
            trials.push(trial(case, move || {
                has_the_sources_of(&language, &combo, &other)
            }));
            continue;
        }
        built.insert(essence, combo.clone());
        let case = format!("projects::{language}_{words}_builds_and_passes");
        let name = format!("{language}-{}", combos::short(template, &combo));
        let language = language.to_owned();
        trials.push(trial(case, move || {
            let project = generate(&language, "projects", &name, &combo, &[])?;
            let mark = shard::mark(&project.dir)?;
            if mark.as_ref().is_some_and(|mark| mark.exists()) {
                return Ok(());
            }
            verify(&language, &project, &combo)?;
            if language != "python" {
                // It goes through all dependencies once more.
                project.cargo(&["doc", "--quiet", "--no-deps"])?;
            }
            if extended {
                add::extends(&language, &project, &environment::of(&combo)?)?;
            }
            mark.map_or(Ok(()), |mark| Ok(fs::write(mark, "")?))
        }));
    }
    let combinations = combos::changing_sources(template);
    let case = format!("projects::{language}_is_formatted_whatever_is_chosen");
    let id = language.to_owned();
    trials.push(trial(case, move || are_formatted(&id, &combinations)));
    let combo = combos::defaults(template);
    let case = format!("projects::{language}_with_the_longest_name_builds_and_passes");
    let language = language.to_owned();
    trials.push(trial(case, move || {
        let described = ["--description", HOSTILE];
        let project = generate(&language, "long", &long_name(), &combo, &described)?;
        if language != "python" {
            project.cargo(&["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"])?;
        }
        verify(&language, &project, &combo)
    }));
    trials
}

/// Anything a person may type, 100 characters of it.
const HOSTILE: &str = r#"Say "hi" \ C:\new {{ x }} <% y %> ${{ z }} --> */ #{é} 🦀 'quoted' `code` & <b>bold</b> | \u{41} end."#;

fn long_name() -> String {
    "long-name-".repeat(6) + "long"
}

fn generate(
    language: &str,
    folder: &str,
    name: &str,
    combo: &Combo,
    more: &[&str],
) -> Result<Project> {
    let more = [&["--language", language], more].concat();
    Project::generate(folder, name, combo, &more)
}

/// Two projects that differ only in what no compiler and no test reads: the license, CI, how they are deployed.
fn has_the_sources_of(language: &str, combo: &Combo, other: &Combo) -> Result<()> {
    let templates = template::embedded()?;
    let template = template::find(&templates, language)?;
    let [left, right] = [combo, other].map(|it| combos::source_files(template, it));
    ensure!(left == right, "{combo:?} and {other:?} differ in sources");
    Ok(())
}

/// What the project's own CI does, and `check`.
#[expect(
    clippy::print_stdout,
    reason = "how long each project takes is worth knowing"
)]
fn verify(language: &str, project: &Project, combo: &Combo) -> Result<()> {
    let started = Instant::now();
    let environment = environment::of(combo)?;
    passes(language, project, &environment)?;
    let mut server = if language == "python" {
        python::server(project)
    } else {
        Command::new(project.server())
    };
    settings::are_documented(project, &mut server)?;
    let report = check(language, project, &environment, &["--json"])?;
    serde_json::from_str::<serde_json::Value>(&report).context("the report of `check`")?;
    let built = started.elapsed().as_secs_f64();
    println!("{}: {built:.1} s", project.name);
    Ok(())
}

/// What makes `cargo test` lint what it compiles, as `cargo clippy --all-targets -- -D warnings` does: that one would go through all
/// dependencies once more.
const LINTED: [(&str, &str); 2] = [
    ("RUSTC_WORKSPACE_WRAPPER", "clippy-driver"),
    (
        "CLIPPY_ARGS",
        "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__",
    ),
];

/// Formatted, lint-clean, and passes its own tests.
pub fn passes(language: &str, project: &Project, environment: &Environment) -> Result<()> {
    if language == "python" {
        return python::passes(project, environment);
    }
    project.cargo(&["fmt", "--check"])?;
    let mut tests = Command::new("cargo");
    tests
        .args(["test", "--quiet"])
        .envs(LINTED)
        .envs(environment.env.clone());
    let tests = project.command(&mut tests)?;
    ensure!(tests.contains("test result: ok. "), "no test ran:\n{tests}");
    Ok(())
}

/// `check`, with these flags; what it printed on stdout.
pub fn check(
    language: &str,
    project: &Project,
    environment: &Environment,
    flags: &[&str],
) -> Result<String> {
    let mut check = match language {
        "python" => python::with_tools(&project.dir)?,
        _ => Command::new(PROGRAM),
    };
    // Python takes seconds to start where other tests keep the processors busy, in each of the four sessions.
    check.envs(LINTED).args(["check", "--timeout=300"]);
    check.args(flags);
    run(check.args(environment.options()).arg(&project.dir))
}

/// The layout of the code depends neither on the options nor on how long the name and the description are.
fn are_formatted(language: &str, combinations: &BTreeSet<Combo>) -> Result<()> {
    let folder = format!("formatted/{language}");
    let root = generated().join(&folder);
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    for (number, combo) in combinations.iter().enumerate() {
        let folder = format!("{folder}/{number}");
        for (name, description) in [("x", "y"), (long_name().as_str(), HOSTILE)] {
            let described = ["--description", description];
            let project = generate(language, &folder, name, combo, &described)?;
            if language != "python" {
                project.cargo(&["fmt", "--check"])?;
            }
        }
    }
    if language == "python" {
        python::are_formatted(&root)?;
    }
    Ok(())
}
