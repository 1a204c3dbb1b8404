//! One session: start the server where that is ours to do, open it in one era, exercise it, shut it down.

use std::{net::TcpListener, time::Duration};

use rmcp::transport::{
    StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
};
use tokio::net::TcpStream;

use super::{
    clock::Clock,
    exercise,
    handshake::{Connection, open, opening_request},
    http::Client,
    lint::{self, Inventory},
    process::{self, Process},
    record::{Done, Recorder, Stop},
    report::{Era, Finding, Findings, Outcome, Session, SessionFailure},
    stdio::Pipes,
    stdout::Strays,
    target::{Endpoint, Headers, Launch, Options, Target},
    text,
};

/// How long a failed server may take to end by itself, so that the report can say how it did.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// What a session leaves behind besides its steps.
#[derive(Debug, Default)]
struct State {
    process: Option<Process>,
    strays: Strays,
    client: Option<Client>,
    protocol_version: Option<String>,
    server: Option<String>,
}

impl State {
    /// Note who the server says it is.
    fn introduce(&mut self, connection: &Connection) {
        let Some(info) = connection.peer_info() else {
            return;
        };
        self.protocol_version = Some(text::shown(info.protocol_version.as_str(), text::NAME));
        let server = info.server_info.as_ref();
        self.server = server
            .map(|server| text::shown(&format!("{} {}", server.name, server.version), text::NAME));
    }
}

/// Run one session from start to end; the server's processes are gone afterwards, whatever happened.
pub(super) async fn run(
    target: &Target,
    era: Era,
    clock: Clock,
    options: &Options,
    progress: &dyn Fn(&str),
    findings: &mut Findings,
) -> Session {
    let start = std::time::Instant::now();
    let label = format!("{}, {}", target.transport(), era.name());
    let mut recorder = Recorder::new(clock, progress, label, findings);
    let mut state = State::default();
    let result = match target {
        Target::Stdio(launch) => over_stdio(launch, era, options, &mut state, &mut recorder).await,
        Target::Http(endpoint) => {
            over_http(endpoint.clone(), era, options, &mut state, &mut recorder).await
        }
        Target::SpawnHttp {
            launch,
            path,
            headers,
        } => {
            over_spawned_http(
                launch,
                path,
                headers,
                era,
                options,
                &mut state,
                &mut recorder,
            )
            .await
        }
    };
    let steps = recorder.into_steps();
    let failure = finish(&mut state, result).await;
    Session {
        transport: target.transport(),
        era,
        outcome: if failure.is_some() {
            Outcome::Failed
        } else {
            Outcome::Passed
        },
        protocol_version: state.protocol_version,
        server: state.server,
        duration_ms: super::clock::elapsed_ms(start),
        steps,
        failure,
    }
}

async fn over_stdio(
    launch: &Launch,
    era: Era,
    options: &Options,
    state: &mut State,
    recorder: &mut Recorder<'_>,
) -> Result<(), Stop> {
    let process = Process::start(launch, None, true).map_err(|reason| Stop::new("open", reason))?;
    let process = state.process.insert(process);
    let pipes = Pipes::open(process, &state.strays).map_err(|reason| Stop::new("open", reason))?;
    let connection = open(pipes, era, recorder).await?;
    state.introduce(&connection);
    let connection = exercised(connection, options, recorder).await?;
    let limit = recorder.clock.ending();
    let Some(process) = &mut state.process else {
        return Ok(());
    };
    let closing = async {
        close(connection).await;
        let status = process.exited().await?;
        if status.success() {
            Ok(Done::new((), ""))
        } else {
            Err(format!(
                "it ended with {} after its stdin was closed",
                process::describe(status)
            ))
        }
    };
    let closed = recorder
        .within(limit.clone(), "close", "close", closing)
        .await;
    if let Err(stop) = closed {
        let is_late = stop.reason.starts_with("no answer");
        let late = format!(
            "it is still running after its stdin was closed: it did not end {}",
            limit.said
        );
        return Err(if is_late {
            Stop::new("close", late)
        } else {
            stop
        });
    }
    if process.leaves_descendants().await {
        let message = "it left processes running when it ended; they were killed";
        recorder.find(Finding::new("leftover-processes", "server", message));
    }
    Ok(())
}

async fn over_http(
    endpoint: Endpoint,
    era: Era,
    options: &Options,
    state: &mut State,
    recorder: &mut Recorder<'_>,
) -> Result<(), Stop> {
    let client = state.client.insert(Client::new(endpoint)).clone();
    let mut config =
        StreamableHttpClientTransportConfig::with_uri("").reinit_on_expired_session(false);
    config.control_request_timeout = Duration::from_secs(1);
    let transport = StreamableHttpClientTransport::with_client(client.clone(), config);
    let connection = open(transport, era, recorder).await?;
    state.introduce(&connection);
    let connection = exercised(connection, options, recorder).await?;
    foreign_origin(&client, era, recorder).await?;
    let limit = recorder.clock.ending();
    let closing = async {
        close(connection).await;
        Ok(Done::new((), ""))
    };
    recorder.within(limit, "close", "close", closing).await
}

