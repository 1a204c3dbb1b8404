//! Brings a database to the version of this program: migrations, and sample data when asked for.

use rusqlite::{Connection, Result, TransactionBehavior};

/// Each is applied once, in this order. What has been released must not change: add another one.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001_orders_and_items.sql")];

const SEED: &str = include_str!("seed.sql");

/// How a database compares to this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Current,
    /// A newer version of this program has changed it.
    Newer,
}

/// Apply what is missing, all of it or nothing.
pub(super) fn migrate(connection: &mut Connection) -> Result<Version> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let applied: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if applied as usize > MIGRATIONS.len() {
        return Ok(Version::Newer);
    }
    for (version, migration) in (1..).zip(MIGRATIONS).skip(applied as usize) {
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", version)?;
        tracing::info!(version, "database migrated");
    }
    transaction.commit()?;
    Ok(Version::Current)
}

/// Insert the sample data, unless there is data already.
pub(super) fn seed(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sql = "SELECT EXISTS (SELECT 1 FROM items) OR EXISTS (SELECT 1 FROM orders)";
    if transaction.query_row(sql, [], |row| row.get(0))? {
        tracing::info!("the database has data: no sample data is added");
        return Ok(());
    }
    transaction.execute_batch(SEED)?;
    transaction.commit()?;
    tracing::info!("sample data added");
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::ErrorCode;

    use super::*;

    fn count(connection: &Connection, table: &str) -> u32 {
        let sql = format!("SELECT count(*) FROM {table}");
        connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_migration_is_applied_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        for _ in 0..2 {
            assert_eq!(migrate(&mut connection).unwrap(), Version::Current);
        }
        assert_eq!(count(&connection, "orders"), 0);
    }

    #[test]
    fn a_migration_that_fails_leaves_nothing_behind() {
        let mut connection = Connection::open_in_memory().unwrap();
        // Its name is taken, so the second statement of the first migration fails.
        connection.execute_batch("CREATE TABLE orders (x)").unwrap();
        migrate(&mut connection).unwrap_err();
        assert_eq!(count(&connection, "sqlite_schema"), 1);
    }

    #[test]
    fn a_full_disk_leaves_nothing_behind() {
        let mut connection = Connection::open_in_memory().unwrap();
        let room = connection.pragma_update_and_check(None, "max_page_count", 2, |_| Ok(()));
        room.unwrap();
        let error = migrate(&mut connection).unwrap_err();
        assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DiskFull));
        assert_eq!(count(&connection, "sqlite_schema"), 0);
    }

    #[test]
    fn a_database_of_a_newer_program_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert_eq!(migrate(&mut connection).unwrap(), Version::Newer);
        assert_eq!(count(&connection, "sqlite_schema"), 0);
    }

    #[test]
    fn sample_data_is_not_mixed_with_other_data() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        let item = "INSERT INTO items VALUES ('A', 'a', 1, 1)";
        connection.execute_batch(item).unwrap();
        seed(&mut connection).unwrap();
        assert_eq!(count(&connection, "items"), 1);

        connection.execute_batch("DELETE FROM items").unwrap();
        for _ in 0..2 {
            seed(&mut connection).unwrap();
            assert_eq!(count(&connection, "orders"), 12);
        }
    }
}
