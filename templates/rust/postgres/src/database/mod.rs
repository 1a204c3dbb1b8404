//! The database, in `PostgreSQL`.

mod connection;
mod dialect;
mod judge;
mod query;
mod schema;
mod settings;
mod url;

use anyhow::Context as _;
use clap::{CommandFactory as _, error::ErrorKind};
use deadpool_postgres::Pool;
use tokio_postgres::{Row, types::ToSql};

use crate::catalog::Item;
use crate::config::Settings;
use crate::error::AppError;
use crate::orders::{Order, OrderStatus};
use crate::query::{QueryResult, QueryValue, check_size};
use connection::unavailable;
pub use settings::DatabaseSettings;
use url::DatabaseUrl;

const ORDER: &str = "id, customer, status, sku, quantity, total_cents, \
                     to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";
const ITEM: &str = "sku, name, price_cents, stock";

#[derive(Debug)]
pub struct Database {
    pub settings: DatabaseSettings,
    pool: Pool,
}

impl Database {
    /// Connect to the database, bring it up to date, and fill it with sample data if the settings say so.
    pub async fn open(settings: &DatabaseSettings) -> anyhow::Result<Self> {
        let url = DatabaseUrl::from_environment().unwrap_or_else(|text| {
            let error = Settings::command().error(ErrorKind::ValueValidation, text);
            error.exit()
        });
        let database = Self::connect(&url, settings).await;
        database.context("cannot open the database (DATABASE_URL)")
    }

    async fn connect(url: &DatabaseUrl, settings: &DatabaseSettings) -> anyhow::Result<Self> {
        let pool = connection::pool(url, settings)?;
        let mut client = pool.get().await?;
        schema::migrate(&mut client).await?;
        if settings.database_seed {
            schema::seed(&mut client).await?;
        }
        drop(client);
        Ok(Self {
            settings: settings.clone(),
            pool,
        })
    }

    pub async fn order(&self, id: &str) -> Result<Option<Order>, AppError> {
        let sql = format!("SELECT {ORDER} FROM orders WHERE id = $1");
        Ok(self.rows(&sql, &[&id], order).await?.pop())
    }

    /// The first orders after the one called `after`, by their identifiers.
    pub async fn orders(
        &self,
        status: Option<OrderStatus>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Order>, AppError> {
        let filter = status.map_or("$3::text IS NULL", |_| "status = $3");
        let sql =
            format!("SELECT {ORDER} FROM orders WHERE id > $1 AND {filter} ORDER BY id LIMIT $2");
        let status = status.map(OrderStatus::as_str);
        self.rows(&sql, &[&after, &i64::from(limit), &status], order)
            .await
    }

    /// The first items of the catalog, by their SKUs.
    pub async fn items(&self, limit: u32) -> Result<Vec<Item>, AppError> {
        let sql = format!("SELECT {ITEM} FROM items ORDER BY sku LIMIT $1");
        self.rows(&sql, &[&i64::from(limit)], item).await
    }

    pub async fn item(&self, sku: &str) -> Result<Option<Item>, AppError> {
        let sql = format!("SELECT {ITEM} FROM items WHERE sku = $1");
        Ok(self.rows(&sql, &[&sku], item).await?.pop())
    }

    /// The first SKUs that start with `prefix`.
    pub async fn skus(&self, prefix: &str, limit: u32) -> Result<Vec<String>, AppError> {
        let sql = "SELECT sku FROM items WHERE starts_with(sku, $1) ORDER BY sku LIMIT $2";
        let sku = |row: &Row| Ok(row.try_get(0)?);
        self.rows(sql, &[&prefix, &i64::from(limit)], sku).await
    }

    /// Run one SELECT of a caller, within the limits of the settings.
    pub async fn query(
        &self,
        sql: &str,
        parameters: Vec<QueryValue>,
    ) -> Result<QueryResult, AppError> {
        check_size(sql, &parameters)?;
        let sql = judge::check(sql)?;
        let mut client = self.pool.get().await.map_err(unavailable)?;
        query::run(&mut client, &sql, &parameters, &self.settings).await
    }

    async fn rows<T>(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        read: impl Fn(&Row) -> Result<T, AppError>,
    ) -> Result<Vec<T>, AppError> {
        let client = self.pool.get().await.map_err(unavailable)?;
        let statement = client.prepare_cached(sql).await.map_err(unavailable)?;
        let rows = client.query(&statement, parameters).await;
        rows.map_err(connection::failed)?.iter().map(read).collect()
    }
}

fn order(row: &Row) -> Result<Order, AppError> {
    let status: &str = row.try_get(2)?;
    let status = OrderStatus::named(status)
        .with_context(|| format!("`{status}` is no status of an order"))
        .map_err(AppError::Internal)?;
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

fn item(row: &Row) -> Result<Item, AppError> {
    Ok(Item {
        sku: row.try_get(0)?,
        name: row.try_get(1)?,
        price_cents: row.try_get(2)?,
        stock: row.try_get(3)?,
    })
}

#[cfg(test)]
impl Database {
    /// A schema of its own with sample data, in the database of `TEST_DATABASE_URL`.
    pub async fn sample(settings: &[&str]) -> Self {
        use clap::Parser as _;

        let settings = [
            &["server", "--database-seed", "--database-connections=2"],
            settings,
        ];
        let settings = Settings::parse_from(settings.concat()).database;
        let url = schema::tests::url().await.parse().unwrap();
        Self::connect(&url, &settings).await.unwrap()
    }
}
