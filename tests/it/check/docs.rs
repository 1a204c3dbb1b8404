//! The documentation of `check` says what the source says.

use std::{
    fmt::Write as _,
    process::Command,
    sync::{Mutex, PoisonError},
};

use create_mcp_server::probe::RULES;

use super::launch;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/check.md");

/// One test at a time writes the page.
static TURN: Mutex<()> = Mutex::new(());

/// `UPDATE_GOLDEN=1` writes it.
#[test]
fn the_table_of_codes_is_made_from_the_source() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut table = "| code | severity | means |\n| --- | --- | --- |\n".to_owned();
    for rule in RULES {
        let severity = rule.severity.name();
        let _ = writeln!(table, "| `{}` | {severity} | {} |", rule.code, rule.means);
    }
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once("<!-- codes -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- /codes -->").unwrap();
    let expected = format!("{before}<!-- codes -->\n{table}<!-- /codes -->{after}");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(PAGE, &expected).unwrap();
    }
    assert_eq!(std::fs::read_to_string(PAGE).unwrap(), expected);
}

/// `UPDATE_GOLDEN=1` takes a new one.
#[test]
fn the_failing_run_is_what_the_program_prints() {
    const START: &str = "```text\n$ create-mcp-server check -- python3 server.py\n";
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let output = Command::new(env!("CARGO_BIN_EXE_create-mcp-server"))
        .args(["check", "--"])
        .args(launch("documented.py", &[]).command)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4));
    let printed = String::from_utf8(output.stdout).unwrap();
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(START).unwrap();
    let (shown, after) = rest.split_once("```\n").unwrap();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let page = format!("{before}{START}{printed}```\n{after}");
        std::fs::write(PAGE, page).unwrap();
    } else {
        assert_eq!(untimed(shown), untimed(&printed), "{printed}");
    }
}

/// The words of each line, without how long something took.
fn untimed(text: &str) -> Vec<Vec<&str>> {
    let is_unit = |word: Option<&&str>| matches!(word, Some(&"ms" | &"s"));
    text.lines()
        .map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            let rest = words.iter().enumerate();
            let rest =
                rest.filter(|(at, word)| !is_unit(Some(word)) && !is_unit(words.get(at + 1)));
            rest.map(|(_, word)| *word).collect()
        })
        .collect()
}