async fn over_spawned_http(
    launch: &Launch,
    path: &str,
    headers: &Headers,
    era: Era,
    options: &Options,
    state: &mut State,
    recorder: &mut Recorder<'_>,
) -> Result<(), Stop> {
    let port = free_port().map_err(|reason| Stop::new("start", reason))?;
    let process =
        Process::start(launch, Some(port), false).map_err(|reason| Stop::new("start", reason))?;
    let process = state.process.insert(process);
    process.log_stdout();
    let limit = recorder.clock.opening();
    recorder
        .within(limit, "start", "start", listening(process, port))
        .await?;
    over_http(
        Endpoint::loopback(port, path, headers.clone()),
        era,
        options,
        state,
        recorder,
    )
    .await?;
    let Some(process) = &mut state.process else {
        return Ok(());
    };
    if !process.ask_to_end() {
        recorder.skip("stop", "this platform cannot ask a process to end");
        return Ok(());
    }
    let limit = recorder.clock.ending();
    let late = format!(
        "it is still running after SIGTERM: it did not end {}",
        limit.said
    );
    let stopping = async {
        let status = process.exited().await?;
        process.is_gone().await;
        if process::is_clean_after_signal(status) {
            Ok(Done::new((), ""))
        } else {
            Err(format!(
                "it ended with {} after SIGTERM",
                process::describe(status)
            ))
        }
    };
    recorder
        .within(limit, "stop", "stop", stopping)
        .await
        .map_err(|stop| {
            if stop.reason.starts_with("no answer") {
                Stop::new("stop", late)
            } else {
                stop
            }
        })
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    listener
        .map(|address| address.port())
        .map_err(|error| format!("no free port: {error}"))
}

/// Wait until the process accepts connections; its end is an error at once.
async fn listening(process: &mut Process, port: u16) -> Result<Done<()>, String> {
    let mut pause = Duration::from_millis(1);
    loop {
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Ok(Done::new((), ""));
        }
        if let Some(status) = process.exited_within(pause).await {
            return Err(format!(
                "it ended with {} before it listened on port {port}",
                process::describe(status)
            ));
        }
        pause = (pause * 2).min(Duration::from_millis(25));
    }
}

async fn exercised(
    connection: Connection,
    options: &Options,
    recorder: &mut Recorder<'_>,
) -> Result<Connection, Stop> {
    let mut inventory = Inventory::default();
    let result = exercise::everything(connection.peer(), options, &mut inventory, recorder).await;
    lint::lint(&inventory, recorder.findings());
    result.map(|()| connection)
}

async fn close(mut connection: Connection) {
    // How it went shows in the process, or in nothing: an HTTP server need not even notice.
    let _ = connection.close().await;
}

async fn foreign_origin(
    client: &Client,
    era: Era,
    recorder: &mut Recorder<'_>,
) -> Result<(), Stop> {
    let opening = opening_request(era);
    let asking = async {
        let status = client.foreign_origin_status(&opening).await?;
        Ok(Done::new(status, format!("HTTP {}", status.as_u16())))
    };
    let status = recorder.step("foreign origin", asking).await?;
    if status != http::StatusCode::FORBIDDEN {
        let message = format!(
            "it answers a request with a foreign `Origin` with HTTP {} instead of 403, so any web page can reach it",
            status.as_u16()
        );
        recorder.find(Finding::new("foreign-origin", "server", message));
    }
    Ok(())
}

/// End the server, and put together why the session failed, if it did.
async fn finish(state: &mut State, result: Result<(), Stop>) -> Option<SessionFailure> {
    // Before the server is ended, which makes requests fail that were merely late.
    let trouble = state.client.as_ref().and_then(Client::last_trouble);
    let mut exit = None;
    let mut stderr_tail = Vec::new();
    if let Some(process) = &mut state.process {
        if result.is_err() {
            exit = process
                .exited_within(LAST_WORDS)
                .await
                .map(process::describe);
        }
        process.end().await;
        stderr_tail = process.tail();
    }
    let stray = state.strays.first();
    let stdout_line = stray.as_ref().map(|stray| stray.line.clone());
    let complaint = stray.map(|stray| {
        format!(
            "stdout carries a line that is not protocol: {}",
            stray.reason
        )
    });
    let Stop { stage, mut reason } = match (result, &complaint) {
        (Ok(()), None) => return None,
        (Ok(()), Some(complaint)) => Stop::new("stdout", complaint.as_str()),
        (Err(stop), _) => stop,
    };
    if stage != "stdout" {
        // The transport's own word is more exact than what the SDK makes of it.
        if let Some(trouble) = trouble {
            reason = trouble;
        }
        if let Some(complaint) = complaint {
            reason = format!("{reason}; {complaint}");
        }
    }
    Some(SessionFailure {
        stage,
        reason,
        exit,
        stdout_line,
        stderr_tail,
    })
}
