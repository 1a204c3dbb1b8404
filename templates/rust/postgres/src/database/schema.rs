//! Brings a database to the version of this program: migrations, and sample data when asked for.

use anyhow::{Result, bail};
use deadpool_postgres::Client;

/// Each is applied once, in this order. What has been released must not change: add another one.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001_orders_and_items.sql")];

const SEED: &str = include_str!("seed.sql");

/// Replicas that start together wait here for the first of them. It ends with the transaction.
const LOCK: &str = "
    SET LOCAL statement_timeout = 0;
    SET LOCAL lock_timeout = '60s';
    SELECT pg_advisory_xact_lock(hashtextextended('migrations of ' || current_schema(), 0));
";

const VERSIONS: &str = "CREATE TABLE applied_migrations (
    version INTEGER PRIMARY KEY,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
)";

/// Apply what is missing, all of it or nothing. Needs no right to write when nothing is.
pub async fn migrate(client: &mut Client) -> Result<()> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    let known = "SELECT to_regclass('applied_migrations') IS NOT NULL";
    if !transaction.query_one(known, &[]).await?.try_get(0)? {
        transaction.batch_execute(VERSIONS).await?;
    }
    let latest = "SELECT coalesce(max(version), 0) FROM applied_migrations";
    let latest: i32 = transaction.query_one(latest, &[]).await?.try_get(0)?;
    let Some(missing) = MIGRATIONS.get(usize::try_from(latest)?..) else {
        bail!("a newer version of this program has changed it");
    };
    for (version, migration) in (latest + 1..).zip(missing) {
        transaction.batch_execute(migration).await?;
        let note = "INSERT INTO applied_migrations (version) VALUES ($1)";
        transaction.execute(note, &[&version]).await?;
    }
    Ok(transaction.commit().await?)
}

/// Insert the sample data, unless there is data already.
pub async fn seed(client: &mut Client) -> Result<()> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    let filled = "SELECT EXISTS (SELECT FROM items) OR EXISTS (SELECT FROM orders)";
    if !transaction
        .query_one(filled, &[])
        .await?
        .try_get::<_, bool>(0)?
    {
        transaction.batch_execute(SEED).await?;
    }
    Ok(transaction.commit().await?)
}

#[cfg(test)]
pub mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::UNIX_EPOCH;
    use std::{env, process};

    use tokio_postgres::NoTls;

    use super::super::Database;

    /// Drops the schemas of tests that began more than an hour ago.
    const DROP_OLD: &str = "
        DO $$
        DECLARE old text;
        BEGIN
            FOR old IN SELECT nspname FROM pg_namespace
                WHERE nspname ~ '^test_[0-9]+_'
                AND split_part(nspname, '_', 2)::bigint < extract(epoch FROM now()) - 3600
            LOOP
                EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', old);
            END LOOP;
        END $$;";

    /// The address of a new schema, in which there is nothing yet.
    pub async fn url() -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let database = env::var("TEST_DATABASE_URL").expect(
            "set TEST_DATABASE_URL to a database in which the tests can create schemas; \
             `make test-database` starts one",
        );
        let now = UNIX_EPOCH.elapsed().unwrap().as_secs();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{now}_{}_{count}", process::id());
        let (client, connection) = tokio_postgres::connect(&database, NoTls).await.unwrap();
        tokio::spawn(connection);
        let sql = format!("{DROP_OLD} CREATE SCHEMA {name}");
        client.batch_execute(&sql).await.unwrap();
        let separator = if database.contains('?') { '&' } else { '?' };
        format!("{database}{separator}options=-csearch_path%3D{name}")
    }

    #[tokio::test]
    async fn migrations_and_sample_data_are_applied_once() {
        let database = Database::sample(&[]).await;
        let mut client = database.pool.get().await.unwrap();
        super::migrate(&mut client).await.unwrap();
        super::seed(&mut client).await.unwrap();
        assert_eq!(database.orders(None, "", 100).await.unwrap().len(), 12);
    }

    #[tokio::test]
    async fn a_database_of_a_newer_program_is_left_alone() {
        let database = Database::sample(&[]).await;
        let mut client = database.pool.get().await.unwrap();
        let newer = "INSERT INTO applied_migrations (version) VALUES (99)";
        client.batch_execute(newer).await.unwrap();
        super::migrate(&mut client).await.unwrap_err();
    }
}
