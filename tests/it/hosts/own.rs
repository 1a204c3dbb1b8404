//! Entries of ours that users and hosts have extended since: what they added stays, and the entry stays ours.

use create_mcp_server::{
    edit::{data::Data, json, toml, yaml},
    error::{Code, code},
    hosts::{
        Format, HOSTS, Host,
        entry::{self, Entry, Run, Server},
        file::Change,
    },
};

use super::{entry_of, file, fixture, open_service, program, program_with_secret, stranger};

fn read(host: &Host, text: &str) -> Data {
    match host.format {
        Format::Json(dialect) => json::read(text, dialect),
        Format::Toml => toml::read(text),
        Format::Yaml => yaml::read(text),
    }
    .unwrap()
}

/// `text` with one more member in the entry.
fn with(host: &Host, text: &str, below: &[&str], value: &Data) -> String {
    let path = [host.servers, &["my-server"], below].concat();
    match host.format {
        Format::Json(dialect) => json::set(text, dialect, &path, value),
        Format::Toml => toml::put(text, &path, value),
        Format::Yaml => yaml::set(text, &path, value),
    }
    .unwrap()
}

fn install(host: &Host, text: &str, entry: &Entry) -> Change {
    file(host.id, Some(text))
        .install("my-server", entry, false)
        .unwrap()
}

fn added(host: &Host, text: &str, entry: &Entry) -> String {
    match install(host, text, entry) {
        Change::Added(text) => text,
        other => panic!("{}: {other:?}", host.id),
    }
}

fn updated(host: &Host, text: &str, entry: &Entry) -> String {
    match install(host, text, entry) {
        Change::Updated(text) => text,
        other => panic!("{}: {other:?}", host.id),
    }
}

/// What users and hosts write into entries.
fn additions(host: &Host) -> Vec<(Vec<&'static str>, Data)> {
    vec![
        (vec!["autoApprove"], Data::texts(["a", "b"])),
        (vec!["trust"], Data::Bool(true)),
        (vec!["timeout"], Data::Raw("90".to_owned())),
        (vec![host.stdio.env, "MINE"], Data::text("kept")),
    ]
}

#[test]
fn what_was_added_stays_and_the_entry_stays_ours() {
    for host in HOSTS {
        let entry = entry_of(host.id, &program());
        let before = fixture(host.id);
        let mut extended = added(host, &before, &entry);
        for (path, value) in additions(host) {
            extended = with(host, &extended, &path, &value);
        }
        assert_eq!(
            install(host, &extended, &entry),
            Change::Unchanged,
            "{}",
            host.id
        );
        // A new setting joins them.
        let mut server = program();
        set_env(&mut server, "OURS", "new");
        let entries = [entry_of(host.id, &server)];
        let after = updated(host, &extended, &entries[0]);
        let data = read(host, &after);
        let own = [host.servers, &["my-server"]].concat();
        for (path, value) in additions(host) {
            let path = [&own[..], &path].concat();
            assert_eq!(data.at(&path), Some(&value), "{}: {after}", host.id);
        }
        let ours = [&own[..], &[host.stdio.env, "OURS"]].concat();
        assert_eq!(data.at(&ours), Some(&Data::text("new")), "{}", host.id);
        let change = file(host.id, Some(&after)).uninstall("my-server", &entries, &[], false);
        let Ok(Change::Removed(removed)) = change else {
            panic!("{}: {change:?}", host.id);
        };
        let removed = removed.unwrap_or_default();
        let empty = |data: &Data| data.at(host.servers) == Some(&Data::Map(Vec::new()));
        let says = |text: &str| {
            let data = read(host, text);
            let data = if empty(&data) {
                data.with(host.servers, None)
            } else {
                data
            };
            data.sorted()
        };
        assert_eq!(says(&removed), says(&before), "{}", host.id);
    }
}

fn set_env(server: &mut Server, name: &str, value: &str) {
    if let Run::Stdio(start) = &mut server.run {
        start.env.push((name.to_owned(), value.to_owned()));
    }
}

/// A value that the user put in place of our placeholder is the user's, until a new one is given.
#[test]
fn a_value_of_the_user_s_beats_a_placeholder_and_a_given_one_beats_both() {
    let host = super::host("cursor");
    let entry = entry_of(host.id, &program_with_secret());
    let path = ["env", "DATABASE_URL"];
    let own = added(host, "{}", &entry);
    let text = with(host, &own, &path, &Data::text("postgres://mine"));
    assert_eq!(install(host, &text, &entry), Change::Unchanged);
    let mut server = program_with_secret();
    set_env(&mut server, "DATABASE_URL", "postgres://given");
    let text = updated(host, &text, &entry_of(host.id, &server));
    assert!(text.contains("postgres://given"), "{text}");
    if let Run::Stdio(start) = &mut server.run {
        start.env.clear();
        start.passed = vec!["DATABASE_URL".to_owned()];
    }
    let text = updated(host, &text, &entry_of(host.id, &server));
    assert_eq!(text, own);
}

