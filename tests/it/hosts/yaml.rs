//! Lists of servers in YAML: an entry comes and goes, and every other byte stays.

use create_mcp_server::{
    edit::yaml,
    error::hint,
    hosts::{Format, HOSTS, Host, file::Change},
};
use proptest::prelude::*;

use super::{entry_of, file, program};

fn host() -> &'static Host {
    let mut hosts = HOSTS.iter();
    hosts.find(|host| host.format == Format::Yaml).unwrap()
}

/// An entry of ours, indented.
fn entry(indent: &str) -> String {
    let lines = [
        "my-server:",
        "  type: stdio",
        "  enabled: true",
        "  name: my-server",
        "  description: \"\"",
        "  timeout: 300",
        "  cmd: /p/my-server",
        "  args: []",
    ];
    lines.map(|line| format!("{indent}{line}\n")).concat()
}

fn installed(text: &str) -> Result<String, anyhow::Error> {
    let entry = entry_of(host().id, &program());
    match file(host().id, Some(text)).install("my-server", &entry, false)? {
        Change::Added(text) => Ok(text),
        other => panic!("{other:?}"),
    }
}

/// Without the copy.
fn removed(text: &str) -> String {
    let ours = [entry_of(host().id, &program())];
    match file(host().id, Some(text)).uninstall("my-server", &ours, &[], false) {
        Ok(Change::Removed(text)) => text.unwrap_or_default(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_entry_stands_below_the_last_one() {
    let two = entry("  ");
    for (before, after) in [
        ("a: 1\n", format!("a: 1\nextensions:\n{two}")),
        ("a: 1", format!("a: 1\nextensions:\n{two}")),
        ("---\na: 1\n", format!("---\na: 1\nextensions:\n{two}")),
        (
            "extensions:\n  x:\n    cmd: y # why\n  # more\n\nz: 1\n",
            format!("extensions:\n  x:\n    cmd: y # why\n{two}  # more\n\nz: 1\n"),
        ),
        (
            "extensions:\n  x:\n    text: |\n      one\n      two\nz: 1\n",
            format!("extensions:\n  x:\n    text: |\n      one\n      two\n{two}z: 1\n"),
        ),
        (
            "extensions:\n  x:\n    args:\n    - a\n    - b: c\n      d: [1,\n        2]\nz: 1\n",
            format!("extensions:\n  x:\n    args:\n    - a\n    - b: c\n      d: [1,\n        2]\n{two}z: 1\n"),
        ),
        ("extensions: {} # none\nz: 1\n", format!("extensions: # none\n{two}z: 1\n")),
        ("extensions:\nz: 1\n", format!("extensions:\n{two}z: 1\n")),
        (
            "a:\n    b: 1\nextensions:\n",
            format!("a:\n    b: 1\nextensions:\n{}", entry("    ").replace("      ", "        ")),
        ),
        ("extensions:\r\n  x: {}\r\n", format!("extensions:\r\n  x: {{}}\r\n{}", two.replace('\n', "\r\n"))),
        ("\u{feff}a: 'é' # ü\n", format!("\u{feff}a: 'é' # ü\nextensions:\n{two}")),
        ("base: &b {x: 1}\nother: *b\n", format!("base: &b {{x: 1}}\nother: *b\nextensions:\n{two}")),
        (
            "extensions: {x: {cmd: y}}\n",
            "extensions: {x: {cmd: y}, my-server: {type: stdio, enabled: true, name: my-server, description: \"\", timeout: 300, cmd: /p/my-server, args: []}}\n".to_owned(),
        ),
    ] {
        let found = installed(before).unwrap();
        assert_eq!(found, after, "{before}");
        // What was there is there again, but for the list that was begun.
        let again = removed(&found);
        let begun = ["extensions: {}\n", "extensions: {}\r\n"];
        let kept = begun.iter().fold(again.clone(), |text, line| text.replace(line, ""));
        assert!(
            again == before
                || kept.trim_end() == before.trim_end()
                || yaml::read(&again).unwrap() == yaml::read(before).unwrap(),
            "{before:?} {again:?}"
        );
    }
}

#[test]
fn what_has_no_safe_place_is_refused_with_where_it_is() {
    for (text, problem) in [
        ("a: [1\n", "`the-file:"),
        (
            "a: 1\n---\nb: 2\n",
            "`the-file:2:1`: a second document begins",
        ),
        ("a: 1\na: 2\n", "`the-file:2:1`: the key `a` occurs twice"),
        ("[1]: 2\n", "a key is not a scalar"),
        ("- a\n", "`the-file:1:1`: the document is an array"),
        (
            "extensions: [a]\n",
            "`extensions` is an array, but must be an object",
        ),
        (
            "extensions: null\n",
            "`extensions` is null, but must be an object",
        ),
        (
            "extensions: &e\n  x: {}\nother: *e\n",
            "other places refer to this mapping",
        ),
        ("? a\n: 1\n", "`the-file:"),
    ] {
        let error = installed(text).expect_err(text);
        assert!(error.to_string().contains(problem), "{text:?}: {error}");
        assert!(hint(&error).unwrap().contains("nothing was written"));
    }
}

/// Pieces of documents that are valid in any combination.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::subsequence(
        vec![
            "# c: {",
            "a: 1",
            "b: 'x: # y' # why",
            "",
            "c:\n- 1 # one\n-   x: 2\n    y: [3,\n  4]",
            "d: |-\n  extensions:\n    my-server: {}\n\n  # no comment",
            "e: >+\n  folded\n  text\n",
            "f: \"a\n  b\"",
            "g: {h: [1, 2], i: {j: k}}",
            "l: &m {n: 1}\no: *m",
            "'p q': !!str 5",
            "r:",
        ],
        0..9,
    );
    let servers = prop_oneof![
        Just(None),
        Just(Some("extensions:".to_owned())),
        Just(Some("extensions: {} # c".to_owned())),
        prop::sample::subsequence(
            vec![
                "  one:\n    cmd: x\n    args:\n    - --y # z",
                "  # about two\n  two: {cmd: 'x'} # mine",
                "  three:\n      text: |\n        a\n\n        b",
                "  \"four\":\n    envs:\n      A: b\n      # last",
            ],
            1..5,
        )
        .prop_shuffle()
        .prop_map(|entries| Some(format!("extensions: # list\n{}", entries.join("\n")))),
    ];
    let style = (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<prop::sample::Index>(),
    );
    (pieces, servers, style).prop_map(|(pieces, servers, (crlf, bom, end, at))| {
        let mut pieces: Vec<String> = pieces.into_iter().map(str::to_owned).collect();
        if let Some(servers) = servers {
            pieces.insert(at.index(pieces.len() + 1), servers);
        }
        let mut text = pieces.join("\n");
        if end {
            text.push('\n');
        }
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        format!("{}{text}", if bom { "\u{feff}" } else { "" })
    })
}

/// What another parser reads, without the list when it is empty.
fn says(text: &str) -> serde_yaml_ng::Value {
    let text = text.trim_start_matches('\u{feff}');
    let mut value: serde_yaml_ng::Value = serde_yaml_ng::from_str(text).unwrap();
    if let Some(map) = value.as_mapping_mut()
        && map.get("extensions").is_some_and(|list| {
            list.is_null()
                || list
                    .as_mapping()
                    .is_some_and(serde_yaml_ng::Mapping::is_empty)
        })
    {
        map.remove("extensions");
    }
    if value
        .as_mapping()
        .is_some_and(serde_yaml_ng::Mapping::is_empty)
    {
        value = serde_yaml_ng::Value::Null;
    }
    value
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn yaml_comes_back(text in text()) {
        let ours = [entry_of(host().id, &program())];
        let Ok(after) = installed(&text) else {
            // A text on lines of its own that the document ends with would take up what comes below it.
            prop_assert!(text.contains(">+") || !text.ends_with('\n'), "{text:?}");
            return Ok(());
        };
        let mut whole = says(&after);
        let list = whole.get_mut("extensions").and_then(serde_yaml_ng::Value::as_mapping_mut);
        let entry = list.and_then(|list| list.remove("my-server"));
        let entry: serde_json::Value = serde_json::to_value(entry).unwrap();
        prop_assert_eq!(&entry, &serde_json::Value::from(&ours[0].value));
        let rest = serde_yaml_ng::to_string(&whole).unwrap();
        prop_assert_eq!(says(&rest), says(&text));
        prop_assert_eq!(text.matches('#').count(), after.matches('#').count());

        let backups = [text.clone()];
        let change = file(host().id, Some(&after)).uninstall("my-server", &ours, &backups, false);
        match change {
            Ok(Change::Restored { text: restored, .. }) => prop_assert_eq!(&restored, &text),
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        }
        let without = removed(&after);
        prop_assert_eq!(says(&without), says(&text));
        prop_assert_eq!(text.matches('#').count(), without.matches('#').count());
    }
}
