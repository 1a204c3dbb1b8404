//! One session: start the server where that is ours to do, open it in one era, exercise it, shut it down.

mod over_http;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use rmcp::{RoleClient, transport::IntoTransport};
use serde_json::Value;

use super::{
    ask::Talk,
    clock::elapsed_ms,
    exercise::Round,
    handshake::{self, Connection},
    http::Client,
    judge, lint,
    once::{self, Refused, Request},
    process::{self, Process},
    record::{Done, Recorder, Stop},
    report::{Era, Finding, Outcome, Session, SessionFailure},
    stdio::Pipes,
    stdout::Strays,
    surface::Surface,
    tape::{Answer, Tape},
    target::{Launch, Options, Target},
    text,
};

/// How long a failed server may take to end by itself, so that the report can say how it did.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// Run one session from start to end; the server's processes are gone afterwards, whatever happened.
pub(super) async fn run(
    target: &Target,
    era: Era,
    options: &Options,
    called: &mut BTreeSet<String>,
    mut recorder: Recorder<'_>,
) -> (Session, Option<Surface>) {
    let start = Instant::now();
    let mut attempt = Attempt::new(Some(era), options, called, &mut recorder);
    let result = attempt.over(target).await;
    let failure = attempt.finish(result).await;
    let Attempt {
        protocol_version,
        server,
        surface,
        ..
    } = attempt;
    let session = Session {
        transport: target.transport(),
        era,
        outcome: if failure.is_some() {
            Outcome::Failed
        } else {
            Outcome::Passed
        },
        protocol_version,
        server,
        duration_ms: elapsed_ms(start),
        steps: recorder.into_steps(),
        failure,
    };
    (session, surface)
}

/// Why one request has no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    Session(SessionFailure),
    Refused(Refused),
}

/// Make one request, in this era or in the newest that the server speaks.
pub(super) async fn once(
    target: &Target,
    era: Option<Era>,
    options: &Options,
    request: &Request,
    mut recorder: Recorder<'_>,
) -> Result<Value, Trouble> {
    let mut called = BTreeSet::new();
    let mut attempt = Attempt::new(era, options, &mut called, &mut recorder);
    attempt.request = Some(request);
    let result = attempt.over(target).await;
    let failure = attempt.finish(result).await;
    match (attempt.reply, failure) {
        (Some(reply), _) => reply.map_err(Trouble::Refused),
        (None, Some(failure)) => Err(Trouble::Session(failure)),
        (None, None) => Err(Trouble::Refused(Refused::Answer("no answer".to_owned()))),
    }
}

/// A session under way, and what is known about it.
struct Attempt<'a, 'b> {
    /// None for the newest that the server speaks.
    era: Option<Era>,
    options: &'a Options,
    called: &'a mut BTreeSet<String>,
    recorder: &'a mut Recorder<'b>,
    /// The one thing to ask, if not everything.
    request: Option<&'a Request>,
    reply: Option<Result<Value, Refused>>,
    process: Option<Process>,
    strays: Strays,
    tape: Tape,
    client: Option<Client>,
    surface: Option<Surface>,
    /// Whether a call was still running when everything else was done, so that the server is killed at work.
    busy: bool,
    protocol_version: Option<String>,
    server: Option<String>,
}

impl<'a, 'b> Attempt<'a, 'b> {
    fn new(
        era: Option<Era>,
        options: &'a Options,
        called: &'a mut BTreeSet<String>,
        recorder: &'a mut Recorder<'b>,
    ) -> Self {
        Self {
            era,
            options,
            called,
            recorder,
            request: None,
            reply: None,
            process: None,
            strays: Strays::default(),
            tape: Tape::default(),
            client: None,
            surface: None,
            busy: false,
            protocol_version: None,
            server: None,
        }
    }

    async fn over(&mut self, target: &Target) -> Result<(), Stop> {
        match target {
            Target::Stdio(launch) => self.over_stdio(launch).await,
            Target::Http(endpoint) => self.over_http(endpoint.clone()).await,
            Target::SpawnHttp {
                launch,
                path,
                headers,
            } => self.over_spawned_http(launch, path, headers).await,
        }
    }

    async fn over_stdio(&mut self, launch: &Launch) -> Result<(), Stop> {
        let process =
            Process::start(launch, None, true).map_err(|reason| Stop::new("open", reason))?;
        let process = self.process.insert(process);
        let pipes = Pipes::open(process, &self.strays, &self.tape)
            .map_err(|reason| Stop::new("open", reason))?;
        let connection = self.open(pipes).await?;
        let busy = self.exercise(&connection).await?;
        let Some(process) = &mut self.process else {
            return Ok(());
        };
        self.busy = busy;
        if busy {
            self.recorder.skip("close", "a call is still running");
            return Ok(());
        }
        let closing = async {
            close(connection).await;
            match process.exited().await? {
                status if status.success() => Ok(Done::new((), "")),
                status => Err(format!(
                    "it ended with {} after its stdin was closed",
                    process::describe(status)
                )),
            }
        };
        let complaint = "it is still running after its stdin was closed: it did not end";
        let limit = self.recorder.clock.ending().complaining(complaint);
        let closed = self.recorder.within(limit, "close", "close", closing);
        closed.await?;
        if process.leaves_descendants().await {
            let message = "it left processes running when it ended; they were killed";
            self.recorder
                .find(Finding::new("leftover-processes", "server", message));
        }
        Ok(())
    }

