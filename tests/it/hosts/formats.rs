//! Every host's file in every state, on texts alone.

use std::fmt::Write as _;

use create_mcp_server::{
    edit::json::Dialect,
    error::{Code, code, hint},
    hosts::{
        Format, HOSTS, Host, Variables,
        entry::{Run, Server},
        file::Change,
    },
};
use insta::assert_snapshot;

use super::{
    entry_of, file, fixture, open_service, program, program_with_secret, service, stranger,
};

/// The hosts whose files are of this format.
fn of(format: Format) -> impl Iterator<Item = &'static Host> {
    HOSTS.iter().filter(move |host| host.format == format)
}

const STRICT: Format = Format::Json(Dialect::Strict);
const COMMENTS: Format = Format::Json(Dialect::Comments);

fn of_json() -> impl Iterator<Item = &'static Host> {
    of(STRICT).chain(of(COMMENTS))
}

/// How a host's files begin a comment, if they do.
fn comment(host: &Host) -> Option<&'static str> {
    match host.format {
        STRICT => None,
        COMMENTS => Some("// mine"),
        _ => Some("# mine"),
    }
}

/// The key above the servers' names.
fn key(id: &str) -> &'static str {
    super::host(id).servers[0]
}

/// The text after an installation.
fn installed(id: &str, text: Option<&str>, server: &Server) -> String {
    let entry = entry_of(id, server);
    match file(id, text).install("my-server", &entry, false) {
        Ok(Change::Added(text)) => text,
        other => panic!("{id}: {other:?}"),
    }
}

/// Installing and removing gives `before` again, with and without an older copy to compare with.
fn comes_and_goes(id: &str, before: Option<&str>, server: &Server) -> String {
    let after = installed(id, before, server);
    let entries = [entry_of(id, server)];
    let backups: Vec<String> = before.iter().map(|text| (*text).to_owned()).collect();
    let change = file(id, Some(&after)).uninstall("my-server", &entries, &backups, false);
    let found = match change.unwrap() {
        Change::Restored { text, backup: 0 } => Some(text),
        Change::Removed(None) => None,
        other => panic!("{id}: {other:?}"),
    };
    assert_eq!(found.as_deref(), before, "{id}");
    let again = file(id, Some(&after)).install("my-server", &entries[0], false);
    assert_eq!(again.unwrap(), Change::Unchanged, "{id}");
    after
}

fn refusal(id: &str, text: &str) -> String {
    let entry = entry_of(id, &program());
    let error = file(id, Some(text)).install("my-server", &entry, true);
    let error = error.expect_err(text);
    assert!(
        hint(&error).unwrap().contains("nothing was written"),
        "{error}"
    );
    error.to_string()
}

#[test]
fn every_host_has_a_fixture_that_an_entry_joins_and_leaves() {
    for host in HOSTS {
        let before = fixture(host.id);
        let mut shown = String::new();
        for (title, server) in [
            ("program", program()),
            ("program with a secret", program_with_secret()),
            ("address", open_service()),
            ("address with a token", service()),
        ] {
            let _ = writeln!(shown, "--- {title}");
            if let Err(error) = create_mcp_server::hosts::entry::entry(host, &server) {
                assert_eq!(code(&error), Code::Usage);
                let _ = writeln!(shown, "{error}\nhint: {}", hint(&error).unwrap());
                continue;
            }
            let after = comes_and_goes(host.id, Some(&before), &server);
            shown += &create_mcp_server::edit::diff(&before, &after);
        }
        assert_snapshot!(format!("host_{}", host.id), shown.replace('\r', "\\r"));
    }
}

#[test]
fn a_file_that_is_missing_or_says_nothing_is_begun() {
    for host in HOSTS {
        let fresh = comes_and_goes(host.id, None, &program());
        assert!(fresh.ends_with("]\n") || fresh.ends_with("}\n"), "{fresh}");
        for empty in ["", "\n", " \n\n", "\u{feff}"] {
            if empty.starts_with('\u{feff}') && !host.reads_bom {
                continue;
            }
            let after = comes_and_goes(host.id, Some(empty), &program());
            assert_eq!(after.starts_with('\u{feff}'), empty.starts_with('\u{feff}'));
        }
        if let Some(comment) = comment(host) {
            for text in [
                comment.to_owned(),
                format!("{comment}\n"),
                format!("{comment}\r\n"),
            ] {
                let after = comes_and_goes(host.id, Some(&text), &program());
                assert!(after.starts_with(&text), "{after}");
            }
        }
    }
}

