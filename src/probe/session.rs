//! One session: start the server where that is ours to do, open it in one era, exercise it, shut it down.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use rmcp::{
    RoleClient,
    model::Implementation,
    transport::{
        IntoTransport, StreamableHttpClientTransport,
        streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use tokio::net::TcpStream;

use super::{
    clock::elapsed_ms,
    exercise,
    handshake::{self, Connection},
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

/// How long a failed server may take to end by itself, so that the report can say how it did.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// Run one session from start to end; the server's processes are gone afterwards, whatever happened.
pub(super) async fn run(
    target: &Target,
    era: Era,
    options: &Options,
    mut recorder: Recorder<'_>,
) -> Session {
    let start = Instant::now();
    let mut attempt = Attempt::new(era, options, &mut recorder);
    let result = match target {
        Target::Stdio(launch) => attempt.over_stdio(launch).await,
        Target::Http(endpoint) => attempt.over_http(endpoint.clone()).await,
        Target::SpawnHttp {
            launch,
            path,
            headers,
        } => attempt.over_spawned_http(launch, path, headers).await,
    };
    let failure = attempt.finish(result).await;
    let Attempt {
        protocol_version,
        server,
        ..
    } = attempt;
    Session {
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
    }
}

/// A session under way, and what is known about it.
struct Attempt<'a, 'b> {
    era: Era,
    options: &'a Options,
    recorder: &'a mut Recorder<'b>,
    process: Option<Process>,
    strays: Strays,
    client: Option<Client>,
    protocol_version: Option<String>,
    server: Option<String>,
}

impl<'a, 'b> Attempt<'a, 'b> {
    fn new(era: Era, options: &'a Options, recorder: &'a mut Recorder<'b>) -> Self {
        Self {
            era,
            options,
            recorder,
            process: None,
            strays: Strays::default(),
            client: None,
            protocol_version: None,
            server: None,
        }
    }

    async fn over_stdio(&mut self, launch: &Launch) -> Result<(), Stop> {
        let process =
            Process::start(launch, None, true).map_err(|reason| Stop::new("open", reason))?;
        let process = self.process.insert(process);
        let pipes =
            Pipes::open(process, &self.strays).map_err(|reason| Stop::new("open", reason))?;
        let connection = self.open(pipes).await?;
        self.exercise(&connection).await?;
        let Some(process) = &mut self.process else {
            return Ok(());
        };
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
        self.recorder
            .within(limit, "close", "close", closing)
            .await?;
        if process.leaves_descendants().await {
            let message = "it left processes running when it ended; they were killed";
            self.recorder
                .find(Finding::new("leftover-processes", "server", message));
        }
        Ok(())
    }

    async fn over_http(&mut self, endpoint: Endpoint) -> Result<(), Stop> {
        let client = self.client.insert(Client::new(endpoint)).clone();
        let config = StreamableHttpClientTransportConfig::with_uri("")
            .reinit_on_expired_session(false)
            .control_request_timeout(Duration::from_secs(1));
        let connection = self
            .open(StreamableHttpClientTransport::with_client(
                client.clone(),
                config,
            ))
            .await?;
        self.exercise(&connection).await?;
        self.foreign_origin(&client).await?;
        let closing = async {
            close(connection).await;
            Ok(Done::new((), ""))
        };
        let limit = self.recorder.clock.ending();
        self.recorder.within(limit, "close", "close", closing).await
    }

    async fn over_spawned_http(
        &mut self,
        launch: &Launch,
        path: &str,
        headers: &Headers,
    ) -> Result<(), Stop> {
        let start = |reason| Stop::new("start", reason);
        let port = free_port().map_err(start)?;
        let process = self
            .process
            .insert(Process::start(launch, Some(port), false).map_err(start)?);
        process.log_stdout();
        let limit = self
            .recorder
            .clock
            .opening()
            .complaining("it does not listen on its port: no connection");
        self.recorder
            .within(limit, "start", "start", listening(process, port))
            .await?;
        self.over_http(Endpoint::loopback(port, path, headers.clone()))
            .await?;
        let Some(process) = &mut self.process else {
            return Ok(());
        };
        if !process.ask_to_end() {
            self.recorder
                .skip("stop", "this platform cannot ask a process to end");
            return Ok(());
        }
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
        let complaint = "it is still running after SIGTERM: it did not end";
        let limit = self.recorder.clock.ending().complaining(complaint);
        self.recorder.within(limit, "stop", "stop", stopping).await
    }

    async fn open<T, E, A>(&mut self, transport: T) -> Result<Connection, Stop>
    where
        T: IntoTransport<RoleClient, E, A>,
        E: std::error::Error + Send + Sync + 'static,
    {
        let limit = self.recorder.clock.opening();
        let opening = async { Ok(Done::new(handshake::open(transport, self.era).await?, "")) };
        let connection = self.recorder.within(limit, "open", "open", opening).await?;
        if let Some(info) = connection.peer_info() {
            self.protocol_version = Some(text::shown(info.protocol_version.as_str(), text::NAME));
            let server = info.server_info.as_ref();
            let name = |server: &Implementation| format!("{} {}", server.name, server.version);
            self.server = server.map(|server| text::shown(&name(server), text::NAME));
        }
        Ok(connection)
    }

    async fn exercise(&mut self, connection: &Connection) -> Result<(), Stop> {
        let mut inventory = Inventory::default();
        let result = exercise::everything(
            connection.peer(),
            self.options,
            &mut inventory,
            self.recorder,
        )
        .await;
        lint::lint(&inventory, self.recorder.findings());
        result
    }

    async fn foreign_origin(&mut self, client: &Client) -> Result<(), Stop> {
        let opening = handshake::opening_request(self.era);
        let asking = async {
            let status = client.foreign_origin_status(&opening).await?;
            Ok(Done::new(status, format!("HTTP {}", status.as_u16())))
        };
        let status = self.recorder.step("foreign origin", asking).await?;
        if status != ::http::StatusCode::FORBIDDEN {
            let message = format!(
                "it answers a request with a foreign `Origin` with HTTP {} instead of 403, so any web page can reach it",
                status.as_u16()
            );
            self.recorder
                .find(Finding::new("foreign-origin", "server", message));
        }
        Ok(())
    }

    /// End the server, and put together why the session failed, if it did.
    async fn finish(&mut self, result: Result<(), Stop>) -> Option<SessionFailure> {
        // Before the server is ended, which makes requests fail that were merely late.
        let trouble = self.client.as_ref().and_then(Client::last_trouble);
        let mut stray = None;
        let mut exit = None;
        let mut stderr_tail = Vec::new();
        if let Some(process) = &mut self.process {
            if result.is_err() {
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
        if result.is_ok() {
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

async fn close(mut connection: Connection) {
    // How it went shows in the process, or in nothing: an HTTP server need not even notice.
    let _ = connection.close().await;
}
