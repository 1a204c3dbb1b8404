//! How much a generated project weighs: its files, and the code that its owner has to read.

use std::collections::BTreeMap;

use create_mcp_server::template::{Template, embedded};

use crate::support::{sandbox::Sandbox, tree};

/// Flags, files at most, and lines of code at most in each language.
type Budget = (&'static [&'static str], usize, [(&'static str, usize); 2]);

const BUDGETS: [Budget; 5] = [
    (
        &["--starter=minimal", "--transport=stdio"],
        24,
        [("rust", 160), ("python", 100)],
    ),
    (&["--starter=minimal"], 28, [("rust", 330), ("python", 200)]),
    (&[], 36, [("rust", 700), ("python", 450)]),
    (
        &["--starter=toolhub"],
        58,
        [("rust", 1700), ("python", 1150)],
    ),
    (
        &[
            "--starter=toolhub",
            "--database=postgres",
            "--auth=oauth",
            "--telemetry=otlp",
            "--container=docker",
            "--deploy=kubernetes",
        ],
        100,
        [("rust", 3200), ("python", 2200)],
    ),
];

fn generated(language: &str, flags: &[&str]) -> BTreeMap<String, String> {
    let sandbox = Sandbox::new();
    let language = format!("--language={language}");
    let run = sandbox.run(&[&["my-server", "--yes", "--no-git", &language], flags].concat());
    assert_eq!(run.code, Some(0), "{flags:?}: {}", run.transcript());
    tree::texts(&sandbox.path("my-server"))
}

/// Lines below `src/` that are neither blank nor comments, without the tests at the end of a Rust file.
fn code(tree: &BTreeMap<String, String>) -> usize {
    let sources = tree.iter().filter(|(path, _)| path.starts_with("src/"));
    let lines = sources.map(|(_, text)| {
        let tests = [
            "\n#[cfg(test)]\nmod tests {",
            "\n#[cfg(test)]\npub mod tests {",
        ];
        let end = tests.iter().find_map(|start| text.find(start));
        let code = &text[..end.unwrap_or(text.len())];
        let code = code.lines().map(str::trim);
        code.filter(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with("# "))
            .count()
    });
    lines.sum()
}

/// Whether `template` has the layers of these choices.
fn has(template: &Template<'_>, flags: &[&str]) -> bool {
    let mut choices = flags
        .iter()
        .filter_map(|flag| flag.strip_prefix("--")?.split_once('='));
    !choices.any(|(option, choice)| template.lacks(option, choice))
}

#[test]
fn a_project_weighs_no_more_than_it_may() {
    let templates = embedded().expect("templates load");
    let find = |id: &str| templates.iter().find(|it| it.manifest().id == id);
    for (flags, files, languages) in BUDGETS {
        for (language, lines) in languages {
            if !has(find(language).expect("the language"), flags) {
                continue;
            }
            let tree = generated(language, flags);
            let (found, code) = (tree.len(), code(&tree));
            assert!(
                found <= files,
                "{language} {flags:?}: {found} files, of {files} at most"
            );
            assert!(
                code <= lines,
                "{language} {flags:?}: {code} lines of code, of {lines} at most"
            );
            let http = !flags.contains(&"--transport=stdio");
            let most = if http { 170 } else { 110 };
            let readme = tree["README.md"].lines().count();
            if !flags.contains(&"--deploy=kubernetes") {
                assert!(
                    readme <= most,
                    "{language} {flags:?}: README.md has {readme} lines, of {most} at most"
                );
            }
        }
    }
}

#[test]
fn the_readme_says_what_the_default_project_weighs() {
    let readme = include_str!("../../README.md");
    for language in ["rust", "python"] {
        let tree = generated(language, &[]);
        let figures = format!("{} files and {} lines of code", tree.len(), code(&tree));
        assert!(readme.contains(&figures), "README.md lacks: {figures}");
    }
}
