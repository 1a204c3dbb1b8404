//! A schema of its own for each test, in the database of `TEST_DATABASE_URL`.

use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::UNIX_EPOCH;
use std::{env, process, thread};

use tokio_postgres::{NoTls, SimpleQueryMessage};

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
    END $$";

/// The address of a new schema, in which there is nothing yet.
pub fn url() -> String {
    static OLD: Once = Once::new();
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let database = env::var("TEST_DATABASE_URL").unwrap_or_else(|_| {
        panic!(
            "set TEST_DATABASE_URL to a Postgres database in which the tests can create schemas; \
             `make test-database` starts one, and README.md says more"
        )
    });
    OLD.call_once(|| {
        run(&database, DROP_OLD);
    });
    let now = UNIX_EPOCH.elapsed().unwrap().as_secs();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{now}_{}_{count}", process::id());
    run(&database, &format!("CREATE SCHEMA {name}"));
    let separator = if database.contains('?') { '&' } else { '?' };
    format!("{database}{separator}options=-csearch_path%3D{name}")
}

/// Run statements, and return what they return, a line for each row.
///
/// On a thread of its own, because some callers are inside of a runtime already.
pub fn run(url: &str, sql: &str) -> String {
    let (url, sql) = (url.to_owned(), sql.to_owned());
    let work = async move {
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.simple_query(&sql).await.unwrap()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let answer = thread::spawn(move || runtime.block_on(work)).join();
    answer.unwrap().iter().filter_map(line).collect()
}

fn line(message: &SimpleQueryMessage) -> Option<String> {
    let SimpleQueryMessage::Row(row) = message else {
        return None;
    };
    let values = (0..row.len()).map(|index| row.get(index).unwrap_or("NULL"));
    Some(values.collect::<Vec<_>>().join("|") + "\n")
}
