//! `check --host`: the servers that a host's file lists.

use std::process::Command;

use serde_json::{Value, json};

use super::launch;

#[test]
fn each_server_of_a_host_has_its_verdict_and_nothing_is_written() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".cursor");
    std::fs::create_dir(&folder).unwrap();
    let entry = |script: &str| {
        let words = launch(script, &[]).command;
        let words: Vec<_> = words.iter().map(|word| word.to_str().unwrap()).collect();
        json!({"command": words[0], "args": words[1..], "env": {"SERVER_NAME": "${env:NAME_OF_SERVER}"}})
    };
    let mut keyless = entry("good.py");
    keyless["env"]["KEY"] = "${env:SURELY_NOT_SET}".into();
    let servers =
        json!({"named": entry("named.py"), "keyless": keyless, "bad": entry("prints.py")});
    let text = format!("// mine\n{:#}", json!({"mcpServers": servers}));
    let file = folder.join("mcp.json");
    std::fs::write(&file, &text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_create-mcp-server"))
        .args(["check", "--host", "cursor", "--json"])
        .env("HOME", home.path())
        .env("NAME_OF_SERVER", "from the environment")
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{error}");
    assert!(error.contains("1 of 2 servers failed"), "{error}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let server = |name: &str| {
        let mut servers = report["servers"].as_array().unwrap().iter();
        servers.find(|it| it["name"] == name).unwrap().clone()
    };
    let named = &server("named")["report"];
    assert_eq!(named["passed"], true);
    assert_eq!(named["sessions"][0]["server"], "from the environment 1.0");
    assert_eq!(
        server("keyless")["skipped"],
        "the variable `SURELY_NOT_SET` is not set"
    );
    assert_eq!(server("bad")["report"]["passed"], false);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}