#[test]
fn layouts_stay_as_they_are() {
    for host in of_json() {
        let (id, key) = (host.id, key(host.id));
        for (before, expected) in [
            ("{}", None),
            ("{}\n", None),
            ("{ }", None),
            ("{\n}\n", None),
            (
                "{\n\t\"x\": 1\n}\n",
                Some("{\n\t\"x\": 1,\n\t\"KEY\": {\n\t\t\"my-server\": {\n"),
            ),
            (
                "{\r\n    \"x\": 1\r\n}",
                Some("{\r\n    \"x\": 1,\r\n    \"KEY\": {\r\n        \"my-server\": {\r\n"),
            ),
            (
                "\u{feff}{\n  \"x\": [1, 2]\n}\n",
                Some("\u{feff}{\n  \"x\": [1, 2],\n  \"KEY\": {\n"),
            ),
            ("{\"x\":1}", Some("{\"x\":1,\"KEY\":{\"my-server\":{")),
            ("{\"x\": 1}", Some("{\"x\": 1, \"KEY\": {\"my-server\": {")),
            ("{\"KEY\":{}}", Some("{\"KEY\":{\"my-server\":{")),
            (
                "{\"KEY\": {\"a\": {}}, \"x\": null}",
                Some("{\"KEY\": {\"a\": {}, \"my-server\": {"),
            ),
            (
                "{\n  \"KEY\": {}\n}",
                Some("{\n  \"KEY\": {\n    \"my-server\": {\n"),
            ),
            (
                "{\n  \"KEY\": {\n  }\n}",
                Some("{\n  \"KEY\": {\n    \"my-server\": {\n"),
            ),
            (
                "{\n  \"KEY\": {\"a\": {}}\n}",
                Some("{\n  \"KEY\": {\"a\": {}, \"my-server\": {"),
            ),
        ] {
            if before.starts_with('\u{feff}') && !host.reads_bom {
                continue;
            }
            let before = before.replace("KEY", key);
            let after = comes_and_goes(id, Some(&before), &program());
            if let Some(expected) = expected {
                let expected = expected.replace("KEY", key);
                assert!(
                    after.starts_with(&expected),
                    "{id}: {before:?} became {after:?}"
                );
            }
            assert_eq!(before.contains("\r\n"), after.contains("\r\n"));
            assert_eq!(
                after.matches('\n').count(),
                if after.contains('\r') {
                    after.matches("\r\n").count()
                } else {
                    after.matches('\n').count()
                }
            );
        }
    }
}

#[test]
fn comments_and_trailing_commas_stay_where_they_are_understood() {
    for host in of(COMMENTS) {
        let (id, key) = (host.id, key(host.id));
        for (before, expected) in [
            (
                "{\n  \"KEY\": {\n    \"a\": {}, // mine\n    // more\n  }, // end\n}",
                "{\n  \"KEY\": {\n    \"a\": {}, // mine\n    // more\n    \"my-server\": {\n",
            ),
            (
                "{\n  \"KEY\": {\n    \"a\": {} // mine\n  }\n}",
                "{\n  \"KEY\": {\n    \"a\": {}, // mine\n    \"my-server\": {\n",
            ),
            (
                "{\n  \"KEY\": {\n    // none yet\n  }\n}",
                "{\n  \"KEY\": {\n    // none yet\n    \"my-server\": {\n",
            ),
            (
                "{\"KEY\":{/* none */}}",
                "{\"KEY\":{/* none */\"my-server\":{",
            ),
            (
                "{\"KEY\":{\"a\":{},},}",
                "{\"KEY\":{\"a\":{},\"my-server\":{",
            ),
            ("// top\n{ /* in */ }\n// bottom", "// top\n{ /* in */\n"),
        ] {
            let before = before.replace("KEY", key);
            let after = comes_and_goes(id, Some(&before), &program());
            let expected = expected.replace("KEY", key);
            assert!(
                after.starts_with(&expected),
                "{id}: {before:?} became {after:?}"
            );
        }
    }
    for host in of(STRICT) {
        let (id, key) = (host.id, key(host.id));
        for (text, problem) in [
            (
                "{\n  // mine\n}",
                "`the-file:2:3`: comments are not allowed",
            ),
            (
                "{\n  \"x\": 1,\n}",
                "`the-file:2:9`: trailing commas are not allowed",
            ),
            ("// mine", "`the-file:1:1`: comments are not allowed"),
        ] {
            let found = refusal(id, &text.replace("KEY", key));
            assert!(found.contains(problem), "{found}");
        }
    }
}

