//! Progress of a slow call, for clients that asked for it, and its end when they cancel it.

use std::pin::pin;
use std::time::{Duration, Instant};

use rmcp::model::ProgressNotificationParam;
use rmcp::{RoleServer, service::RequestContext};

use crate::error::AppError;

const PERIOD: Duration = Duration::from_millis(500);

/// Do `work`, and tell the client of `context` for how many seconds it has been going on.
pub async fn while_running<T>(
    context: &RequestContext<RoleServer>,
    work: impl Future<Output = Result<T, AppError>>,
) -> Result<T, AppError> {
    let token = context.meta.get_progress_token();
    let started = Instant::now();
    let mut work = pin!(work);
    let mut ticks = tokio::time::interval(PERIOD);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = context.ct.cancelled() => return Err(AppError::Shown("cancelled".into())),
            _ = ticks.tick() => if let Some(token) = &token {
                let seconds = started.elapsed().as_secs_f64();
                let progress = ProgressNotificationParam::new(token.clone(), seconds);
                // A client that is gone needs none.
                let _ = context.peer.notify_progress(progress.with_message("running")).await;
            },
        }
    }
}
