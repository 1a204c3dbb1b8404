INSERT INTO items VALUES ('SKU-999', 'Nothing', 1, 1)
INSERT INTO items VALUES ('SKU-999', 'Nothing', 1, 1) RETURNING sku
UPDATE orders SET status = 'pending'
UPDATE orders SET status = 'pending' RETURNING id
DELETE FROM orders
TRUNCATE orders
WITH gone AS (DELETE FROM orders RETURNING id) SELECT id FROM gone
SELECT id INTO loot FROM orders
CREATE TABLE loot (id integer)
CREATE TABLE loot AS SELECT id FROM orders
CREATE TEMPORARY TABLE loot (id integer)
CREATE VIEW loot AS SELECT id FROM orders
CREATE INDEX loot ON orders (customer)
ALTER TABLE orders ADD COLUMN loot integer
DROP TABLE orders
DROP INDEX orders_by_status
BEGIN
COMMIT
ROLLBACK
SAVEPOINT a
COMMIT; DROP TABLE orders
SELECT 1; DELETE FROM orders
SELECT 1; SELECT 2
SELECT 1) ; DROP TABLE orders; --
 ;
-- nothing but a comment
EXPLAIN SELECT id FROM orders
ANALYZE
REINDEX
VACUUM
PRAGMA query_only = OFF
SET TRANSACTION READ WRITE
SET statement_timeout = 0
RESET ALL
ATTACH DATABASE '/tmp/loot' AS loot
COPY orders TO PROGRAM 'sh'
COPY orders TO '/tmp/loot'
COPY orders FROM '/etc/passwd'
DO $$ BEGIN DELETE FROM orders; END $$
CALL loot()
LOCK TABLE orders
GRANT ALL ON orders TO PUBLIC
PREPARE loot AS SELECT 1
LISTEN loot
SELECT pg_read_file('/etc/passwd')
SELECT pg_sleep(60)
SELECT load_extension('/tmp/loot')
SELECT readfile('/etc/passwd')
SELECT * FROM sqlite_schema
SELECT * FROM pg_shadow
SELECT * FROM loot
SELECT FROM WHERE orders
SELECT 'never closed
SELECT loot FROM orders
SELECT id FROM orders WHERE id = $1
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n
WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT max(i) FROM n
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n ORDER BY i DESC
WITH RECURSIVE n(t) AS (SELECT 'x' UNION ALL SELECT t || t FROM n) SELECT length(t) FROM n
SELECT instr(id, 'x') FROM orders
REPLACE INTO items VALUES ('SKU-001', 'Nothing', 1, 1)
PRAGMA writable_schema = ON
PRAGMA table_info('orders')
PRAGMA hard_heap_limit = 0
PRAGMA journal_mode = DELETE
PRAGMA user_version = 99
ATTACH DATABASE ':memory:' AS loot
DETACH DATABASE main
VACUUM INTO '/tmp/loot'
CREATE VIRTUAL TABLE loot USING fts5 (x)
CREATE TRIGGER loot AFTER UPDATE ON orders BEGIN DELETE FROM items; END
EXPLAIN QUERY PLAN SELECT id FROM orders
SELECT name FROM sqlite_master
SELECT count(*) FROM sqlite_master
SELECT count(*) FROM sqlite_temp_schema
SELECT count(*) FROM SQLITE_MASTER
SELECT * FROM pragma_database_list
SELECT count(*) FROM pragma_database_list
SELECT * FROM dbstat
SELECT count(*) FROM DbStat
SELECT value FROM json_each('[1]')
SELECT zeroblob(1000000000)
SELECT randomblob(1000000000)
SELECT hex(zeroblob(100000000))
SELECT printf('%.*c', 1000000000, 'x')
SELECT format('%.*c', 1000000000, 'x')
SELECT writefile('/tmp/loot', 'x')
SELECT edit('x')
SELECT sqlite_version()
SELECT last_insert_rowid()
SELECT fts5(1)
SELECT "loot" FROM orders
SELECT id FROM orders WHERE id = :id
SELECT id FROM orders WHERE id = ?
MERGE INTO items USING orders ON false WHEN MATCHED THEN DELETE
SELECT id FROM orders FOR UPDATE
SELECT id FROM orders FOR KEY SHARE
SELECT nextval('loot')
SELECT setval('loot', 1)
SELECT lo_create(0)
SELECT lo_from_bytea(0, 'loot')
SELECT lo_import('/etc/passwd')
SELECT lo_export(1, '/tmp/loot')
REFRESH MATERIALIZED VIEW loot
COMMENT ON TABLE orders IS 'loot'
SELECT pg_ls_dir('/etc')
SELECT pg_stat_file('/etc/passwd')
SELECT pg_read_binary_file('/etc/passwd')
SELECT * FROM dblink('host=localhost', 'SELECT 1') AS t (i integer)
COPY (SELECT 1) TO PROGRAM 'sh'
COPY orders TO STDOUT
CREATE EXTENSION dblink
LOAD '/tmp/loot'
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
SELECT pg_cancel_backend(1)
SELECT set_config('statement_timeout', '0', false)
SELECT set_config('transaction_read_only', 'off', false)
SELECT current_setting('data_directory')
SELECT pg_advisory_lock(1)
SELECT pg_notify('loot', 'x')
SELECT pg_reload_conf()
SELECT pg_switch_wal()
SET ROLE postgres
SET SESSION AUTHORIZATION postgres
SHOW data_directory
DECLARE loot CURSOR WITH HOLD FOR SELECT id FROM orders
FETCH ALL FROM loot
EXECUTE loot
START TRANSACTION READ WRITE
EXPLAIN ANALYZE SELECT id FROM orders
SELECT query_to_xml('SELECT * FROM pg_shadow', true, false, '')
SELECT table_to_xml('pg_shadow', true, false, '')
SELECT ts_stat('SELECT 1')
DO 'BEGIN DELETE FROM orders; END'
TABLE orders
SELECT * FROM applied_migrations
SELECT * FROM pg_class
SELECT * FROM pg_stat_activity
SELECT * FROM information_schema.tables
SELECT (SELECT count(*) FROM pg_authid) FROM orders
SELECT id FROM orders WHERE EXISTS (SELECT FROM pg_user)
SELECT id FROM orders JOIN pg_settings ON name = id
WITH loot AS (TABLE pg_shadow) SELECT 1
SELECT 1 UNION ALL SELECT oid::bigint FROM pg_roles
SELECT 10::regrole
SELECT current_user
SELECT "pg_sleep"(60)
SELECT pg_catalog.pg_sleep(60)
SELECT pg_sleep/**/(60)
SELECT E'\\', pg_sleep(60), '
SELECT $$'$$, pg_sleep(60), $$'$$
SELECT 1) AS a (b); DROP TABLE orders
SELECT 1) UNION (SELECT 2
SELECT repeat('x', 1000000000)
SELECT lpad('x', 1000000000)
SELECT format('%1000000000s', 'x')
SELECT array_fill(0, ARRAY[100000000])
SELECT * FROM generate_series(1, 1000000000)
SELECT FROM orders
SELECT id FROM orders WHERE id = $2
SELECT 1+1pg_sleep(60)
SELECT $1pg_sleep(60)
SELECT 'a'pg_sleep(60)
SELECT E'\', pg_sleep(60), '
SELECT $a$'$a$, pg_sleep(60), $a$'$a$
SELECT 'a\', pg_sleep(60), '\'
SELECT * FROM generate_series(1, 10)
SELECT größe(1)
WITH n AS (SELECT 1) (SELECT 1) ORDER BY pg_sleep(60)
WITH pg_sleep AS (SELECT 1), m AS (SELECT pg_sleep(60)) SELECT 1
SELECT created_at::timestamp with time zone, pg_sleep(60) FROM orders
SELECT * FROM ROWS FROM (pg_sleep(60)) WITH ORDINALITY, pg_sleep(60)
COPY orders TO PROGRAM 'id'
EXPLAIN ANALYZE SELECT 1
SELECT 1; DROP TABLE orders
SELECT 'open
SELECT 'orders'::regclass
SELECT 'orders'::"regclass"
;
SELECT replace(replace(id, 'a', 'aaaaaaaa'), 'a', 'aaaaaaaa') FROM orders
SELECT id || id || id || id || id || id || id FROM orders
SELECT concat(id, id, id, id, id, id, id) FROM orders
SELECT t || t FROM (SELECT t || t AS t FROM (SELECT t || t AS t FROM (SELECT t || t || t || t AS t FROM (SELECT id AS t FROM orders) a) b) c) d
SELECT 'orders'::regclass::text
SELECT CAST('orders' AS regclass)
SELECT '{orders}'::regclass[]
SELECT regclass 'orders'
SELECT '{}'::aclitem[]
SELECT CAST('x' AS char(10000000))
SELECT 'x'::bpchar
WITH pg_shadow AS (SELECT * FROM pg_shadow) SELECT * FROM pg_shadow
WITH a AS (SELECT * FROM pg_shadow), pg_shadow AS (SELECT 1) SELECT * FROM a
SELECT * FROM pg_shadow WHERE EXISTS (WITH pg_shadow AS (SELECT 1) SELECT * FROM pg_shadow)
SELECT * FROM public.orders
SELECT * FROM main.orders
SELECT * FROM temp.orders
SELECT * FROM "ORDERS"
SELECT id FROM orders TABLESAMPLE system (10)
SELECT id FROM orders WHERE customer ~ '(a+)+$'
SELECT id FROM orders WHERE customer SIMILAR TO '(a+)+'
SELECT id FROM orders WHERE customer OPERATOR(pg_catalog.~) 'a'
SELECT ARRAY[1, 2]
SELECT ARRAY(SELECT id FROM orders)
SELECT x'00'
SELECT id COLLATE "C" FROM orders
SELECT string_to_array('a,b', ',')
