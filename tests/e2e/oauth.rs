//! A server that wants OAuth tokens: the SDKs' clients find the authorization server by themselves, get a token, and get a
//! better one when a tool needs it.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::Trial;
use serde_json::json;

use crate::environment::Issuer;
use crate::hosts;
use crate::language::Language;
use crate::python;
use crate::support::{PROGRAM, Project, Server, free_port, run};
use crate::third_party::{CLIENTS, Client, ERAS, expect_notes};
use crate::trial;

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for language in Language::ALL {
        let case = |what: &str| format!("oauth::{language}_{what}");
        trials.push(trial(case("check_brings_a_token"), move || check(language)));
        #[cfg(unix)]
        trials.push(trial(
            case("issuer_over_tls_needs_a_certificate_that_is_trusted"),
            move || over_tls(language),
        ));
        for era in ERAS {
            for (name, client) in CLIENTS {
                let what = format!("server_gives_the_{name}_client_a_token_{era}");
                trials.push(trial(case(&what), move || {
                    gets_a_token(language, era, client)
                }));
            }
        }
    }
    trials
}

fn project(language: Language) -> Result<Project> {
    let options = [("transport", "http"), ("auth", "oauth")];
    language.project("oauth", "oauth-notes", &options)
}

fn gets_a_token(language: Language, era: &str, client: Client) -> Result<()> {
    let project = project(language)?;
    let port = free_port()?;
    let resource = format!("http://127.0.0.1:{port}/mcp");
    let issuer = Issuer::start(&resource)?;
    let mut command = language.server(&project)?;
    command.envs(issuer.env(&resource)).env("MCP_LOG", "error");
    let server = Server::start(command.env("MCP_PORT", port.to_string()), port)?;
    let mut target = hosts::project_file(&project.dir)?;
    ensure!(
        target.get("headers").is_none(),
        "hosts get tokens by themselves: {target}"
    );
    target["url"] = json!(server.url);
    ensure!(client(era, &target).is_err(), "nobody needs a token");
    target["oauth"] = json!(true);
    expect_notes(era, &client(era, &target)?)
}

fn check(language: Language) -> Result<()> {
    let project = project(language)?;
    let resource = "https://mcp.example.com/mcp";
    let issuer = Issuer::start(resource)?;
    let check = |token: &str| {
        let mut command = Command::new(PROGRAM);
        command.envs(python::variables());
        command.args(["check", "--json"]).arg(&project.dir);
        for (name, value) in issuer.env(resource) {
            command.arg("--env").arg(format!("{name}={value}"));
        }
        command.arg("--header");
        run(command.arg(format!("Authorization: Bearer {token}")))
    };
    check(&issuer.token).context("with a token")?;
    let (message, _) = issuer.token.rsplit_once('.').context("a signature")?;
    let error = check(message)
        .err()
        .context("a token without a signature will do")?;
    ensure!(error.to_string().contains("401"), "{error}");
    Ok(())
}

/// The issuer's certificate is signed by itself: no machine trusts it unless it is told to.
#[cfg(unix)]
fn over_tls(language: Language) -> Result<()> {
    const REQUEST: &str = "[req]\nprompt = no\ndistinguished_name = name\nx509_extensions = more\n\
        [name]\nCN = issuer\n[more]\nsubjectAltName = IP:127.0.0.1\nbasicConstraints = critical, CA:FALSE\n";
    let project = project(language)?;
    let resource = "https://mcp.example.com/mcp";
    let dir = tempfile::tempdir()?;
    let (config, pem) = (
        dir.path().join("request.cnf"),
        dir.path().join("issuer.pem"),
    );
    std::fs::write(&config, REQUEST)?;
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-nodes", "-newkey", "ec", "-days", "2"]);
    openssl
        .args(["-pkeyopt", "ec_paramgen_curve:prime256v1", "-config"])
        .arg(&config);
    run(openssl
        .arg("-keyout")
        .arg(&pem)
        .arg("-out")
        .arg(dir.path().join("certificate.pem")))?;
    let certificate = dir.path().join("certificate.pem");
    let both = [std::fs::read(&pem)?, std::fs::read(&certificate)?].concat();
    std::fs::write(&pem, both)?;
    let issuer = Issuer::start_tls(resource, &pem)?;
    let check = |trusted: &std::path::Path| {
        let mut command = Command::new(PROGRAM);
        command.envs(python::variables());
        command.args(["check", "--json"]).arg(&project.dir);
        for (name, value) in issuer.env(resource) {
            command.arg("--env").arg(format!("{name}={value}"));
        }
        let trusted = format!("SSL_CERT_FILE={}", trusted.display());
        let header = format!("Authorization: Bearer {}", issuer.token);
        run(command.args(["--env", &trusted, "--header", &header]))
    };
    check(&certificate).context("with its certificate")?;
    let others = std::path::Path::new("/etc/ssl/certs/ca-certificates.crt");
    let error = check(others).err().context("any certificate will do")?;
    ensure!(error.to_string().contains("503"), "{error}");
    Ok(())
}
