"""A database for a test, and what Postgres must not let through."""

from . import schema


class OwnDatabase:
    """A schema in which there is nothing yet."""

    def __init__(self) -> None:
        self.url = schema.new_url()

    @property
    def environment(self) -> dict[str, str]:
        """What tells the program to use it."""
        return {"DATABASE_URL": self.url}

    def dump(self) -> str:
        """Return everything in it."""
        return schema.run(
            self.url,
            """
            SELECT relname, relkind, relowner::regrole, relacl FROM pg_class
                WHERE relnamespace = current_schema()::regnamespace ORDER BY relname;
            SELECT table_name, column_name, data_type FROM information_schema.columns
                WHERE table_schema = current_schema() ORDER BY table_name, column_name;
            SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace;
            SELECT tgname FROM pg_trigger WHERE NOT tgisinternal;
            SELECT count(*) FROM pg_largeobject_metadata;
            SELECT * FROM applied_migrations;
            SELECT * FROM items ORDER BY sku;
            SELECT * FROM orders ORDER BY id;
            """,
        )


# Refused here in particular.
HOSTILE = [
    # Writes
    "MERGE INTO items USING orders ON false WHEN MATCHED THEN DELETE",
    "SELECT id FROM orders FOR UPDATE",
    "SELECT id FROM orders FOR KEY SHARE",
    "SELECT nextval('loot')",
    "SELECT setval('loot', 1)",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'loot')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '/tmp/loot')",
    "REFRESH MATERIALIZED VIEW loot",
    "COMMENT ON TABLE orders IS 'loot'",
    # Files, programs and the network
    "SELECT pg_ls_dir('/etc')",
    "SELECT pg_stat_file('/etc/passwd')",
    "SELECT pg_read_binary_file('/etc/passwd')",
    "SELECT * FROM dblink('host=localhost', 'SELECT 1') AS t (i integer)",
    "COPY (SELECT 1) TO PROGRAM 'sh'",
    "COPY orders TO STDOUT",
    "CREATE EXTENSION dblink",
    "LOAD '/tmp/loot'",
    # Other connections, and the settings of this one
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
    "SELECT pg_cancel_backend(1)",
    "SELECT set_config('statement_timeout', '0', false)",
    "SELECT set_config('transaction_read_only', 'off', false)",
    "SELECT current_setting('data_directory')",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_notify('loot', 'x')",
    "SELECT pg_reload_conf()",
    "SELECT pg_switch_wal()",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "SHOW data_directory",
    "DECLARE loot CURSOR WITH HOLD FOR SELECT id FROM orders",
    "FETCH ALL FROM loot",
    "EXECUTE loot",
    "START TRANSACTION READ WRITE",
    "EXPLAIN ANALYZE SELECT id FROM orders",
    # Text that is run as SQL
    "SELECT query_to_xml('SELECT * FROM pg_shadow', true, false, '')",
    "SELECT table_to_xml('pg_shadow', true, false, '')",
    "SELECT ts_stat('SELECT 1')",
    "DO 'BEGIN DELETE FROM orders; END'",
    # What is not for callers
    "TABLE orders",
    "SELECT * FROM applied_migrations",
    "SELECT * FROM pg_class",
    "SELECT * FROM pg_stat_activity",
    "SELECT * FROM information_schema.tables",
    "SELECT (SELECT count(*) FROM pg_authid) FROM orders",
    "SELECT id FROM orders WHERE EXISTS (SELECT FROM pg_user)",
    "SELECT id FROM orders JOIN pg_settings ON name = id",
    "WITH loot AS (TABLE pg_shadow) SELECT 1",
    "SELECT 1 UNION ALL SELECT oid::bigint FROM pg_roles",
    "SELECT 10::regrole",
    "SELECT current_user",
    "SELECT orders FROM orders",
    # Disguises
    'SELECT "pg_sleep"(60)',
    "SELECT pg_catalog.pg_sleep(60)",
    "SELECT pg_sleep/**/(60)",
    'SELECT U&"pg\\005fsleep"(60)',
    "SELECT E'\\\\', pg_sleep(60), '",
    "SELECT $$'$$, pg_sleep(60), $$'$$",
    "SELECT 1) AS a (b); DROP TABLE orders",
    "SELECT 1) UNION (SELECT 2",
    "SELECT 1 -- ) AS",
    # Too much
    "SELECT repeat('x', 1000000000)",
    "SELECT lpad('x', 1000000000)",
    "SELECT format('%1000000000s', 'x')",
    "SELECT array_fill(0, ARRAY[100000000])",
    "SELECT * FROM generate_series(1, 1000000000)",
    "SELECT FROM orders",
    "SELECT id FROM orders WHERE id = ?",
    "SELECT id FROM orders WHERE id = $2",
]
