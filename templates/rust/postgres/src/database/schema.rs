//! Brings a database to the version of this program: migrations, and sample data when asked for.

use deadpool_postgres::{Client, Transaction};
use tokio_postgres::Error;

/// Each is applied once, in this order. What has been released must not change: add another one.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001_orders_and_items.sql")];

const SEED: &str = include_str!("seed.sql");

/// Replicas that start together wait here for the first of them. It ends with the transaction.
const LOCK: &str = "
    SET LOCAL statement_timeout = 0;
    SET LOCAL lock_timeout = '60s';
    SELECT pg_advisory_xact_lock(hashtextextended('migrations of ' || current_schema(), 0));
";

/// How a database compares to this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Current,
    /// A newer version of this program has changed it.
    Newer,
}

/// Apply what is missing, all of it or nothing. Needs no right to write when nothing is.
pub(super) async fn migrate(client: &mut Client) -> Result<Version, Error> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    let applied = applied(&transaction).await?;
    let Some(missing) = MIGRATIONS.get(applied..) else {
        return Ok(Version::Newer);
    };
    for (version, migration) in (applied + 1..).zip(missing) {
        transaction.batch_execute(migration).await?;
        let note = format!("INSERT INTO applied_migrations (version) VALUES ({version})");
        transaction.batch_execute(&note).await?;
    }
    transaction.commit().await?;
    if !missing.is_empty() {
        tracing::info!(from = applied, to = MIGRATIONS.len(), "database migrated");
    }
    Ok(Version::Current)
}

async fn applied(transaction: &Transaction<'_>) -> Result<usize, Error> {
    let known = "SELECT to_regclass('applied_migrations') IS NOT NULL";
    if !transaction.query_one(known, &[]).await?.try_get(0)? {
        let table = "CREATE TABLE applied_migrations (
            version INTEGER PRIMARY KEY,
            applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
        )";
        transaction.batch_execute(table).await?;
    }
    let latest = "SELECT coalesce(max(version), 0) FROM applied_migrations";
    let latest: i32 = transaction.query_one(latest, &[]).await?.try_get(0)?;
    Ok(usize::try_from(latest).unwrap_or_default())
}

/// Insert the sample data, unless there is data already.
pub(super) async fn seed(client: &mut Client) -> Result<(), Error> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    let filled = "SELECT EXISTS (SELECT FROM items) OR EXISTS (SELECT FROM orders)";
    if transaction.query_one(filled, &[]).await?.try_get(0)? {
        tracing::info!("the database has data: no sample data is added");
        return Ok(());
    }
    transaction.batch_execute(SEED).await?;
    transaction.commit().await?;
    tracing::info!("sample data added");
    Ok(())
}