#[test]
fn a_program_is_the_same_by_its_name_or_where_the_project_is_built() {
    let server = |command: &[&str]| {
        let mut server = program();
        if let Run::Stdio(start) = &mut server.run {
            start.command = command.iter().map(|word| (*word).to_owned()).collect();
            start.built = vec!["/p/target".into()];
        }
        server
    };
    let host = super::host("cursor");
    for (before, after, same) in [
        (
            &["uv", "run", "x"][..],
            &["/usr/bin/uv", "run", "x"][..],
            true,
        ),
        (&["/usr/bin/uv", "run", "x"], &["/opt/uv", "run", "x"], true),
        (
            &["/usr/bin/uv", "run", "x"],
            &["/opt/uv", "run", "y"],
            false,
        ),
        (&["uv", "run", "x"], &["uv", "run", "y"], false),
        (&["/p/target/a/release/x"], &["/p/target/release/x"], true),
        (&["/p/target/a/release/x"], &["/p/target/release/y"], false),
        (&["/q/target/release/x"], &["/p/target/release/x"], false),
        (&["/p/x", "--env-file", "/p/.env"], &["/p/x"], true),
        (&["/p/x", "--verbose"], &["/p/x"], false),
    ] {
        let text = added(host, "{}", &entry_of(host.id, &server(before)));
        let entry = entry_of(host.id, &server(after));
        let change = file(host.id, Some(&text)).install("my-server", &entry, false);
        match change {
            Ok(Change::Updated(_) | Change::Unchanged) => assert!(same, "{before:?} {after:?}"),
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                assert_eq!(code(&error), Code::Conflict);
                assert!(!same, "{before:?} {after:?}: {error}");
            }
        }
    }
    // An absolute path that is there is as good as a name.
    let text = added(
        host,
        "{}",
        &entry_of(host.id, &server(&["/opt/uv", "run", "x"])),
    );
    let entry = entry_of(host.id, &server(&["uv", "run", "x"]));
    assert_eq!(install(host, &text, &entry), Change::Unchanged);
    // A file that was given once is not forgotten.
    let given = server(&["/p/x", "--env-file", "/p/mine.env"]);
    let text = added(host, "{}", &entry_of(host.id, &given));
    let entry = entry_of(host.id, &server(&["/p/x"]));
    assert_eq!(install(host, &text, &entry), Change::Unchanged);
}

/// Codex rejects its whole file over an entry that has both; no entry with both is ours.
#[test]
fn an_entry_of_another_server_is_replaced_whole() {
    for host in HOSTS.iter().filter(|host| host.http.is_some()) {
        let text = added(host, &fixture(host.id), &entry_of(host.id, &stranger()));
        let text = with(host, &text, &["autoApprove"], &Data::texts(["all"]));
        let entry = entry::entry(host, &open_service()).unwrap();
        let change = file(host.id, Some(&text)).install("my-server", &entry, true);
        let Ok(Change::Replaced(text)) = change else {
            panic!("{}: {change:?}", host.id);
        };
        let own = [host.servers, &["my-server"]].concat();
        assert_eq!(
            read(host, &text).at(&own),
            Some(&entry.value),
            "{}",
            host.id
        );
    }
}

/// Comments and layout inside of an entry belong to the user too.
#[test]
fn an_update_keeps_every_byte_around_it() {
    let mut server = program();
    set_env(&mut server, "OURS", "new");
    for (id, before, after) in [
        (
            "cursor",
            "{\"mcpServers\": {\n  \"my-server\": { // mine\n    \"command\": \"/p/my-server\", /* c */ \"args\": [],\n    \"trust\": true, // why\n  }\n}}\n",
            "{\"mcpServers\": {\n  \"my-server\": { // mine\n    \"command\": \"/p/my-server\", /* c */ \"args\": [],\n    \"trust\": true, // why\n    \"env\": {\n      \"OURS\": \"new\"\n    },\n  }\n}}\n",
        ),
        (
            "codex",
            "[mcp_servers.my-server] # mine\ncommand = \"/p/my-server\" # c\nargs = []\nstartup_timeout_sec = 9\n\n[mcp_servers.my-server.tools.x]\napproval = \"never\"\n\n[z]\n",
            "[mcp_servers.my-server] # mine\ncommand = \"/p/my-server\" # c\nargs = []\nstartup_timeout_sec = 9\nenv = { OURS = \"new\" }\n\n[mcp_servers.my-server.tools.x]\napproval = \"never\"\n\n[z]\n",
        ),
        (
            "codex",
            "[mcp_servers.my-server]\ncommand = \"/p/my-server\"\nargs = []\n[mcp_servers.my-server.env]\nMINE = \"1\"\n",
            "[mcp_servers.my-server]\ncommand = \"/p/my-server\"\nargs = []\n[mcp_servers.my-server.env]\nMINE = \"1\"\nOURS = \"new\"\n",
        ),
        (
            "goose",
            "extensions:\n  my-server: # mine\n    enabled: false # c\n    type: stdio\n    name: my-server\n    description: 'Mine'\n    timeout: 9\n    cmd: \"/p/my-server\"\n    args: []\n    envs:\n      A: b # c\n    available_tools: [x]\nz: 1\n",
            "extensions:\n  my-server: # mine\n    enabled: false # c\n    type: stdio\n    name: my-server\n    description: 'Mine'\n    timeout: 9\n    cmd: \"/p/my-server\"\n    args: []\n    envs:\n      A: b # c\n      OURS: new\n    available_tools: [x]\nz: 1\n",
        ),
    ] {
        let host = super::host(id);
        let entry = entry_of(id, &server);
        assert_eq!(updated(host, before, &entry), after);
        let entries = [entry];
        let change = file(id, Some(after)).uninstall("my-server", &entries, &[], false);
        let Ok(Change::Removed(Some(text))) = change else {
            panic!("{change:?}");
        };
        assert!(!text.contains("my-server"), "{text}");
    }
}
