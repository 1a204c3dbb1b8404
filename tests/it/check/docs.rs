//! The documentation of `check` says what the source says.

use std::fmt::Write as _;

use create_mcp_server::probe::RULES;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/check.md");

/// `UPDATE_GOLDEN=1` writes it.
#[test]
fn the_table_of_codes_is_made_from_the_source() {
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
