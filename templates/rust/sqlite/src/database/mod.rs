//! The database, in SQLite: in a file, or in memory as long as the server runs.

mod guard;
mod pool;
mod query;
mod schema;
pub mod settings;

use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::Type;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, Row, ToSql, params};

use crate::catalog::Item;
use crate::error::AppError;
use crate::orders::{Order, OrderStatus};
use crate::query::{QueryLimits, QueryResult, QueryValue};
pub use pool::PoolStatus;
use pool::{Failure, Pool, Source, Use};
use schema::Version;
use settings::DatabaseSettings;

/// How long [`Database::ready`] may take.
const READY_TIME: Duration = Duration::from_secs(1);

/// Why the database cannot be used at all. For whoever runs the server, not for its clients.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the database {place}: {problem}")]
pub struct DatabaseError {
    place: String,
    problem: String,
}

/// Clones share their connections.
#[derive(Debug, Clone)]
pub struct Database {
    pool: Arc<Pool>,
    limits: QueryLimits,
}

impl Database {
    /// Open the database, bring it up to date, and fill it with sample data if the settings say so.
    ///
    /// # Errors
    ///
    /// Fails when there is no such database and none can be made, or it cannot be brought up to date.
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, DatabaseError> {
        let settings = settings.clone();
        let place = match &settings.database_file {
            Some(path) => format!("`{}` (MCP_DATABASE_FILE)", path.display()),
            None => "in memory".to_owned(),
        };
        tracing::info!(%place, "opening the database");
        let opened = tokio::task::spawn_blocking(move || prepare(&settings));
        let problem = match opened.await {
            Ok(Ok(database)) => return Ok(database),
            Ok(Err(problem)) => problem,
            Err(error) => error.to_string(),
        };
        Err(DatabaseError { place, problem })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    ///
    /// Fails when it does not.
    pub async fn ready(&self) -> Result<(), AppError> {
        self.read(READY_TIME, |connection| {
            let sql = "SELECT EXISTS (SELECT 1 FROM items)";
            connection.query_row(sql, [], |_| Ok(()))
        })
        .await
    }

    /// One order.
    ///
    /// # Errors
    ///
    /// Fails when the database does.
    pub async fn order(&self, id: &str) -> Result<Option<Order>, AppError> {
        let id = id.to_owned();
        self.read(self.limits.time, move |connection| {
            let sql = "SELECT id, customer, status, sku, quantity, total_cents, created_at \
                       FROM orders WHERE id = ?1";
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_row([id], order).optional()
        })
        .await
    }

    /// The first orders after the one called `after`, by their identifiers.
    ///
    /// # Errors
    ///
    /// Fails when the database does.
    pub async fn orders(
        &self,
        status: Option<OrderStatus>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Order>, AppError> {
        let after = after.unwrap_or_default().to_owned();
        self.read(self.limits.time, move |connection| {
            let filter = status.map_or("", |_| "AND status = ?3");
            let sql = format!(
                "SELECT id, customer, status, sku, quantity, total_cents, created_at \
                 FROM orders WHERE id > ?1 {filter} ORDER BY id LIMIT ?2"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let status = status.map(OrderStatus::as_str);
            let mut values: Vec<&dyn ToSql> = vec![&after, &limit];
            if let Some(status) = &status {
                values.push(status);
            }
            statement.query_map(&*values, order)?.collect()
        })
        .await
    }

    /// The first items of the catalog, by their SKUs.
    ///
    /// # Errors
    ///
    /// Fails when the database does.
    pub async fn items(&self, limit: u32) -> Result<Vec<Item>, AppError> {
        self.read(self.limits.time, move |connection| {
            let sql = "SELECT sku, name, price_cents, stock FROM items ORDER BY sku LIMIT ?1";
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_map([limit], item)?.collect()
        })
        .await
    }

    /// One item of the catalog.
    ///
    /// # Errors
    ///
    /// Fails when the database does.
    pub async fn item(&self, sku: &str) -> Result<Option<Item>, AppError> {
        let sku = sku.to_owned();
        self.read(self.limits.time, move |connection| {
            let sql = "SELECT sku, name, price_cents, stock FROM items WHERE sku = ?1";
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_row([sku], item).optional()
        })
        .await
    }

    /// The first SKUs that start with `prefix`.
    ///
    /// # Errors
    ///
    /// Fails when the database does.
    pub async fn skus(&self, prefix: &str, limit: u32) -> Result<Vec<String>, AppError> {
        let prefix = prefix.to_owned();
        self.read(self.limits.time, move |connection| {
            let sql = "SELECT sku FROM items WHERE sku >= ?1 ORDER BY sku LIMIT ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let skus = statement.query_map(params![prefix, limit], |row| row.get(0))?;
            let mut skus: Vec<String> = skus.collect::<Result<_, _>>()?;
            skus.retain(|sku| sku.starts_with(&prefix));
            Ok(skus)
        })
        .await
    }

    /// Run one SELECT of a caller, within the limits of the settings.
    /// It is interrupted when the future is dropped.
    ///
    /// # Errors
    ///
    /// Fails when the statement is not allowed or not valid, takes too much, or the database does.
    pub async fn query(
        &self,
        sql: String,
        parameters: Vec<QueryValue>,
    ) -> Result<QueryResult, AppError> {
        crate::query::check(&sql, &parameters)?;
        let limits = self.limits;
        let run = move |connection: &Connection| query::run(connection, &sql, &parameters, limits);
        let result = self.pool.run(Use::Query, limits.time, run).await;
        result.map_err(|failure| query::explain(failure, limits))
    }

    /// How busy the connections are.
    #[must_use]
    pub fn pool(&self) -> PoolStatus {
        self.pool.status()
    }

    /// A database of its own with sample data.
    #[cfg(test)]
    pub(crate) async fn sample() -> Self {
        Self::open(&DatabaseSettings::sample()).await.unwrap()
    }

    async fn read<T: Send + 'static>(
        &self,
        time: Duration,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, AppError> {
        let work = move |connection: &Connection| Ok(work(connection)?);
        self.pool
            .run(Use::Lookup, time, work)
            .await
            .map_err(unavailable)
    }
}

fn prepare(settings: &DatabaseSettings) -> Result<Database, String> {
    let source = match &settings.database_file {
        Some(path) => Source::File(path.clone()),
        None => Source::memory(),
    };
    let connection = up_to_date(&source, settings.database_seed).map_err(|it| it.to_string())?;
    let Some(connection) = connection else {
        return Err("a newer version of this program has changed it".to_owned());
    };
    let limits = settings.query_limits();
    let size = settings.database_connections as usize;
    let pool = Arc::new(Pool::new(source, connection, size, limits.bytes));
    Ok(Database { pool, limits })
}

/// The connection that has brought the database up to date, unless that is newer than this program.
fn up_to_date(source: &Source, with_samples: bool) -> rusqlite::Result<Option<Connection>> {
    let writable = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut connection = source.open(writable)?;
    // Who reads and who writes then do not wait for each other.
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    if schema::migrate(&mut connection)? == Version::Newer {
        return Ok(None);
    }
    if with_samples {
        schema::seed(&mut connection)?;
    }
    Ok(Some(connection))
}

fn order(row: &Row<'_>) -> rusqlite::Result<Order> {
    let status: String = row.get(2)?;
    let status = OrderStatus::named(&status).ok_or_else(|| {
        let error = format!("`{status}` is no status of an order");
        rusqlite::Error::FromSqlConversionFailure(2, Type::Text, error.into())
    })?;
    Ok(Order {
        id: row.get(0)?,
        customer: row.get(1)?,
        status,
        sku: row.get(3)?,
        quantity: row.get(4)?,
        total_cents: row.get(5)?,
        created_at: row.get(6)?,
    })
}

fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    Ok(Item {
        sku: row.get(0)?,
        name: row.get(1)?,
        price_cents: row.get(2)?,
        stock: row.get(3)?,
    })
}

/// What SQLite says of an error, without the statement.
fn message(error: &rusqlite::Error) -> &str {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message,
        rusqlite::Error::SqlInputError { msg, .. } => msg,
        _ => "a value is not what it should be",
    }
}

/// What a caller hears of a database that does not do its part. The details are for the log.
fn unavailable(failure: Failure) -> AppError {
    let error = match failure {
        Failure::App(error) => return error,
        Failure::Exhausted => {
            return AppError::Unavailable("all connections to the database are in use");
        }
        Failure::Sqlite(error) => error,
    };
    tracing::warn!(error = message(&error), "the database failed");
    AppError::Unavailable(match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "the database is locked",
        Some(ErrorCode::OperationInterrupted) => "the database takes too long",
        Some(ErrorCode::DiskFull) => "the disk of the database is full",
        Some(ErrorCode::OutOfMemory) => "the database is out of memory",
        _ => "the database cannot be read",
    })
}
