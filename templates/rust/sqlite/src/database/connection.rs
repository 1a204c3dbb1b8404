//! Connections that can only read, and the clock that ends what they do.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, Result};
use tokio::sync::Semaphore;

use super::dialect::FUNCTIONS;
use super::{DatabaseSettings, schema};
use crate::error::AppError;
use crate::query::MAX_PARAMETERS;

/// How long `SQLite` waits for a lock that another process holds.
const LOCK_TIME: Duration = Duration::from_secs(1);
/// Steps of `SQLite`'s virtual machine between two looks at the clock.
const STEPS: i32 = 100;
/// How much memory `SQLite` may use for all statements together.
const HEAP_KIB: usize = 16 * 1024;
/// What one connection may keep of the database in memory besides.
const CACHE_KIB: usize = 1024;

/// A request opens one of its own, so that it finds a file that was replaced.
#[derive(Debug)]
pub struct Connections {
    source: Source,
    settings: DatabaseSettings,
    slots: Semaphore,
    /// A database in memory lasts as long as a connection to it.
    _keeper: Mutex<Connection>,
}

#[derive(Debug, Clone)]
enum Source {
    File(PathBuf),
    Memory(String),
}

impl Source {
    fn open(&self, flags: OpenFlags) -> Result<Connection> {
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
}

impl Connections {
    pub fn new(settings: &DatabaseSettings) -> anyhow::Result<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let (source, place) = match &settings.database_file {
            Some(path) => (
                Source::File(path.clone()),
                format!("the database `{}` (MCP_DATABASE_FILE)", path.display()),
            ),
            None => (
                Source::Memory(format!("file:/database-{number}?vfs=memdb")),
                "a database in memory".to_owned(),
            ),
        };
        let keeper = up_to_date(&source, settings.database_seed);
        let keeper = keeper.with_context(|| format!("cannot open {place}"))?;
        Ok(Self {
            source,
            settings: settings.clone(),
            slots: Semaphore::new(settings.database_connections as usize),
            _keeper: keeper.into(),
        })
    }

    /// Do `work` on a connection, until its time is over or nobody waits for it.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let _slot = self.slots.acquire().await?;
        let (source, settings) = (self.source.clone(), self.settings.clone());
        let waiting = Arc::new(());
        let waited_for = Arc::downgrade(&waiting);
        let deadline = Instant::now() + settings.query_time();
        let stop = move || waited_for.strong_count() == 0 || Instant::now() > deadline;
        let task = tokio::task::spawn_blocking(move || {
            let connection = open(&source, &settings).and_then(|mut it| {
                it.progress_handler(STEPS, Some(stop))?;
                Ok(it)
            });
            work(&connection.map_err(|error| unavailable(&error))?)
        });
        let done = task.await?;
        drop(waiting);
        done
    }
}

/// The connection that has brought the database up to date.
fn up_to_date(source: &Source, with_samples: bool) -> anyhow::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut connection = source.open(flags)?;
    // Who reads and who writes then do not wait for each other.
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    schema::migrate(&mut connection)?;
    if with_samples {
        schema::seed(&mut connection)?;
    }
    Ok(connection)
}

/// A connection that can only read, and only what callers may.
fn open(source: &Source, settings: &DatabaseSettings) -> Result<Connection> {
    let mut connection = source.open(OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let heap = (HEAP_KIB + settings.database_connections as usize * CACHE_KIB) * 1024;
    connection.execute_batch(&format!(
        "PRAGMA hard_heap_limit = {heap};
         PRAGMA query_only = ON;
         PRAGMA cache_size = -{CACHE_KIB};
         PRAGMA temp_store = MEMORY;
         PRAGMA cell_size_check = ON;"
    ))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // A misspelled "column" is an error, not a text.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    let bounded = |value: usize| i32::try_from(value).unwrap_or(i32::MAX);
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, bounded(settings.max_bytes())),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, bounded(MAX_PARAMETERS)),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_COLUMN, 100),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 20),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, value)?;
    }
    connection.authorizer(Some(authorize))?;
    Ok(connection)
}

/// `SQLite` asks this of everything that a statement would do, before it is run. Which tables may be read, the tree of the
/// query has shown.
fn authorize(context: AuthContext<'_>) -> Authorization {
    let allowed = match context.action {
        AuthAction::Select | AuthAction::Read { .. } => true,
        AuthAction::Function { function_name } => FUNCTIONS.contains(&function_name),
        _ => false,
    };
    if allowed {
        Authorization::Allow
    } else {
        Authorization::Deny
    }
}

/// What a caller reads when the database fails. The cause is for the log.
pub fn unavailable(error: &rusqlite::Error) -> AppError {
    tracing::warn!("the database failed: {error}");
    AppError::Shown("the database cannot be read; try again in a moment".into())
}
