-- SPDX-License-Identifier: Apache-2.0
-- What a superuser does, in the database of the fleet; everything else runs as sekimori_owner. Can be run again.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['sekimori_terminal', 'sekimori_authority', 'sekimori_join'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', name);
    END IF;
    EXECUTE format('ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD NULL', name);
    EXECUTE format('ALTER ROLE %I SET temp_file_limit = %L', name, '64MB');
    EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', name, '60s');
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', name, '30s');
  END LOOP;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sekimori_owner') THEN
    CREATE ROLE sekimori_owner NOLOGIN;
  END IF;
  -- A joining terminal needs one connection for a moment; who holds many has something else in mind.
  ALTER ROLE sekimori_join CONNECTION LIMIT 32;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO sekimori_terminal, sekimori_authority, sekimori_join', current_database());
END
$$;

-- fleet.tidy() sees and ends the connections of terminals that misbehave.
GRANT pg_read_all_stats, pg_signal_backend TO sekimori_owner;

-- The name in the certificate of one's own connection, whole and without a walk over all connections (pg_stat_ssl).
CREATE SCHEMA IF NOT EXISTS fleet_ssl;
CREATE EXTENSION IF NOT EXISTS sslinfo SCHEMA fleet_ssl;
GRANT USAGE ON SCHEMA fleet_ssl TO sekimori_owner;

CREATE SCHEMA IF NOT EXISTS fleet AUTHORIZATION sekimori_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

-- Large objects would be a way to fill the disk without any right.
DO $$
DECLARE
  one regprocedure;
BEGIN
  FOR one IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
             AND proname IN ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_put', 'lowrite', 'lo_import', 'lo_truncate', 'lo_truncate64') LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one);
  END LOOP;
END
$$;

CREATE TABLE IF NOT EXISTS fleet.migrations (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
ALTER TABLE fleet.migrations OWNER TO sekimori_owner;
