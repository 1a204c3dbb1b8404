//! One session: start the server where that is ours to do, open it in one era, exercise it, shut it down.

use std::{collections::BTreeSet, net::TcpListener, time::Duration};

use rmcp::{
    RoleClient,
    model::{
        ClientConfig, ClientJsonRpcMessage, ClientRequest, DiscoverRequest, DiscoverRequestParams,
        GetExtensions, Implementation, InitializeRequest, NumberOrString, ProtocolVersion,
        RequestMetaObject,
    },
    service::{ClientInitializeError, ClientLifecycleMode, ClientServiceExt, RunningService},
    transport::{
        IntoTransport, StreamableHttpClientTransport,
        streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use tokio::net::TcpStream;

use super::{
    clock::Clock,
    exercise::{self, explain_answer, plain},
    http::Client,
    lint::{self, Inventory},
    process::{self, Process},
    record::{Done, Recorder, Stop},
    report::{Era, Finding, Outcome, Session, SessionFailure},
    stdio::Pipes,
    stdout::Strays,
    target::{Endpoint, Headers, Launch, Options, Target},
    text,
};

type Connection = RunningService<RoleClient, ClientConfig>;

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

/// Run one session from start to end; the server's processes are gone afterwards, whatever happened.
pub(super) async fn run(
    target: &Target,
    era: Era,
    clock: Clock,
    options: &Options,
    progress: &dyn Fn(&str),
    findings: &mut BTreeSet<Finding>,
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
    let connection = open(pipes, era, state, recorder).await?;
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
    let connection = open(transport, era, state, recorder).await?;
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
        while process.leaves_descendants().await {}
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

async fn open<T, E, A>(
    transport: T,
    era: Era,
    state: &mut State,
    recorder: &mut Recorder<'_>,
) -> Result<Connection, Stop>
where
    T: IntoTransport<RoleClient, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    let limit = recorder.clock.opening();
    let opening = async {
        let connection = client_config()
            .serve_with_lifecycle(transport, lifecycle(era))
            .await
            .map_err(explain)?;
        let version = negotiated(&connection, era)?;
        Ok(Done::new(connection, version))
    };
    let connection = recorder.within(limit, "open", "open", opening).await?;
    if let Some(info) = connection.peer_info() {
        state.protocol_version = Some(text::shown(info.protocol_version.as_str(), text::LINE));
        state.server = info
            .server_info
            .as_ref()
            .map(|server| text::shown(&format!("{} {}", server.name, server.version), text::LINE));
    }
    Ok(connection)
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

fn client_config() -> ClientConfig {
    let client = Implementation::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    ClientConfig::new(rmcp::model::ClientCapabilities::default(), client)
        .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
}

fn lifecycle(era: Era) -> ClientLifecycleMode {
    match era {
        Era::Discover => ClientLifecycleMode::Discover {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        },
        Era::Initialize => ClientLifecycleMode::Initialize,
    }
}

fn opening_request(era: Era) -> ClientJsonRpcMessage {
    let config = client_config();
    let request = match era {
        Era::Discover => {
            let mut discover = DiscoverRequest::new(DiscoverRequestParams {});
            discover
                .extensions_mut()
                .insert(RequestMetaObject::with_client_context(
                    ProtocolVersion::V_2026_07_28,
                    config.client_info,
                    config.capabilities,
                ));
            ClientRequest::DiscoverRequest(discover)
        }
        Era::Initialize => ClientRequest::InitializeRequest(InitializeRequest::new(config)),
    };
    ClientJsonRpcMessage::request(request, NumberOrString::Number(0))
}

/// The agreed version, which must be one that this era can have.
fn negotiated(connection: &Connection, era: Era) -> Result<String, String> {
    let info = connection
        .peer_info()
        .ok_or("the server did not introduce itself")?;
    let version = &info.protocol_version;
    let shown = text::shown(version.as_str(), text::LINE);
    if !ProtocolVersion::KNOWN_VERSIONS.contains(version) {
        return Err(format!(
            "the server chose protocol version `{shown}`, which does not exist"
        ));
    }
    if era == Era::Initialize && !version.has_initialize() {
        return Err(format!(
            "the server answered `initialize` with version `{shown}`, which has no `initialize`"
        ));
    }
    Ok(shown)
}

fn explain(error: ClientInitializeError) -> String {
    match error {
        ClientInitializeError::ConnectionClosed(_) => "the server closed the connection".to_owned(),
        ClientInitializeError::JsonRpcError(error) => explain_answer(error.code.0, &error.message),
        ClientInitializeError::TransportError { error, .. } => plain(&error.error),
        ClientInitializeError::NoCompatibleProtocolVersion {
            server_supported, ..
        } => {
            let versions: Vec<_> = server_supported
                .iter()
                .take(10)
                .map(|version| text::shown(version.as_str(), 40))
                .collect();
            format!(
                "the server supports no version of this era, only: {}",
                versions.join(", ")
            )
        }
        ClientInitializeError::ExpectedInitResult(_) => {
            "the result does not have the shape that the method asks for".to_owned()
        }
        other => plain(&other),
    }
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
