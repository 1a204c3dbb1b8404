//! `install` and `uninstall`: every host's file, every state it may be in, and every way a write may end.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod cli;
mod faults;
mod files;
mod formats;
mod home;
mod own;
mod places;
mod property;
mod rivals;
mod runs;
mod settings;
mod yaml;

use std::{fs, path::Path};

use create_mcp_server::hosts::{
    self, Host,
    entry::{self, Entry, Run, Server, Start},
    file::File,
};

pub fn host(id: &str) -> &'static Host {
    hosts::find(id).unwrap()
}

/// A program that hosts start.
pub fn program() -> Server {
    Server {
        name: "my-server".to_owned(),
        run: Run::Stdio(Start {
            command: vec!["/p/my-server".to_owned()],
            from_file: vec!["--env-file".to_owned(), "{file}".to_owned()],
            default_file: "/p/.env".to_owned(),
            ..Start::default()
        }),
    }
}

/// Another program under the same name.
pub fn stranger() -> Server {
    let mut server = program();
    if let Run::Stdio(start) = &mut server.run {
        start.command = vec!["/elsewhere/my-server".to_owned()];
    }
    server
}

/// A program that needs a secret.
pub fn program_with_secret() -> Server {
    let mut server = program();
    if let Run::Stdio(start) = &mut server.run {
        start.variables.push("DATABASE_URL".to_owned());
    }
    server
}

/// A server at an address, that wants a token.
pub fn service() -> Server {
    Server {
        name: "my-server".to_owned(),
        run: Run::Http {
            url: "http://127.0.0.1:8000/mcp".to_owned(),
            headers: vec![(
                "Authorization".to_owned(),
                "Bearer {env:MCP_TOKEN}".to_owned(),
            )],
        },
    }
}

/// The same that lets everybody in.
pub fn open_service() -> Server {
    let mut server = service();
    if let Run::Http { headers, .. } = &mut server.run {
        headers.clear();
    }
    server
}

pub fn entry_of(id: &str, server: &Server) -> Entry {
    entry::entry(host(id), server).unwrap()
}

pub fn file<'a>(id: &str, text: Option<&'a str>) -> File<'a> {
    File {
        host: host(id),
        shown: "the-file",
        text,
    }
}

/// A file of a host as its user has it.
pub fn fixture(id: &str) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hosts");
    let mut found = fs::read_dir(directory).unwrap().flatten();
    let file = found.find(|file| file.path().file_stem().is_some_and(|stem| stem == id));
    fs::read_to_string(file.expect(id).path()).unwrap()
}
