//! The settings of a built server, as its `--help` has them, beside what README and `.env.example` say of them.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::support::{Project, run};

#[derive(Debug, PartialEq, Eq)]
struct Setting {
    flag: String,
    default: String,
    help: String,
}

/// Environment variable → setting.
type Settings = BTreeMap<String, Setting>;

/// The program, the table in README and, over HTTP, `.env.example` name the same settings, with the same defaults and
/// descriptions.
pub fn are_documented(project: &Project, command: &mut Command) -> Result<()> {
    let mut table = table(&fs::read_to_string(project.dir.join("README.md"))?);
    // A server that apps start gets its settings from them.
    if table.contains_key("MCP_TRANSPORT") {
        let example = example(&fs::read_to_string(project.dir.join(".env.example"))?);
        ensure!(
            table == example,
            "README and .env.example differ:\n{table:#?}\n{example:#?}"
        );
    }
    // So that no line is broken within a word.
    command.env("COLUMNS", "1000");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MCP_") {
            command.env_remove(name);
        }
    }
    let mut program = program(&run(command.arg("--help"))?)?;
    for (variable, setting) in &mut program {
        // Help lists the choices by itself; the documents say them in words.
        let documented = table.get(variable).map(|documented| &*documented.help);
        if let Some(text) = documented.filter(|text| text.starts_with(&setting.help)) {
            text.clone_into(&mut setting.help);
        }
    }
    // A secret is not for a command line, and the documents say so.
    table.retain(|_, setting| !setting.help.ends_with("(no flag)"));
    ensure!(
        program == table,
        "--help and README differ:\n{program:#?}\n{table:#?}"
    );
    Ok(())
}

/// Every option of `--help`; all but a few, which are no settings, have a variable.
fn program(help: &str) -> Result<Settings> {
    let mut options: Vec<(String, String, String)> = Vec::new();
    // A heading is not indented.
    let lines = help.lines().filter(|line| line.starts_with(' '));
    for line in lines.map(str::trim) {
        let flag = line.split("--").nth(1).filter(|_| line.starts_with('-'));
        match (flag, options.last_mut()) {
            (Some(flag), _) => {
                let end = flag.find([' ', '[', '=']).unwrap_or(flag.len());
                let (usage, text) = flag.split_once("  ").unwrap_or((flag, ""));
                // Programs do not show the default of a flag without a value.
                let unset = if usage[end..].is_empty() { "false" } else { "" };
                let text = format!("{} ", text.trim());
                options.push((format!("--{}", &flag[..end]), text, unset.to_owned()));
            }
            (None, Some((_, text, _))) => {
                text.push_str(line);
                text.push(' ');
            }
            (None, None) => {}
        }
    }
    let commands = ["--env-file", "--health-check", "--help", "--version"];
    options.retain(|(flag, ..)| !commands.contains(&&**flag));
    let setting = |(flag, text, unset): (String, String, String)| {
        let (help, rest) = text.split_once(" [env: ")?;
        let (variable, rest) = rest.split_once("=]")?;
        let default = rest.split(" [").find_map(|it| it.strip_prefix("default: "));
        let default = default.and_then(|it| it.trim_end().strip_suffix(']'));
        let setting = Setting {
            flag,
            default: default.unwrap_or(&unset).to_owned(),
            help: help.trim_start().to_owned(),
        };
        Some((variable.to_owned(), setting))
    };
    options
        .into_iter()
        .map(|option| {
            let flag = option.0.clone();
            setting(option).with_context(|| format!("{flag} has no variable"))
        })
        .collect()
}

/// The rows of README's table of settings.
fn table(readme: &str) -> Settings {
    let is_variable = |line: &&str| {
        let name = line.strip_prefix("| `");
        name.is_some_and(|name| name.starts_with(|first: char| first.is_ascii_uppercase()))
    };
    let rows = readme.lines().filter(is_variable);
    rows.filter_map(|row| {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let variable = cells.next()?.trim_matches('`');
        let default = cells.next()?.trim_matches('`');
        Some(documented(variable, default, cells.next()?))
    })
    .collect()
}

/// The lines `# NAME=default` of `.env.example`, each below its description.
fn example(text: &str) -> Settings {
    let lines: Vec<&str> = text.lines().collect();
    lines
        .windows(2)
        .filter_map(|pair| {
            let (variable, default) = pair[1].strip_prefix("# ")?.split_once('=')?;
            let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            let help = pair[0].strip_prefix("# ")?;
            variable
                .chars()
                .all(is_name)
                .then(|| documented(variable, default, help))
        })
        .collect()
}

/// The flag has the name of the variable.
fn documented(variable: &str, default: &str, help: &str) -> (String, Setting) {
    let name = variable.trim_start_matches("MCP_").to_lowercase();
    let setting = Setting {
        flag: format!("--{}", name.replace('_', "-")),
        default: default.to_owned(),
        help: help.to_owned(),
    };
    (variable.to_owned(), setting)
}