#[test]
fn what_cannot_be_edited_is_refused_with_its_place() {
    for host in of_json() {
        let (id, key) = (host.id, key(host.id));
        for (text, problem) in [
            ("{\"KEY\": {", "`the-file:1:"),
            ("{\n  \"KEY\": {\"a\": {}}\n", "`the-file:"),
            (
                "[]",
                "`the-file:1:1`: the document is an array, but must be an object",
            ),
            ("\n 3", "`the-file:2:2`: the document is a number"),
            (
                "{\n  \"KEY\": []\n}",
                "`the-file:2:LEN`: `KEY` is an array, but must be an object",
            ),
            ("{\n  \"KEY\": null\n}", "`the-file:2:LEN`: `KEY` is null"),
            ("{\"KEY\": \"x\"}", "`KEY` is a string"),
            (
                "{\n  \"x\": 1,\n  \"x\": 2\n}",
                "`the-file:3:3`: the key `x` occurs twice",
            ),
            (
                "{\"KEY\": {\"a\": {}, \"a\": {}}}",
                "the key `a` occurs twice",
            ),
            ("{\"KEY\": {}, \"KEY\": {}}", "the key `KEY` occurs twice"),
            (
                "{\"\\u004bEY\": {}, \"x\": {\"y\": 1, \"\\u0079\": 2}}",
                "the key `y` occurs twice",
            ),
            ("{'x': 1}", "single-quoted"),
            ("{x: 1}", "`the-file:1:2`"),
            ("{\"x\": 1 \"y\": 2}", "expected comma"),
            ("{\"x\": .5}", "`the-file:1:7`"),
            ("{\"x\": NaN}", "`the-file:1:7`"),
            ("{\"x\": 0xf}", "`the-file:1:7`"),
            ("{} {}", "more than one"),
            ("{\"x\": /* open", "`the-file:1:"),
            (
                "{\n\u{a0}\"x\": 1}",
                "`the-file:2:1`: `\\u{a0}` is not white space",
            ),
            (
                "{\"x\": \"\\\"\u{a0}\",\u{3000}\"y\": 1}",
                "`\\u{3000}` is not white space",
            ),
            ("{}\u{85}", "`the-file:1:3`: `\\u{85}`"),
        ] {
            let found = refusal(id, &text.replace("KEY", key));
            let column = (key.len() + 7).to_string();
            let problem = problem.replace("KEY", key).replace("LEN", &column);
            assert!(found.contains(&problem), "{id}: {text:?}: {found}");
        }
    }
    for (text, problem) in [
        ("model = \n", "`the-file:1:"),
        ("[mcp_servers\n", "`the-file:1:"),
        ("a = 1\na = 2\n", "`the-file:2:1`: duplicate key"),
        (
            "mcp_servers = 3\n",
            "`the-file:1:15`: `mcp_servers` is of type integer, but must be a table",
        ),
        (
            "[[mcp_servers]]\nx = 1\n",
            "`mcp_servers` is of type array of tables",
        ),
        ("[mcp_servers.a]\n[mcp_servers.a]\n", "`the-file:2:"),
    ] {
        let found = refusal("codex", text);
        assert!(found.contains(problem), "{text:?}: {found}");
    }
}

/// Claude Desktop drops every server then, and says nothing.
#[test]
fn a_byte_order_mark_is_refused_where_the_host_does_not_read_it() {
    for host in HOSTS.iter().filter(|host| !host.reads_bom) {
        for text in ["\u{feff}{}", "\u{feff}"] {
            let found = refusal(host.id, text);
            assert!(
                found.contains("`the-file:1:1`: it begins with a byte order mark"),
                "{found}"
            );
        }
    }
    assert!(!super::host("claude-desktop").reads_bom);
}

#[test]
fn texts_and_comments_may_hold_any_space() {
    let text = "{\"x\": \"\u{a0}\", // \u{3000}\n/* \u{85} */}";
    comes_and_goes("cursor", Some(text), &program());
}

#[test]
fn toml_keeps_every_byte_around_the_entry() {
    let block = "[mcp_servers.my-server]\ncommand = \"/p/my-server\"\nargs = []\n";
    for (before, expected) in [
        ("a = 1\n", format!("a = 1\n\n{block}")),
        ("a = 1", format!("a = 1\n\n{block}")),
        ("# only a comment", format!("# only a comment\n\n{block}")),
        ("a = 1\r\n[b]\r\nc = 2\r\n", format!("a = 1\r\n[b]\r\nc = 2\r\n\r\n{}", block.replace('\n', "\r\n"))),
        ("\u{feff}a = 1\n", format!("\u{feff}a = 1\n\n{block}")),
        ("[mcp_servers.x]\nurl = \"u\"\n\n[z]\n", format!("[mcp_servers.x]\nurl = \"u\"\n\n[z]\n\n{block}")),
        ("mcp_servers.x.url = \"u\"\n", format!("mcp_servers.x.url = \"u\"\n\n{block}")),
        (
            "mcp_servers = { x = { url = \"u\" } }\n",
            "mcp_servers = { x = { url = \"u\" }, my-server = { command = \"/p/my-server\", args = [] } }\n".to_owned(),
        ),
        (
            "mcp_servers = {}\n",
            "mcp_servers = { my-server = { command = \"/p/my-server\", args = [] } }\n".to_owned(),
        ),
    ] {
        assert_eq!(comes_and_goes("codex", Some(before), &program()), expected);
    }
}

