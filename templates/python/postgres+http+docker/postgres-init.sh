#!/bin/sh
# Postgres' image runs this when its volume is new: a role that owns its database and may do nothing else. Afterwards nobody
# can connect as the superuser, except from inside of the container.
psql --username postgres --set ON_ERROR_STOP=1 --set password="$DATABASE_PASSWORD" <<'SQL'
CREATE ROLE server LOGIN PASSWORD :'password';
CREATE DATABASE server OWNER server;
REVOKE CONNECT ON DATABASE server FROM PUBLIC;
ALTER ROLE postgres PASSWORD NULL;
SQL
