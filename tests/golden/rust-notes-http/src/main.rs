//! Process entry point: settings, logs, runtime, exit code.

use std::process::ExitCode;

use team_notes::McpServer;
use team_notes::config::Settings;
use team_notes::health;
use team_notes::http;
use team_notes::shutdown;
use team_notes::telemetry;

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
    if settings.health_check {
        return match health::check(&settings.http) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        };
    }
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
    http::serve(server, &settings.http, shutdown).await?;
    Ok(())
}
