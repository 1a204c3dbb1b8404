//! Process entry point: settings, logs, runtime, exit code.

use std::process::ExitCode;

use my_server::McpServer;
use my_server::config::Settings;
use my_server::config::Transport;
use my_server::http;
use my_server::shutdown;
use my_server::stdio;
use my_server::telemetry;

/// Exit code for settings that cannot work, as for wrong arguments.
const USAGE: u8 = 2;

/// Calls over HTTP allocate much and briefly, which would take the system's allocator a quarter of their time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let settings = match Settings::load() {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(USAGE);
        }
    };
    let _telemetry = match telemetry::init(&settings) {
        Ok(telemetry) => telemetry,
        Err(error) => {
            eprintln!("error: cannot start telemetry: {error}");
            return ExitCode::FAILURE;
        }
    };

    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "cannot start the async runtime");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(run(&settings));
    // A thread that is still busy must not hold up the exit.
    runtime.shutdown_background();

    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the server stopped with an error");
            ExitCode::FAILURE
        }
    }
}

async fn run(settings: &Settings) -> Result<(), Box<dyn std::error::Error>> {
    let shutdown = shutdown::on_signal()?;
    let server = McpServer::new(settings.request_timeout());
    match settings.transport {
        Transport::Stdio => stdio::serve(server, shutdown).await?,
        Transport::Http => http::serve(server, &settings.http, shutdown).await?,
    }
    Ok(())
}
