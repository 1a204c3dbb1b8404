//! Random documents: an entry comes and goes and leaves no trace, and nothing else is touched by either.

use create_mcp_server::{
    edit::{
        data::Data,
        json::{self, Dialect},
        toml,
    },
    hosts::file::Change,
};
use proptest::prelude::*;

use super::{entry_of, file, program, service};

/// A source of layout decisions that a seed repeats.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// What a document says; text comes later.
fn value(depth: u32) -> impl Strategy<Value = Data> {
    let leaf = prop_oneof![
        Just(Data::Raw("null".to_owned())),
        any::<bool>().prop_map(Data::Bool),
        "-?(0|[1-9][0-9]{0,9})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,2})?".prop_map(Data::Raw),
        any::<String>().prop_map(Data::Text),
        "[a-z\"\\\\/*, {}:#\\[\\]]{0,12}".prop_map(Data::Text),
    ];
    leaf.prop_recursive(depth, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Data::List),
            map(inner),
        ]
    })
}

fn map(inner: impl Strategy<Value = Data>) -> impl Strategy<Value = Data> {
    let key = prop_oneof!["[a-c]", Just("servers".to_owned()), any::<String>()];
    prop::collection::btree_map(key, inner, 0..4)
        .prop_map(|pairs| Data::Map(pairs.into_iter().collect()))
}

/// A document with a list of servers in some state.
fn document(key: &'static str) -> impl Strategy<Value = Data> {
    let servers = prop_oneof![
        2 => Just(None),
        4 => map(value(2)).prop_map(Some),
        1 => value(1).prop_map(Some),
    ];
    (map(value(3)), servers, any::<bool>()).prop_map(move |(rest, servers, first)| {
        let Data::Map(mut pairs) = rest else {
            return rest;
        };
        pairs.retain(|(name, _)| name != key);
        if let Some(servers) = servers {
            let at = if first { 0 } else { pairs.len() };
            pairs.insert(at, (key.to_owned(), servers));
        }
        Data::Map(pairs)
    })
}

struct Writer {
    dice: Dice,
    newline: &'static str,
    /// How often there is a comment, a trailing comma or a line end.
    comments: bool,
    lines: bool,
}

impl Writer {
    fn gap(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.dice.roll(3) {
            match self.dice.roll(7) {
                0 => text.push(' '),
                1 => text.push_str("  "),
                2 if self.lines => text.push_str(self.newline),
                3 if self.lines => {
                    text.push_str(self.newline);
                    text.push('\t');
                }
                4 if self.comments => text.push_str("/* a, { \" */"),
                5 if self.comments && self.lines => {
                    text.push_str("// b, } \"");
                    text.push_str(self.newline);
                }
                _ => {}
            }
        }
        text
    }

    fn write(&mut self, data: &Data) -> String {
        match data {
            Data::Raw(text) => text.clone(),
            Data::Bool(value) => value.to_string(),
            Data::Text(text) => self.quoted(text),
            Data::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.write(item)).collect();
                self.block('[', items, ']')
            }
            Data::Map(pairs) => {
                let mut items = Vec::new();
                for (key, value) in pairs {
                    let (before, after) = (self.gap(), self.gap());
                    items.push(format!(
                        "{}{before}:{after}{}",
                        self.quoted(key),
                        self.write(value)
                    ));
                }
                self.block('{', items, '}')
            }
        }
    }

    fn quoted(&mut self, text: &str) -> String {
        let quoted = serde_json::Value::from(text).to_string();
        if self.dice.roll(4) == 0 {
            return quoted.replace('a', "\\u0061");
        }
        quoted
    }

    fn block(&mut self, open: char, items: Vec<String>, close: char) -> String {
        let mut text = format!("{open}{}", self.gap());
        let last = items.len();
        for (at, item) in items.into_iter().enumerate() {
            text.push_str(&item);
            text.push_str(&self.gap());
            if at + 1 < last || self.comments && self.dice.roll(3) == 0 {
                text.push(',');
                text.push_str(&self.gap());
            }
        }
        text.push(close);
        text
    }
}

fn json_text(data: &Data, seed: u64, comments: bool) -> String {
    let mut writer = Writer {
        dice: Dice(seed),
        newline: if seed.is_multiple_of(3) { "\r\n" } else { "\n" },
        comments,
        lines: !seed.is_multiple_of(5),
    };
    let bom = if seed.is_multiple_of(7) {
        "\u{feff}"
    } else {
        ""
    };
    let (above, below) = (writer.gap(), writer.gap());
    format!("{bom}{above}{}{below}", writer.write(data))
}

/// Whether all of `part` is in `whole`, in its order; white space may have changed where a block was empty.
fn is_within(part: &str, whole: &str) -> bool {
    let mut whole = whole.chars();
    part.chars()
        .filter(|c| !c.is_whitespace())
        .all(|c| whole.any(|other| other == c))
}

fn comments(text: &str) -> usize {
    text.matches("/* a, { \" */").count() + text.matches("// b, } \"").count()
}

