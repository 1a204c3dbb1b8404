//! Connections to Postgres: how many there are, and how long anything may take.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deadpool_postgres::{
    BuildError, Client, ClientWrapper, Manager, ManagerConfig, PoolError, RecyclingMethod, Runtime,
    TimeoutType,
};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::url::DatabaseUrl;

/// How long a request may wait for a connection.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it may take to reach the database.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// How long a statement may wait for a lock, unless it may not take much longer itself.
const LOCK_TIME: Duration = Duration::from_secs(1);
/// How long the other side may be silent before a connection counts as broken.
const SILENCE: Duration = Duration::from_secs(15);

/// How busy the connections are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStatus {
    pub size: usize,
    pub in_use: usize,
    /// Requests that wait for a connection.
    pub waiting: usize,
}

#[derive(Clone)]
pub(super) struct Pool {
    connections: deadpool_postgres::Pool,
    /// Queries take at most half of the connections, so that lookups find one.
    query_slots: Arc<Semaphore>,
    waiting_queries: Arc<AtomicUsize>,
    tls: MakeRustlsConnect,
}

/// Not the address, nor who connects.
impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.status().fmt(f)
    }
}

impl Pool {
    /// Connects to nothing yet. No statement may take longer than `statement_time`.
    pub(super) fn new(
        url: &DatabaseUrl,
        size: usize,
        statement_time: Duration,
    ) -> Result<Self, BuildError> {
        let config = bounded(url.config.clone(), statement_time);
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = Manager::from_config(config, url.tls.clone(), recycling);
        let connections = deadpool_postgres::Pool::builder(manager)
            .max_size(size)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(CONNECT_TIME))
            .runtime(Runtime::Tokio1)
            .build()?;
        Ok(Self {
            connections,
            query_slots: Arc::new(Semaphore::new(size.div_ceil(2))),
            waiting_queries: Arc::default(),
            tls: url.tls.clone(),
        })
    }

    pub(super) async fn get(&self) -> Result<Client, PoolError> {
        self.connections.get().await
    }

    /// A connection for a query, which may take long.
    pub(super) async fn lease(&self) -> Result<Lease, PoolError> {
        let slot = {
            let _waiting = Waiting::new(&self.waiting_queries);
            let slot = Arc::clone(&self.query_slots).acquire_owned();
            let slot = timeout(PATIENCE, slot).await;
            slot.map_err(|_| PoolError::Timeout(TimeoutType::Wait))?
        };
        Ok(Lease {
            slot: slot.ok(),
            client: Some(self.get().await?),
            tls: self.tls.clone(),
        })
    }

    /// A connection for a statement of this program, which is short.
    pub(super) async fn lease_short(&self) -> Result<Lease, PoolError> {
        Ok(Lease {
            slot: None,
            client: Some(self.get().await?),
            tls: self.tls.clone(),
        })
    }

    pub(super) fn status(&self) -> PoolStatus {
        let status = self.connections.status();
        PoolStatus {
            size: status.max_size,
            in_use: status.size.saturating_sub(status.available),
            waiting: status.waiting + self.waiting_queries.load(Ordering::Relaxed),
        }
    }
}

/// Bound what the connections do in time, at both ends.
fn bounded(mut config: Config, statement_time: Duration) -> Config {
    // Of two that contradict each other the last counts, which is the one in the URL.
    let options = format!(
        "-c timezone=UTC -c statement_timeout={} -c lock_timeout={} \
         -c idle_in_transaction_session_timeout={} {}",
        statement_time.as_millis(),
        LOCK_TIME.min(statement_time / 2).as_millis(),
        SILENCE.as_millis(),
        config.get_options().unwrap_or_default()
    );
    config
        .options(options)
        .connect_timeout(CONNECT_TIME)
        .keepalives_idle(SILENCE)
        .keepalives_interval(SILENCE / 3)
        .keepalives_retries(3)
        .tcp_user_timeout(SILENCE);
    if config.get_application_name().is_none() {
        config.application_name(env!("CARGO_PKG_NAME"));
    }
    config
}

/// Counts a query for as long as it waits.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection for one statement. Unless it is given back, the statement is ended at the server
/// and the connection is closed.
pub(super) struct Lease {
    client: Option<Client>,
    tls: MakeRustlsConnect,
    slot: Option<OwnedSemaphorePermit>,
}

impl Lease {
    /// For others to use: nothing is under way any more.
    pub(super) fn give_back(mut self) {
        self.client = None;
    }
}

impl Deref for Lease {
    type Target = ClientWrapper;

    fn deref(&self) -> &ClientWrapper {
        self.client
            .as_ref()
            .expect("it is there until it is given back")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else {
            return;
        };
        // Out of the pool, since a late cancellation would end the statement of somebody else.
        let client = Client::take(client);
        let slot = self.slot.take();
        let tls = self.tls.clone();
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        runtime.spawn(async move {
            let token = client.cancel_token();
            let cancelled = timeout(CONNECT_TIME, token.cancel_query(tls)).await;
            if !matches!(cancelled, Ok(Ok(()))) {
                tracing::warn!("cannot tell the database to end a query");
            }
            drop((client, slot));
        });
    }
}
