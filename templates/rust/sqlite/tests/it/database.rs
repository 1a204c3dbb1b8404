//! A database for a test, and what SQLite must not let through.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::Connection;
use rusqlite::types::Value;

/// A file that is not there yet, in a folder of its own.
pub struct TestDatabase {
    pub path: PathBuf,
}

impl TestDatabase {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("database-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir(&folder).unwrap();
        let path = folder.join("data.sqlite");
        Self { path }
    }

    /// What tells the program to use it.
    pub fn environment(&self) -> [(&'static str, String); 1] {
        let path = self.path.to_str().unwrap().to_owned();
        [("MCP_DATABASE_FILE", path)]
    }

    /// Everything in it.
    pub fn dump(&self) -> String {
        let connection = Connection::open(&self.path).unwrap();
        let mut dump = Vec::new();
        for sql in [
            "SELECT * FROM sqlite_schema ORDER BY name",
            "SELECT * FROM items ORDER BY sku",
            "SELECT * FROM orders ORDER BY id",
        ] {
            let mut statement = connection.prepare(sql).unwrap();
            let width = statement.column_count();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let values = (0..width).map(|index| row.get::<_, Value>(index).unwrap());
                dump.push(format!("{:?}", values.collect::<Vec<_>>()));
            }
        }
        dump.join("\n")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // On Windows an open file stays until its program ends.
        let _ = std::fs::remove_dir_all(self.path.parent().unwrap());
    }
}

/// Refused here in particular.
pub const HOSTILE: &[&str] = &[
    "SELECT trim(id, 'x') FROM orders",
    "SELECT instr(id, 'x') FROM orders",
    "REPLACE INTO items VALUES ('SKU-001', 'Nothing', 1, 1)",
    "PRAGMA writable_schema = ON",
    "PRAGMA table_info('orders')",
    "PRAGMA hard_heap_limit = 0",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA user_version = 99",
    "ATTACH DATABASE ':memory:' AS loot",
    "DETACH DATABASE main",
    "VACUUM INTO '/tmp/loot'",
    "CREATE VIRTUAL TABLE loot USING fts5 (x)",
    "CREATE TRIGGER loot AFTER UPDATE ON orders BEGIN DELETE FROM items; END",
    "EXPLAIN QUERY PLAN SELECT id FROM orders",
    "SELECT name FROM sqlite_master",
    "SELECT count(*) FROM sqlite_master",
    "SELECT count(*) FROM sqlite_temp_schema",
    "SELECT count(*) FROM SQLITE_MASTER",
    "SELECT * FROM pragma_database_list",
    "SELECT count(*) FROM pragma_database_list",
    "SELECT * FROM dbstat",
    "SELECT count(*) FROM DbStat",
    "SELECT value FROM json_each('[1]')",
    "SELECT zeroblob(1000000000)",
    "SELECT randomblob(1000000000)",
    "SELECT hex(zeroblob(100000000))",
    "SELECT printf('%.*c', 1000000000, 'x')",
    "SELECT format('%.*c', 1000000000, 'x')",
    "SELECT writefile('/tmp/loot', 'x')",
    "SELECT edit('x')",
    "SELECT sqlite_version()",
    "SELECT last_insert_rowid()",
    "SELECT fts5(1)",
    "SELECT \"loot\" FROM orders",
    "SELECT id FROM orders WHERE id = :id",
    "SELECT id FROM orders WHERE id = ?",
];