fn check_json(id: &str, text: &str, dialect: Dialect) -> Result<(), TestCaseError> {
    let key = super::host(id).servers[0];
    let before = json::read(text, dialect)
        .map_err(|problem| TestCaseError::fail(format!("{problem} in our own {text:?}")))?;
    let server = if id == "vscode" { service() } else { program() };
    let entry = entry_of(id, &server);
    let known = before.at(&[key]);
    let good_inputs =
        id != "vscode" || matches!(before.at(&["inputs"]), None | Some(Data::List(_)));
    let change = file(id, Some(text)).install("my-server", &entry, false);
    if text.starts_with('\u{feff}') && !super::host(id).reads_bom {
        prop_assert!(change.is_err());
        return Ok(());
    }
    if !matches!(known, None | Some(Data::Map(_))) || !good_inputs {
        prop_assert!(change.is_err());
        return Ok(());
    }
    let Ok(Change::Added(after)) = change else {
        return Err(TestCaseError::fail(format!("{change:?}")));
    };
    prop_assert!(is_within(text, &after), "{after:?}");
    prop_assert_eq!(comments(text), comments(&after));
    let read = json::read(&after, dialect).expect("read back");
    prop_assert_eq!(read.at(&[key, "my-server"]), Some(&entry.value));

    let entries = [entry];
    let backups = [text.to_owned()];
    let change = file(id, Some(&after)).uninstall("my-server", &entries, &backups, false);
    match change {
        Ok(Change::Restored { text: restored, .. }) => prop_assert_eq!(restored, text),
        other => return Err(TestCaseError::fail(format!("{other:?}"))),
    }
    // Without the older copy only an empty list may stay.
    let change = file(id, Some(&after)).uninstall("my-server", &entries, &[], false);
    let removed = match change {
        Ok(Change::Removed(Some(removed))) => removed,
        Ok(Change::Removed(None)) => String::new(),
        other => return Err(TestCaseError::fail(format!("{other:?}"))),
    };
    let found = json::read(&removed, dialect).expect("read back");
    let empty = || Some(Data::Map(Vec::new()));
    if known.is_none() && !removed.is_empty() {
        prop_assert_eq!(found, before.clone().with(&[key], empty()));
    } else if !removed.is_empty() {
        prop_assert_eq!(&found, &before);
    }
    if matches!(known, Some(Data::Map(pairs)) if !pairs.is_empty()) && id != "vscode" {
        prop_assert_eq!(removed, text);
    } else if !removed.is_empty() {
        prop_assert_eq!(comments(text), comments(&removed));
    }
    Ok(())
}

/// Lines of TOML that are valid in any combination, since each table has a name of its own.
fn toml_text() -> impl Strategy<Value = String> {
    let root = prop::sample::subsequence(
        vec![
            "a = 1",
            "# c",
            "b.c = 'x' # why",
            "",
            "d = [\n  1, # one\n  2,\n]",
            "e = 1979-05-27T07:32:00Z",
        ],
        0..6,
    );
    let tables = prop::sample::subsequence(
        vec![
            "[mcp_servers.one]\ncommand = \"x\" # mine",
            "# about two\n[mcp_servers.two]\nurl = 'u'\n\n[mcp_servers.two.http_headers]\nA = \"b\"",
            "[other]\ntext = '''\n[mcp_servers.fake]\n'''",
            "[[list]]\nx = 1\n\n[[list]]\nx = 2",
            "[mcp_servers]",
            "[mcp_servers.\"dotted.name\"]\nenv = { A = \"1\" }",
            "  [ z ]  # spaced\n  y.x = 3",
        ],
        0..7,
    )
    .prop_shuffle();
    let style = (any::<bool>(), any::<bool>(), any::<bool>(), 0..3_usize);
    (root, tables, style).prop_map(|(root, tables, (crlf, bom, end, blank))| {
        let between = "\n".repeat(blank + 1);
        let mut text = [root.join("\n"), tables.join(&between)].join("\n");
        if end && !text.ends_with('\n') {
            text.push('\n');
        }
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        format!("{}{text}", if bom { "\u{feff}" } else { "" })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn json_with_comments_comes_back(data in document("mcpServers"), seed in any::<u64>()) {
        check_json("cursor", &json_text(&data, seed, true), Dialect::Comments)?;
    }

    #[test]
    fn strict_json_comes_back(data in document("mcpServers"), seed in any::<u64>()) {
        check_json("claude-desktop", &json_text(&data, seed, false), Dialect::Strict)?;
    }

    #[test]
    fn what_a_host_asks_for_comes_and_goes_too(data in document("servers"), seed in any::<u64>()) {
        check_json("vscode", &json_text(&data, seed, true), Dialect::Comments)?;
    }

    #[test]
    fn toml_comes_back(text in toml_text()) {
        let before = toml::read(&text);
        prop_assume!(before.is_ok());
        let entry = entry_of("codex", &program());
        let change = file("codex", Some(&text)).install("my-server", &entry, false);
        let Ok(Change::Added(after)) = change else {
            return Err(TestCaseError::fail(format!("{change:?}")));
        };
        prop_assert!(after.starts_with(&text));
        let backups = [text.clone()];
        let change = file("codex", Some(&after)).uninstall("my-server", std::slice::from_ref(&entry), &backups, false);
        match change {
            Ok(Change::Restored { text: restored, .. }) => prop_assert_eq!(&restored, &text),
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        }
        let change = file("codex", Some(&after)).uninstall("my-server", &[entry], &[], false);
        match change {
            Ok(Change::Removed(Some(removed))) => {
                let whole = text.ends_with('\n') || text.trim_start_matches('\u{feff}').is_empty();
                let expected = if whole { text.clone() } else { format!("{text}{}", if text.contains("\r\n") { "\r\n" } else { "\n" }) };
                prop_assert_eq!(removed.trim_end(), expected.trim_end());
            }
            Ok(Change::Removed(None)) => prop_assert!(text.is_empty()),
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        }
    }
}
