//! The part of a session that is about HTTP: a server that runs somewhere, or one that is started on a free port.

use std::{net::TcpListener, time::Duration};

use rmcp::transport::{
    StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
};
use tokio::net::TcpStream;

use super::{
    super::{
        endpoint::{Endpoint, Headers},
        handshake,
        http::Client,
        intruder::{self, Trick},
        old_sse,
        process::{self, Process},
        record::{Done, Stop},
        report::Era,
        target::Launch,
    },
    Attempt, close,
};

impl Attempt<'_, '_> {
    pub(super) async fn over_http(&mut self, endpoint: Endpoint) -> Result<(), Stop> {
        let client = self
            .client
            .insert(Client::new(endpoint, &self.tape))
            .clone();
        let config = StreamableHttpClientTransportConfig::with_uri("")
            .reinit_on_expired_session(false)
            .control_request_timeout(Duration::from_secs(1));
        let transport = StreamableHttpClientTransport::with_client(client.clone(), config);
        let connection = match self.open(transport).await {
            Err(stop) => {
                let limit = self.recorder.clock.probing();
                let is_old = limit.run(old_sse::is_spoken(&client)).await;
                return Err(match is_old {
                    Ok(true) => {
                        let reason = "the server speaks only the old HTTP+SSE transport, which was replaced in 2025: \
                                      current clients do not open it";
                        client.forget_trouble();
                        Stop::new(stop.stage, reason)
                    }
                    _ => stop,
                });
            }
            opened => opened?,
        };
        self.exercise(&connection).await?;
        if self.request.is_none() {
            self.intrude(&client).await;
        }
        let closing = async {
            close(connection).await;
            Ok(Done::new((), ""))
        };
        let limit = self.recorder.clock.ending();
        self.recorder.within(limit, "close", "close", closing).await
    }

    pub(super) async fn over_spawned_http(
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

    /// Try what a stranger could.
    async fn intrude(&mut self, client: &Client) {
        let era = self.era.unwrap_or(Era::Initialize);
        let opening = handshake::opening_request(era);
        let has_sessions = client.has_session() && era == Era::Initialize;
        for trick in Trick::against(client.endpoint(), has_sessions) {
            let asking = async {
                let status = intruder::status(client, trick, &opening).await?;
                Ok(Done::new(status, format!("HTTP {}", status.as_u16())))
            };
            let limit = self.recorder.clock.step();
            let step = trick.step();
            let asked = self.recorder.within(limit, step, step, asking).await;
            // To hang up is to refuse.
            let status = asked.unwrap_or(::http::StatusCode::FORBIDDEN);
            if let Some(finding) = trick.judge(status) {
                self.recorder.find(finding);
            }
        }
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
