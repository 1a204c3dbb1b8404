//! `install` and `uninstall`: every host's file, every state it may be in, and every way a write may end.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod cli;
mod faults;
mod files;
mod formats;
mod home;
mod places;
mod property;
mod rivals;
mod runs;

use create_mcp_server::hosts::{
    self, Host,
    entry::{self, Entry, Run, Server},
    file::File,
};

pub fn host(id: &str) -> &'static Host {
    hosts::find(id).unwrap()
}

/// A program that hosts start.
pub fn program() -> Server {
    Server {
        name: "my-server".to_owned(),
        run: Run::Stdio {
            command: vec!["/p/my-server".to_owned()],
            program: None,
            variables: Vec::new(),
            from_file: vec!["--env-file".to_owned(), "/p/.env".to_owned()],
        },
    }
}

/// A program that needs a secret.
pub fn program_with_secret() -> Server {
    let mut server = program();
    if let Run::Stdio { variables, .. } = &mut server.run {
        variables.push("DATABASE_URL".to_owned());
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