#[test]
fn another_entry_of_that_name_is_shown_and_replaced_on_demand_alone() {
    for host in HOSTS {
        let other = if host.http.is_some() {
            open_service()
        } else {
            stranger()
        };
        let before = installed(host.id, Some(&fixture(host.id)), &other);
        let entry = entry_of(host.id, &program());
        let error = file(host.id, Some(&before)).install("my-server", &entry, false);
        let error = error.expect_err("a conflict");
        assert_eq!(code(&error), Code::Conflict);
        assert_snapshot!(format!("conflict_{}", host.id), error.to_string());
        let change = file(host.id, Some(&before)).install("my-server", &entry, true);
        let Ok(Change::Replaced(after)) = change else {
            panic!("{}: {change:?}", host.id);
        };
        // As if the other one had never been there.
        let direct = installed(host.id, Some(&fixture(host.id)), &program());
        assert_eq!(after, direct, "{}", host.id);
        let error = file(host.id, Some(&before)).uninstall("my-server", &[entry], &[], false);
        assert_eq!(code(&error.expect_err("not ours")), Code::Conflict);
        let removed = file(host.id, Some(&before)).uninstall("my-server", &[], &[], true);
        assert!(matches!(removed, Ok(Change::Removed(_))), "{removed:?}");
    }
}

#[test]
fn later_only_the_entry_goes() {
    for host in HOSTS {
        let before = installed(host.id, Some(&fixture(host.id)), &program());
        // Something was added since, behind it.
        let mut next = program();
        next.name = "other".to_owned();
        let entry = entry_of(host.id, &next);
        let Ok(Change::Added(later)) = file(host.id, Some(&before)).install("other", &entry, false)
        else {
            panic!("{}", host.id);
        };
        let ours = [entry_of(host.id, &program())];
        let change =
            file(host.id, Some(&later)).uninstall("my-server", &ours, &[fixture(host.id)], false);
        let Ok(Change::Removed(Some(found))) = change else {
            panic!("{}: {change:?}", host.id);
        };
        let Ok(Change::Added(expected)) =
            file(host.id, Some(&fixture(host.id))).install("other", &entry, false)
        else {
            panic!("{}", host.id);
        };
        assert_eq!(found, expected, "{}", host.id);
        // What the user has written into the entry goes with it.
        let edited = before.replacen("/p/my-server\"", "/p/my-server\" ", 1);
        let change = file(host.id, Some(&edited)).uninstall("my-server", &ours, &[], false);
        assert!(matches!(change, Ok(Change::Removed(Some(_)))), "{change:?}");
        let gone = file(host.id, Some(&fixture(host.id))).uninstall("my-server", &ours, &[], false);
        assert_eq!(gone.unwrap(), Change::Unchanged);
    }
}

#[test]
fn an_input_that_another_server_uses_stays() {
    let ours = entry_of("vscode", &service());
    let first = installed("vscode", None, &service());
    let second = first.replace("\"my-server\": {", "\"theirs\": {");
    let both = match file("vscode", Some(&second)).install("my-server", &ours, false) {
        Ok(Change::Added(text)) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(both.matches("promptString").count(), 1, "{both}");
    let change = file("vscode", Some(&both)).uninstall("my-server", &[ours], &[], false);
    let Ok(Change::Removed(Some(text))) = change else {
        panic!("{change:?}");
    };
    assert_eq!(text, second);
}

#[test]
fn the_second_layout_of_opencode_is_kept() {
    let before = "{\n  \"mcp\": {\n    \"timeout\": 5,\n    \"servers\": {}\n  }\n}\n";
    let after = comes_and_goes("opencode", Some(before), &program());
    assert!(
        after.contains("\"servers\": {\n      \"my-server\": {\n"),
        "{after}"
    );
    let named =
        "{\n  \"mcp\": {\n    \"servers\": {\"type\": \"local\", \"command\": []}\n  }\n}\n";
    let after = comes_and_goes("opencode", Some(named), &program());
    assert!(after.contains("\n    \"my-server\": {\n"), "{after}");
}

#[test]
fn a_path_that_a_host_would_read_as_a_variable_is_refused() {
    for path in ["/a/${HOME}/x", "/a/$x", "/a/{env:HOME}"] {
        let mut server = program();
        if let Run::Stdio(start) = &mut server.run {
            start.command[0] = path.to_owned();
        }
        for host in HOSTS {
            let reads = matches!(host.variables, Variables::Written(..) | Variables::Asked);
            let found = create_mcp_server::hosts::entry::entry(host, &server);
            assert_eq!(found.is_err(), reads, "{} {path}", host.id);
        }
    }
}