    async fn open<T, E, A>(&mut self, transport: T) -> Result<Connection, Stop>
    where
        T: IntoTransport<RoleClient, E, A>,
        E: std::error::Error + Send + Sync + 'static,
    {
        let limit = self.recorder.clock.opening();
        let answers = &self.options.answers;
        let opening = async {
            let connection = handshake::open(transport, self.era, answers).await?;
            Ok(Done::new(connection, ""))
        };
        let connection = self.recorder.within(limit, "open", "open", opening).await?;
        if let Some(info) = connection.peer_info() {
            self.protocol_version = Some(text::shown(info.protocol_version.as_str(), text::NAME));
        }
        Ok(connection)
    }

    /// Go through everything; whether a call is still running then.
    async fn exercise(&mut self, connection: &Connection) -> Result<bool, Stop> {
        let talk = Talk::new(
            connection.peer().clone(),
            self.tape.clone(),
            self.options.answers.clone(),
        );
        if let Some(request) = self.request {
            let limit = self.recorder.clock.step();
            let reply = limit.run(once::ask(&talk, request)).await;
            self.reply = Some(reply.unwrap_or_else(|late| Err(Refused::Answer(late))));
            return Ok(false);
        }
        let opening = self.judge_opening();
        let mut round = Round {
            talk: &talk,
            revision: self.revision(),
            options: self.options,
            surface: Surface::new(&opening),
            recorder: &mut *self.recorder,
            called: &mut *self.called,
            busy: false,
        };
        let result = round.everything().await;
        let (surface, busy) = (round.surface, round.busy);
        lint::lint(&surface, self.recorder.findings());
        self.surface = Some(surface);
        result.map(|()| busy)
    }

    /// What the session was opened with, judged.
    fn judge_opening(&mut self) -> Value {
        let Some((method, Answer::Result(opening))) = self.tape.opening() else {
            return Value::Null;
        };
        for finding in judge::result(&method, &self.revision(), &opening) {
            self.recorder.find_in("open", finding);
        }
        let info = opening
            .get("serverInfo")
            .unwrap_or(&opening["_meta"]["io.modelcontextprotocol/serverInfo"]);
        if let Some(name) = info["name"].as_str() {
            let version = info["version"].as_str().unwrap_or_default();
            let name = format!("{name} {version}");
            self.server = Some(text::shown(name.trim_end(), text::NAME));
        }
        opening
    }

    fn revision(&self) -> String {
        let revision = self.protocol_version.clone();
        let era = self.era.unwrap_or(Era::Discover);
        revision.unwrap_or_else(|| era.revision().to_owned())
    }

    /// End the server, and put together why the session failed, if it did.
    async fn finish(&mut self, result: Result<(), Stop>) -> Option<SessionFailure> {
        // Before the server is ended, which makes requests fail that were merely late.
        let trouble = self.client.as_ref().and_then(Client::last_trouble);
        let broke_off = result.is_err();
        if broke_off {
            // A malformed opening that ended the session.
            self.judge_opening();
        }
        // What came first is the cause of what came after.
        let first = self.recorder.first_error().cloned();
        let result = match (result, first) {
            (_, Some(first)) => Err(first),
            (result, None) => result,
        };
        let mut stray = None;
        let mut exit = None;
        let mut stderr_tail = Vec::new();
        if let Some(process) = &mut self.process {
            if broke_off {
                exit = process
                    .exited_within(LAST_WORDS)
                    .await
                    .map(process::describe);
            }
            // What the kill cuts in half was no fault of the server.
            stray = self.strays.first();
            process.end().await;
            stderr_tail = process.tail();
        }
        if result.is_ok() && !self.busy {
            stray = self.strays.first();
        }
        let complaint = stray.as_ref().map(|stray| {
            format!(
                "stdout carries a line that is not protocol: {}",
                stray.reason
            )
        });
        let (stage, reason) = match (result, complaint) {
            (Ok(()), None) => return None,
            (Ok(()), Some(complaint)) => ("stdout".to_owned(), complaint),
            (Err(stop), Some(complaint)) => (stop.stage, format!("{}; {complaint}", stop.reason)),
            // The transport's own word is more exact than what the SDK makes of it.
            (Err(stop), None) => (stop.stage, trouble.unwrap_or(stop.reason)),
        };
        Some(SessionFailure {
            stage,
            reason,
            exit,
            stdout_line: stray.map(|stray| stray.line),
            stderr_tail,
        })
    }
}

async fn close(mut connection: Connection) {
    // How it went shows in the process, or in nothing: an HTTP server need not even notice.
    let _ = connection.close().await;
}
