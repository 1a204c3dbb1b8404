//! The MCP client side of `check`: starts a server the way a host would, talks to it in both protocol eras, and reports
//! what it found.
//!
//! A server is not trusted. What it sends is bounded, escaped before it is shown, and everything happens under a
//! deadline. This module prints nothing and decides no exit code; it never writes to the project.

mod answers;
mod arguments;
mod ask;
mod baseline;
mod calls;
mod clock;
mod codes;
mod endpoint;
mod exercise;
mod explain;
mod format;
mod group;
mod handshake;
mod http;
mod intruder;
mod judge;
mod lint;
mod old_sse;
mod once;
mod pages;
mod policy;
mod process;
mod record;
mod report;
mod safe;
mod schema;
mod session;
mod shape;
mod stdio;
mod stdout;
mod surface;
mod table;
mod tape;
mod target;
mod text;
#[cfg(feature = "tls")]
mod tls;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use serde_json::Value;

use crate::error::{Code, Failure};
use clock::Clock;
use once::Refused;
use record::Recorder;
use report::{Findings, Seen};
use session::Trouble;

pub use answers::{Answers, parse_answer};
pub use arguments::Arguments;
pub use baseline::{Change, Weight, table as changes_table, written};
pub use codes::{RULES, Rule, Severity, rule_of};
pub use endpoint::{Endpoint, Headers};
pub use format::Format;
pub use group::adopt_orphans;
pub use lint::Cost;
pub use once::Request;
pub use policy::Policy;
pub use report::{Era, Finding, Outcome, Report, Session, SessionFailure, Step, StepOutcome};
pub use target::{Launch, Options, Target, parse_call, parse_env};

/// A name that a file or a server gives, ready to show.
#[must_use]
pub fn shown(name: &str) -> String {
    text::shown(name, text::NAME)
}

/// How much longer than `initialize` the opening by `server/discover` may take.
const DISCOVERY: Duration = Duration::from_secs(5);

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
    run_until(sessions(targets, options, progress), interrupted)
}

/// Ask one thing of a server, in this era or in the newest that it speaks; gives the raw result.
///
/// # Errors
///
/// A usage failure for what cannot be asked of this server, exit code 4 for a server that does not answer.
pub fn once(
    target: &Target,
    options: &Options,
    era: Option<Era>,
    request: &Request,
    progress: &dyn Fn(&str),
    interrupted: &dyn Fn() -> bool,
) -> anyhow::Result<Value> {
    let mut findings = Findings::default();
    let label = target.transport().to_owned();
    let recorder = Recorder::new(Clock::start(options), progress, label, &mut findings);
    let work = session::once(target, era, options, request, recorder);
    run_until(work, interrupted)?.map_err(|trouble| {
        let (failure, log) = match trouble {
            Trouble::Refused(Refused::Request { reason, hint }) => {
                let failure = Failure::usage(reason);
                (hint.into_iter().fold(failure, Failure::hint), Vec::new())
            }
            Trouble::Refused(Refused::Answer(reason)) => {
                (Failure::new(Code::CheckFailed, reason), Vec::new())
            }
            Trouble::Session(failure) => {
                let SessionFailure { stage, reason, .. } = &failure;
                let message = format!("{stage}: {reason}");
                (
                    Failure::new(Code::CheckFailed, message),
                    failure.stderr_tail,
                )
            }
        };
        failure.log(log).into()
    })
}

/// Run on a runtime of its own, until it is interrupted.
fn run_until<T>(
    work: impl Future<Output = T>,
    interrupted: &dyn Fn() -> bool,
) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the client's runtime")?;
    let result = runtime.block_on(async {
        tokio::select! {
            result = work => Ok(result),
            () = until(interrupted) => Err(Failure::interrupted().into()),
        }
    });
    // A process that cannot even be killed must not keep us waiting.
    runtime.shutdown_background();
    result
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
    let mut surfaces = Vec::new();
    for target in targets {
        let shared = (&mut findings, &mut surfaces);
        let mut both = both(target, options, clock, progress, shared).await;
        if !options.both_eras {
            forgive_missing_era(&mut both, &mut findings);
        }
        sessions.append(&mut both);
    }
    let cost = surfaces.iter().map(|it| lint::cost(&it.surface));
    let cost = cost.max_by_key(|it| it.bytes).unwrap_or_default();
    if let Some(finding) = cost.over(options.max_tokens) {
        findings.add(finding);
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
        cost,
        surfaces,
    }
}

/// One target in both eras. Of another server `initialize` comes first: how long it takes to open says how long
/// `server/discover` is worth waiting for, since there are servers that never answer what they do not know.
async fn both(
    target: &Target,
    options: &Options,
    mut clock: Clock,
    progress: &dyn Fn(&str),
    (findings, surfaces): (&mut Findings, &mut Vec<Seen>),
) -> Vec<Session> {
    let mut sessions = Vec::new();
    let mut called = BTreeSet::new();
    let mut order = Era::ALL;
    if !options.both_eras {
        order.reverse();
    }
    for era in order {
        let label = format!("{}, {}", target.transport(), era.name());
        let recorder = Recorder::new(clock, progress, label, findings);
        let (session, surface) = if clock.is_over() {
            (not_tried(target, era), None)
        } else {
            session::run(target, era, options, &mut called, recorder).await
        };
        surfaces.extend(surface.map(|surface| Seen { era, surface }));
        if session.protocol_version.is_some() && !options.both_eras {
            let opened = session.steps.iter().find(|step| step.name == "open");
            let took = Duration::from_secs_f64(opened.map_or(0.0, |it| it.duration_ms) / 1000.0);
            clock = clock.opening_within(took + DISCOVERY);
        }
        sessions.push(session);
    }
    sessions.sort_by_key(|session| session.era);
    sessions
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

/// Someone else's server may speak only one era: not opening in the other is a note. Where none opens, a server that
/// answers `server/discover` with an error is one of the older era, and what it does there is what matters.
fn forgive_missing_era(sessions: &mut [Session], findings: &mut Findings) {
    let opened = |session: &Session| session.protocol_version.is_some();
    let one_opens = sessions.iter().any(opened);
    for session in sessions {
        let is_missing = !opened(session)
            && (one_opens || session.era == Era::Discover)
            && session.outcome == Outcome::Failed;
        let Some(failure) = session.failure.as_ref().filter(|failure| {
            is_missing && failure.stage == "open" && (one_opens || failure.is_answer())
        }) else {
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
