//! Whether the database answers. It is asked at most once a second, however often
//! this is asked, because everybody may ask.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::database::Database;

/// How long an answer holds.
const FRESH: Duration = Duration::from_secs(1);

/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone)]
pub(super) struct Backend {
    database: Database,
    last: Arc<Mutex<Option<(Instant, bool)>>>,
}

impl Backend {
    pub(super) fn new(database: Database) -> Self {
        Self {
            database,
            last: Arc::default(),
        }
    }

    pub(super) async fn is_ready(&self) -> bool {
        // Who waits here is told what the one before has found out.
        let mut last = self.last.lock().await;
        if let Some((at, ready)) = *last
            && at.elapsed() < FRESH
        {
            return ready;
        }
        let ready = match timeout(PATIENCE, self.database.ready()).await {
            Ok(answer) => answer.is_ok(),
            Err(_) => false,
        };
        if !ready {
            tracing::warn!("not ready: the database does not answer");
        }
        *last = Some((Instant::now(), ready));
        ready
    }
}
