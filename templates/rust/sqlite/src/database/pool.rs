//! Connections to SQLite, of which there are a few, used by threads that may block.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::guard;
use crate::error::AppError;

/// How long a request may wait for a connection.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long SQLite waits for a lock that another process holds.
const LOCK_TIME: Duration = Duration::from_secs(1);
/// Steps of SQLite's virtual machine between two looks at the clock. A step that calls a function
/// on large values takes up to a fifth of a second.
const STEPS: i32 = 100;

/// Where the database is.
#[derive(Debug)]
pub(super) enum Source {
    File(PathBuf),
    /// In memory, under a name that no other database of this process has.
    Memory(String),
}

impl Source {
    pub(super) fn memory() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self::Memory(format!("file:/database-{number}?vfs=memdb"))
    }

    pub(super) fn open(&self, flags: OpenFlags) -> rusqlite::Result<Connection> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match self {
            Self::File(path) => Connection::open_with_flags(path, flags)?,
            Self::Memory(uri) => {
                Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?
            }
        };
        connection.busy_timeout(LOCK_TIME)?;
        Ok(connection)
    }

    /// Whether the file has been deleted or replaced, which an open one does not show by itself.
    #[cfg(unix)]
    fn has_moved(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let mut moved = 0;
        if matches!(self, Self::File(_)) {
            let question = rusqlite::FileControl::HasMoved(&mut moved);
            connection.file_control(None::<&str>, question)?;
        }
        Ok(moved != 0)
    }

    /// Here a file that is open can be neither deleted nor replaced.
    #[cfg(not(unix))]
    fn has_moved(&self, _connection: &Connection) -> rusqlite::Result<bool> {
        Ok(false)
    }
}

/// How busy the connections are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStatus {
    pub size: usize,
    pub in_use: usize,
    /// Requests that wait for a connection.
    pub waiting: usize,
}

/// What a request wants a connection for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// A statement of this program, which is quick.
    Lookup,
    /// A statement of a caller, which may be slow: only half of the connections are for these.
    Query,
}

/// Why there is no result.
#[derive(Debug)]
pub(super) enum Failure {
    Exhausted,
    Sqlite(rusqlite::Error),
    App(AppError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

#[derive(Debug)]
pub(super) struct Pool {
    source: Source,
    size: usize,
    max_value_bytes: usize,
    slots: Arc<Semaphore>,
    query_slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    idle: Mutex<Vec<Connection>>,
    /// A database in memory lasts as long as a connection to it.
    _keeper: Option<Mutex<Connection>>,
}

impl Pool {
    /// A pool of `size` connections to `source`, which `connection` has brought up to date.
    pub(super) fn new(
        source: Source,
        connection: Connection,
        size: usize,
        max_value_bytes: usize,
    ) -> Self {
        let keeper = matches!(source, Source::Memory(_)).then(|| Mutex::new(connection));
        Self {
            source,
            size,
            max_value_bytes,
            slots: Arc::new(Semaphore::new(size)),
            query_slots: Arc::new(Semaphore::new(size.div_ceil(2))),
            waiting: AtomicUsize::new(0),
            idle: Mutex::default(),
            _keeper: keeper,
        }
    }

    pub(super) fn status(&self) -> PoolStatus {
        PoolStatus {
            size: self.size,
            in_use: self.size - self.slots.available_permits(),
            waiting: self.waiting.load(Ordering::Relaxed),
        }
    }

    /// Do `work` on a connection, for at most `time`. It is interrupted when the future is dropped.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        purpose: Use,
        time: Duration,
        work: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let slot = self.slot(purpose).await?;
        let abandoned = CancellationToken::new();
        let _guard = abandoned.clone().drop_guard();
        let deadline = Instant::now() + time;
        let stop = move || abandoned.is_cancelled() || Instant::now() > deadline;
        let pool = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            let mut connection = pool.connection()?;
            connection.progress_handler(STEPS, Some(stop))?;
            let outcome = work(&connection);
            // A connection on which something went wrong is not used again.
            if outcome.is_ok() {
                pool.idle().push(connection);
            }
            outcome
        });
        task.await.map_err(AppError::internal)?
    }

    /// Wait until a connection is free.
    async fn slot(&self, purpose: Use) -> Result<Slot, Failure> {
        let _waiting = Waiting::new(&self.waiting);
        let slot = async {
            let turn = match purpose {
                Use::Lookup => None,
                Use::Query => Some(Arc::clone(&self.query_slots).acquire_owned().await?),
            };
            Ok::<_, AcquireError>((turn, Arc::clone(&self.slots).acquire_owned().await?))
        };
        match tokio::time::timeout(PATIENCE, slot).await {
            Ok(slot) => Ok(slot.map_err(AppError::internal)?),
            Err(_) => Err(Failure::Exhausted),
        }
    }

    /// One that was used before, or a new one.
    fn connection(&self) -> rusqlite::Result<Connection> {
        while let Some(connection) = self.idle().pop() {
            if !self.source.has_moved(&connection)? {
                return Ok(connection);
            }
        }
        guard::open(&self.source, self.size, self.max_value_bytes)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Slot = (Option<OwnedSemaphorePermit>, OwnedSemaphorePermit);

/// Counts a request for as long as it waits.
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
