"""A schema of its own for each test, in the database of `TEST_DATABASE_URL`."""

import os
from functools import cache
from itertools import count
from time import time

import psycopg

# Drops the schemas of tests that began more than an hour ago.
DROP_OLD = """
    DO $$
    DECLARE old text;
    BEGIN
        FOR old IN SELECT nspname FROM pg_namespace
            WHERE nspname ~ '^test_[0-9]+_'
            AND split_part(nspname, '_', 2)::bigint < extract(epoch FROM now()) - 3600
        LOOP
            EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', old);
            -- All of them together may need more locks than the server has.
            COMMIT;
        END LOOP;
    END $$
"""

_numbers = count()


@cache
def _database() -> str:
    url = os.environ.get("TEST_DATABASE_URL")
    assert url, (
        "set TEST_DATABASE_URL to a Postgres database in which the tests can create schemas; "
        "`make test-database` starts one, and README.md says more"
    )
    run(url, DROP_OLD)
    return url


def new_url() -> str:
    """Return the address of a new schema, in which there is nothing yet."""
    url = _database()
    name = f"test_{int(time())}_{os.getpid()}_{next(_numbers)}"
    run(url, f"CREATE SCHEMA {name}")
    return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"


def run(url: str, sql: str) -> str:
    """Run statements, and return what they return."""
    rows = []
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql)
        for result in cursor.results():
            rows += [str(row) for row in result.fetchall()] if result.description else []
    return "\n".join(rows)
