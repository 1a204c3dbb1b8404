//! The MCP client side of `check`: starts a server the way a host would, talks to it in both protocol eras, and reports
//! what it found.
//!
//! A server is not trusted. What it sends is bounded, escaped before it is shown, and everything happens under a
//! deadline. This module prints nothing and decides no exit code; it never writes to the project.

mod clock;
mod exercise;
mod explain;
mod group;
mod handshake;
mod http;
mod lint;
mod pages;
mod process;
mod record;
mod report;
mod safe;
mod session;
mod stdio;
mod stdout;
mod table;
mod target;
mod text;

use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::error::Failure;
use clock::Clock;
use record::Recorder;
use report::Findings;

pub use group::adopt_orphans;
pub use report::{Era, Finding, Outcome, Report, Session, SessionFailure, Step, StepOutcome};
pub use target::{Endpoint, Headers, Launch, Options, Target, parse_call, parse_env};

/// Check every target in both eras. `progress` hears what is being tried; when `interrupted` says so, the run ends at
/// once and leaves no process behind.
///
/// # Errors
///
/// Only when the run itself is impossible or was interrupted; a server that fails is a [`Report`].
pub fn run(
    targets: &[Target],
    options: &Options,
    progress: &dyn Fn(&str),
    interrupted: &dyn Fn() -> bool,
) -> anyhow::Result<Report> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the client's runtime")?;
    let report = runtime.block_on(async {
        tokio::select! {
            report = sessions(targets, options, progress) => Ok(report),
            () = until(interrupted) => Err(Failure::interrupted().into()),
        }
    });
    // A process that cannot even be killed must not keep us waiting.
    runtime.shutdown_background();
    report
}

async fn until(interrupted: &dyn Fn() -> bool) {
    while !interrupted() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn sessions(targets: &[Target], options: &Options, progress: &dyn Fn(&str)) -> Report {
    let start = Instant::now();
    let clock = Clock::start(options);
    let mut sessions = Vec::new();
    let mut findings = Findings::default();
    for target in targets {
        let first = sessions.len();
        for era in Era::ALL {
            let label = format!("{}, {}", target.transport(), era.name());
            let recorder = Recorder::new(clock, progress, label, &mut findings);
            sessions.push(if clock.is_over() {
                not_tried(target, era)
            } else {
                session::run(target, era, options, recorder).await
            });
        }
        if !options.both_eras {
            forgive_missing_era(&mut sessions[first..], &mut findings);
        }
    }
    let (findings, findings_omitted) = findings.into_parts();
    let fine =
        |session: &Session| matches!(session.outcome, Outcome::Passed | Outcome::Unsupported);
    Report {
        passed: sessions.iter().all(fine),
        duration_ms: clock::elapsed_ms(start),
        sessions,
        findings,
        findings_omitted,
    }
}

fn not_tried(target: &Target, era: Era) -> Session {
    Session {
        transport: target.transport(),
        era,
        outcome: Outcome::Skipped,
        protocol_version: None,
        server: None,
        duration_ms: 0.0,
        steps: Vec::new(),
        failure: None,
    }
}

/// Someone else's server may speak only one era: not opening in the other is a finding, if it opened in one.
fn forgive_missing_era(sessions: &mut [Session], findings: &mut Findings) {
    if !sessions
        .iter()
        .any(|session| session.outcome == Outcome::Passed)
    {
        return;
    }
    for session in sessions {
        let Some(failure) = session
            .failure
            .as_ref()
            .filter(|failure| failure.stage == "open")
        else {
            continue;
        };
        session.outcome = Outcome::Unsupported;
        let subject = format!("{}, {}", session.transport, session.era.name());
        let message = format!(
            "it does not open this way ({} clients): {}",
            session.era.revision(),
            failure.reason
        );
        findings.add(Finding::new("missing-era", subject, message));
    }
}
