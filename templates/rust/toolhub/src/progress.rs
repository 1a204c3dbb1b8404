//! Progress of a slow request, for clients that asked to hear of it.

use std::pin::pin;
use std::time::{Duration, Instant};

use rmcp::RoleServer;
use rmcp::model::ProgressNotificationParam;
use rmcp::service::RequestContext;

/// How often a client hears that work goes on.
const PERIOD: Duration = Duration::from_millis(500);

/// Do `work`, and tell the client of `context` for how many seconds it has been going on.
pub async fn while_running<T>(
    context: &RequestContext<RoleServer>,
    work: impl Future<Output = T>,
) -> T {
    let Some(token) = context.meta.get_progress_token() else {
        return work.await;
    };
    let started = Instant::now();
    let mut work = pin!(work);
    let mut ticks = tokio::time::interval(PERIOD);
    loop {
        tokio::select! {
            biased;
            _ = ticks.tick() => {
                let seconds = started.elapsed().as_secs_f64();
                let progress = ProgressNotificationParam::new(token.clone(), seconds)
                    .with_message("running");
                if let Err(error) = context.peer.notify_progress(progress).await {
                    tracing::debug!(%error, "cannot tell a client of progress");
                }
            }
            done = &mut work => return done,
        }
    }
}
