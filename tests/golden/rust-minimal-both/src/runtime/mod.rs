//! What a server needs around its tools; there is seldom a reason to change it.

pub mod access;
pub mod calls;
pub mod connections;
pub mod guard;
pub mod http;
pub mod keys;
pub mod logs;
pub mod metrics;
pub mod stdio;

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt as _;

use crate::{config::Settings, error::AppError};

/// Await `work` for as long as a call may take. A panic becomes an error: rmcp would never answer the request.
pub async fn limited<T>(settings: &Settings, work: impl Future<Output = T>) -> Result<T, AppError> {
    let seconds = settings.request_timeout_seconds;
    let limit = Duration::from_secs(if seconds == 0 { u64::MAX } else { seconds });
    match tokio::time::timeout(limit, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) => Err(AppError::Internal(anyhow::anyhow!("a handler panicked"))),
        Err(_) => Err(AppError::Shown(format!("took longer than {seconds} s"))),
    }
}
