//! Brings a database to the version of this program: migrations, and sample data when asked for.

use anyhow::{Result, bail};
use rusqlite::{Connection, TransactionBehavior::Immediate};

/// Each is applied once, in this order. What has been released must not change: add another one.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001_orders_and_items.sql")];

const SEED: &str = include_str!("seed.sql");

/// Apply what is missing, all of it or nothing.
pub fn migrate(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(Immediate)?;
    let applied: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let Some(missing) = MIGRATIONS.get(applied as usize..) else {
        bail!("a newer version of this program has changed it");
    };
    for migration in missing {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", u32::try_from(MIGRATIONS.len())?)?;
    Ok(transaction.commit()?)
}

/// Insert the sample data, unless there is data already.
pub fn seed(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(Immediate)?;
    let sql = "SELECT EXISTS (SELECT 1 FROM items) OR EXISTS (SELECT 1 FROM orders)";
    if !transaction.query_row(sql, [], |row| row.get::<_, bool>(0))? {
        transaction.execute_batch(SEED)?;
    }
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(connection: &Connection, table: &str) -> u32 {
        let sql = format!("SELECT count(*) FROM {table}");
        connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_migration_is_applied_once_or_leaves_nothing_behind() {
        let mut connection = Connection::open_in_memory().unwrap();
        // Its name is taken, so the second statement of the first migration fails.
        connection.execute_batch("CREATE TABLE orders (x)").unwrap();
        migrate(&mut connection).unwrap_err();
        assert_eq!(count(&connection, "sqlite_schema"), 1);

        connection.execute_batch("DROP TABLE orders").unwrap();
        for _ in 0..2 {
            migrate(&mut connection).unwrap();
        }
        assert_eq!(count(&connection, "orders"), 0);
    }

    #[test]
    fn a_database_of_a_newer_program_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        migrate(&mut connection).unwrap_err();
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
