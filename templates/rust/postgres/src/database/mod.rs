//! The database, in Postgres.

mod failure;
mod pool;
mod query;
mod schema;
pub mod settings;
mod statement;
#[cfg(test)]
#[path = "../../tests/it/schema.rs"]
mod testing;
mod url;

use std::time::Duration;

use deadpool_postgres::PoolError;
use tokio::time::timeout;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

use crate::catalog::Item;
use crate::error::AppError;
use crate::orders::{Order, OrderStatus};
use crate::query::{QueryLimits, QueryResult, QueryValue};
use pool::Pool;
pub use pool::PoolStatus;
use schema::Version;
use settings::DatabaseSettings;
pub use url::DatabaseUrl;

/// How long [`Database::ready`] may take.
const READY_TIME: Duration = Duration::from_secs(1);
/// How much later than the database itself this program gives up on a statement.
const GRACE: Duration = Duration::from_secs(1);

const ORDER: &str = "id, customer, status, sku, quantity, total_cents, \
                     to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";
const ITEM: &str = "sku, name, price_cents, stock";

/// Why the database cannot be used at all. For whoever runs the server, not for its clients.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the database (DATABASE_URL): {0}")]
pub struct DatabaseError(String);

impl From<Error> for DatabaseError {
    fn from(error: Error) -> Self {
        Self(failure::describe(&error))
    }
}

impl From<PoolError> for DatabaseError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            error => Self(error.to_string()),
        }
    }
}

/// Clones share their connections.
#[derive(Debug, Clone)]
pub struct Database {
    pool: Pool,
    limits: QueryLimits,
}

impl Database {
    /// Connect to the database, bring it up to date, and fill it with sample data if the settings
    /// say so.
    ///
    /// # Errors
    ///
    /// Fails when there is no such database, or it cannot be brought up to date.
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, DatabaseError> {
        let url = settings
            .url
            .as_ref()
            .map_err(|error| DatabaseError(error.to_string()))?;
        let limits = settings.query_limits();
        let size = settings.database_connections as usize;
        let pool = Pool::new(url, size, limits.time);
        let pool = pool.map_err(|error| DatabaseError(error.to_string()))?;
        let mut client = pool.get().await?;
        if schema::migrate(&mut client).await? == Version::Newer {
            let why = "a newer version of this program has changed it";
            return Err(DatabaseError(why.to_owned()));
        }
        if settings.database_seed {
            schema::seed(&mut client).await?;
        }
        Ok(Self { pool, limits })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    ///
    /// Fails when it does not.
    pub async fn ready(&self) -> Result<(), AppError> {
        let answer = self.rows("SELECT FROM orders LIMIT 1", &[], |_| Ok(()));
        match timeout(READY_TIME, answer).await {
            Ok(answer) => answer.map(drop),
            Err(_) => Err(AppError::Unavailable("the database takes too long")),
        }
    }

    /// One order.
    ///
    /// # Errors
    ///
    /// Fails when the database does.
    pub async fn order(&self, id: &str) -> Result<Option<Order>, AppError> {
        let sql = format!("SELECT {ORDER} FROM orders WHERE id = $1");
        let found = self.rows(&sql, &[&id], order).await?;
        Ok(found.into_iter().next())
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
        let filter = status.map_or("", |_| "AND status = $3");
        let sql = format!("SELECT {ORDER} FROM orders WHERE id > $1 {filter} ORDER BY id LIMIT $2");
        let (after, limit) = (after.unwrap_or_default(), i64::from(limit));
        let status = status.map(OrderStatus::as_str);
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![&after, &limit];
        if let Some(status) = &status {
            values.push(status);
        }
        self.rows(&sql, &values, order).await
    }

    /// The first items of the catalog, by their SKUs.
    ///
    /// # Errors
    ///
    /// Fails when the database does.
    pub async fn items(&self, limit: u32) -> Result<Vec<Item>, AppError> {
        let sql = format!("SELECT {ITEM} FROM items ORDER BY sku LIMIT $1");
        self.rows(&sql, &[&i64::from(limit)], item).await
    }

    /// One item of the catalog.
    ///
    /// # Errors
    ///
    /// Fails when the database does.
    pub async fn item(&self, sku: &str) -> Result<Option<Item>, AppError> {
        let sql = format!("SELECT {ITEM} FROM items WHERE sku = $1");
        let found = self.rows(&sql, &[&sku], item).await?;
        Ok(found.into_iter().next())
    }

    /// The first SKUs that start with `prefix`.
    ///
    /// # Errors
    ///
    /// Fails when the database does.
    pub async fn skus(&self, prefix: &str, limit: u32) -> Result<Vec<String>, AppError> {
        let sql = "SELECT sku FROM items WHERE starts_with(sku, $1) ORDER BY sku LIMIT $2";
        let sku = |row: &Row| Ok(row.try_get(0)?);
        self.rows(sql, &[&prefix, &i64::from(limit)], sku).await
    }

    /// Run one SELECT of a caller, within the limits of the settings.
    /// It is ended at the server when the future is dropped.
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
        let sql = statement::check(&sql)?;
        let lease = self
            .pool
            .lease()
            .await
            .map_err(|error| failure::of_pool(&error))?;
        let result = async {
            let result = query::run(&lease, sql, &parameters, self.limits).await;
            let clean = lease.batch_execute("ROLLBACK").await.is_ok();
            (result, clean)
        };
        let Ok((result, clean)) = timeout(self.limits.time + GRACE, result).await else {
            return Err(failure::too_slow(self.limits));
        };
        if clean {
            lease.give_back();
        }
        result
    }

    /// How busy the connections are.
    #[must_use]
    pub fn pool(&self) -> PoolStatus {
        self.pool.status()
    }

    async fn rows<T>(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        read: impl Fn(&Row) -> Result<T, Unreadable>,
    ) -> Result<Vec<T>, AppError> {
        let lease = self.pool.lease_short().await;
        let lease = lease.map_err(|error| failure::of_pool(&error))?;
        let rows = async {
            let statement = lease.prepare_cached(sql).await?;
            lease.query(&statement, parameters).await
        };
        let Ok(rows) = timeout(self.limits.time + GRACE, rows).await else {
            return Err(AppError::Unavailable("the database takes too long"));
        };
        lease.give_back();
        let rows = rows.map_err(|error| failure::of_lookup(&error))?;
        let rows = rows.iter().map(read).collect::<Result<_, _>>();
        rows.map_err(AppError::internal)
    }
}

type Unreadable = Box<dyn std::error::Error + Send + Sync>;

fn order(row: &Row) -> Result<Order, Unreadable> {
    let status: &str = row.try_get(2)?;
    let status =
        OrderStatus::named(status).ok_or_else(|| format!("`{status}` is no status of an order"))?;
    Ok(Order {
        id: row.try_get(0)?,
        customer: row.try_get(1)?,
        status,
        sku: row.try_get(3)?,
        quantity: row.try_get(4)?,
        total_cents: row.try_get(5)?,
        created_at: row.try_get(6)?,
    })
}

fn item(row: &Row) -> Result<Item, Unreadable> {
    Ok(Item {
        sku: row.try_get(0)?,
        name: row.try_get(1)?,
        price_cents: row.try_get(2)?,
        stock: row.try_get(3)?,
    })
}

#[cfg(test)]
impl Database {
    /// A new database with sample data.
    pub(crate) async fn sample() -> Self {
        let mut settings = DatabaseSettings::sample();
        settings.url = Ok(testing::url().parse().unwrap());
        Self::open(&settings).await.unwrap()
    }
}
