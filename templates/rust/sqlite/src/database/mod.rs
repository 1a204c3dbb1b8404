//! The database, in `SQLite`: in a file, or in memory for as long as the server runs.

mod connection;
mod dialect;
mod judge;
mod query;
mod schema;
mod settings;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::catalog::Item;
use crate::error::AppError;
use crate::orders::{Order, OrderStatus};
use crate::query::{QueryResult, QueryValue, check_size};
use connection::Connections;
pub use settings::DatabaseSettings;

const ORDER: &str = "id, customer, status, sku, quantity, total_cents, created_at";
const ITEM: &str = "sku, name, price_cents, stock";

#[derive(Debug)]
pub struct Database {
    pub settings: DatabaseSettings,
    connections: Connections,
}

impl Database {
    /// Open the database, bring it up to date, and fill it with sample data if the settings say so.
    pub async fn open(settings: &DatabaseSettings) -> anyhow::Result<Self> {
        let settings = settings.clone();
        let connections = Connections::new(&settings)?;
        Ok(Self {
            settings,
            connections,
        })
    }

    pub async fn order(&self, id: &str) -> Result<Option<Order>, AppError> {
        let id = id.to_owned();
        let sql = format!("SELECT {ORDER} FROM orders WHERE id = ?1");
        self.read(move |it| it.query_row(&sql, [id], order).optional())
            .await
    }

    /// The first orders after the one called `after`, by their identifiers.
    pub async fn orders(
        &self,
        status: Option<OrderStatus>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Order>, AppError> {
        let after = after.to_owned();
        let filter = status.map_or("?3 IS NULL", |_| "status = ?3");
        let sql =
            format!("SELECT {ORDER} FROM orders WHERE id > ?1 AND {filter} ORDER BY id LIMIT ?2");
        let status = status.map(OrderStatus::as_str);
        self.read(move |it| {
            it.prepare(&sql)?
                .query_map(params![after, limit, status], order)?
                .collect()
        })
        .await
    }

    /// The first items of the catalog, by their SKUs.
    pub async fn items(&self, limit: u32) -> Result<Vec<Item>, AppError> {
        let sql = format!("SELECT {ITEM} FROM items ORDER BY sku LIMIT ?1");
        self.read(move |it| it.prepare(&sql)?.query_map([limit], item)?.collect())
            .await
    }

    pub async fn item(&self, sku: &str) -> Result<Option<Item>, AppError> {
        let sku = sku.to_owned();
        let sql = format!("SELECT {ITEM} FROM items WHERE sku = ?1");
        self.read(move |it| it.query_row(&sql, [sku], item).optional())
            .await
    }

    /// The first SKUs that start with `prefix`.
    pub async fn skus(&self, prefix: &str, limit: u32) -> Result<Vec<String>, AppError> {
        let prefix = prefix.to_owned();
        let sql = "SELECT sku FROM items WHERE substr(sku, 1, length(?1)) = ?1 ORDER BY 1 LIMIT ?2";
        self.read(move |it| {
            it.prepare(sql)?
                .query_map(params![prefix, limit], |row| row.get(0))?
                .collect()
        })
        .await
    }

    /// Run one SELECT of a caller, within the limits of the settings. It is interrupted when the future is dropped.
    pub async fn query(
        &self,
        sql: &str,
        parameters: Vec<QueryValue>,
    ) -> Result<QueryResult, AppError> {
        check_size(sql, &parameters)?;
        let sql = judge::check(sql)?;
        let limits = self.settings.clone();
        self.connections
            .run(move |it| query::run(it, &sql, &parameters, &limits))
            .await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, AppError> {
        self.connections
            .run(move |it| work(it).map_err(|error| connection::unavailable(&error)))
            .await
    }
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

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::Database;
    use crate::config::Settings;

    impl Database {
        /// A database of its own with sample data.
        pub async fn sample(settings: &[&str]) -> Self {
            let settings = [&["server", "--database-seed"], settings].concat();
            let mut settings = Settings::parse_from(settings).database;
            settings.database_file = None;
            Self::open(&settings).await.unwrap()
        }
    }
}
