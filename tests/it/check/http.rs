//! Servers over HTTP: started by the check, and running already.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use create_mcp_server::probe::{Endpoint, Headers, Launch, Report, Target};

use super::*;

#[test]
fn a_good_http_server_is_started_checked_and_stopped_in_both_eras() {
    for mode in ["good", "events", "slow-start"] {
        let report = spawned(mode);
        assert_passes(&report);
        assert_eq!(report.findings, [], "{mode}");
        let steps = step_names(&report.sessions[0]);
        assert_eq!(steps.first(), Some(&"start"));
        assert!(steps.contains(&"foreign origin"));
        #[cfg(unix)]
        assert_eq!(steps.last(), Some(&"stop"));
    }
}

#[test]
fn answers_that_are_not_mcp_over_http_are_explained() {
    let cases = [
        ("html", "HTTP 200 OK with content type `text/html`"),
        ("broken", "its body is not a message"),
        (
            "auth",
            "HTTP 401 Unauthorized (`WWW-Authenticate: Bearer resource_metadata=",
        ),
        ("huge", "length limit exceeded"),
        ("hang", "no answer within 6 s"),
    ];
    // They wait more than they do.
    std::thread::scope(|scope| {
        for (mode, reason) in cases {
            scope.spawn(move || assert_fails(&spawned(mode), "open", reason));
        }
    });
}

#[test]
fn a_spawned_http_server_that_misbehaves_around_its_life_is_explained() {
    assert_fails(
        &spawned("no-listen"),
        "start",
        "ended with code 1 before it listened",
    );
    #[cfg(unix)]
    {
        assert_fails(
            &spawned("bad-stop"),
            "stop",
            "ended with code 1 after SIGTERM",
        );
        assert_fails(
            &spawned("stays"),
            "stop",
            "still running after SIGTERM: it did not end within 1 s",
        );
    }
}

#[test]
fn a_server_open_to_any_origin_is_a_finding() {
    let report = spawned("any-origin");
    assert_passes(&report);
    assert_eq!(codes(&report), ["foreign-origin"]);
}

/// An HTTP server that the test starts itself; killed when dropped.
struct Running {
    child: Child,
    port: u16,
}

impl Running {
    fn start(mode: &str, other: Option<u16>) -> Self {
        Self::start_with(mode, other, &[])
    }

    /// With the certificate of the fixtures.
    #[cfg(feature = "tls")]
    fn secure(mode: &str, other: Option<u16>) -> Self {
        Self::start_with(mode, other, &[("TLS", certificate(""))])
    }

    fn start_with(mode: &str, other: Option<u16>, env: &[(&str, PathBuf)]) -> Self {
        let Launch { command, .. } = launch("http_server.py", &["0", mode]);
        let mut child = Command::new(&command[0])
            .args(&command[1..])
            .args(other.map(|port| port.to_string()))
            .envs(env.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line.trim().rsplit(' ').next().unwrap().parse().unwrap();
        Self { child, port }
    }

    fn check(&self, headers: &[&str]) -> Report {
        let url = format!("http://127.0.0.1:{}/mcp", self.port);
        let endpoint = Endpoint::parse(&url, Headers::parse(headers).unwrap()).unwrap();
        check(Target::Http(endpoint), &impatient())
    }

    #[cfg(feature = "tls")]
    fn check_securely(&self, host: &str, ca: Option<&str>, headers: &[&str]) -> Report {
        let url = format!("https://{host}:{}/mcp", self.port);
        let endpoint = Endpoint::parse(&url, Headers::parse(headers).unwrap()).unwrap();
        let endpoint = endpoint.certified_by(ca.map(certificate));
        check(Target::Http(endpoint), &impatient())
    }

    /// What it logged.
    fn stop(mut self) -> String {
        self.child.kill().unwrap();
        std::io::read_to_string(self.child.stderr.take().unwrap()).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_running_server_is_checked_with_the_headers_it_needs() {
    let server = Running::start("auth", None);
    assert_fails(&server.check(&[]), "open", "HTTP 401");
    let report = server.check(&["Authorization: Bearer secret-token"]);
    assert_passes(&report);
    let printed = format!(
        "{}{}",
        report.table(true),
        serde_json::to_string(&report).unwrap()
    );
    assert!(!printed.contains("secret-token"), "{printed}");
}

#[test]
fn a_redirect_is_reported_and_no_credential_follows_it() {
    let other = Running::start("good", None);
    let redirecting = Running::start("redirect", Some(other.port));
    let report = redirecting.check(&["Authorization: Bearer secret-token"]);
    assert_fails(&report, "open", "which is not followed");
    assert!(
        redirecting.stop().contains("secret-token"),
        "the header reaches the server it was meant for"
    );
    assert_eq!(other.stop(), "", "nothing reached the other server");
}

#[test]
fn nobody_listening_is_reported() {
    let server = Running::start("good", None);
    let port = server.port;
    drop(server);
    let url = format!("http://127.0.0.1:{port}/mcp");
    let report = check(
        Target::Http(Endpoint::parse(&url, Headers::default()).unwrap()),
        &impatient(),
    );
    assert_fails(&report, "open", "refused");
}

#[cfg(feature = "tls")]
fn certificate(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls");
    folder.join(name)
}

#[cfg(feature = "tls")]
#[test]
fn a_server_at_https_is_checked_in_both_eras() {
    let server = Running::secure("good", None);
    for host in ["127.0.0.1", "localhost"] {
        let report = server.check_securely(host, Some("ca.pem"), &[]);
        assert_passes(&report);
        assert_eq!(report.findings, [], "{host}");
    }
}

#[cfg(feature = "tls")]
#[test]
fn a_certificate_that_nobody_trusts_is_explained() {
    let server = Running::secure("good", None);
    for ca in [None, Some("other-ca.pem")] {
        let report = server.check_securely("127.0.0.1", ca, &[]);
        assert_fails(&report, "open", "certificate");
        assert_fails(&report, "open", "`--ca FILE`");
    }
    let report = server.check_securely("127.0.0.1", Some("missing.pem"), &[]);
    assert_fails(&report, "open", "missing.pem` holds no usable certificate");
    let report = server.check_securely("127.0.0.1", Some("README.md"), &[]);
    assert_fails(&report, "open", "README.md` holds no usable certificate");
    let plain = Running::start("good", None);
    let report = plain.check_securely("127.0.0.1", Some("ca.pem"), &[]);
    assert_fails(&report, "open", "does it speak plain `http://`?");
}

#[test]
fn a_redirect_on_the_same_origin_is_followed_but_not_in_circles() {
    let report = Running::start("moved", None).check(&["Authorization: Bearer x"]);
    assert_passes(&report);
    assert_fails(
        &Running::start("circle", None).check(&[]),
        "open",
        "too many redirects",
    );
}

#[cfg(feature = "tls")]
#[test]
fn a_redirect_from_https_is_followed_on_its_origin_only() {
    let report = Running::secure("moved", None).check_securely("localhost", Some("ca.pem"), &[]);
    assert_passes(&report);
    let other = Running::start("good", None);
    let redirecting = Running::secure("redirect", Some(other.port));
    let headers = ["Authorization: Bearer secret-token"];
    let report = redirecting.check_securely("127.0.0.1", Some("ca.pem"), &headers);
    assert_fails(&report, "open", "which is not followed");
    assert_eq!(other.stop(), "", "nothing reached the other server");
}

#[test]
fn a_server_that_speaks_only_the_old_transport_is_named() {
    let report = Running::start("old-sse", None).check(&[]);
    assert_fails(&report, "open", "speaks only the old HTTP+SSE transport");
}
