-- SPDX-License-Identifier: Apache-2.0
-- What a terminal may do: these functions and nothing else. Each takes the terminal's id from the certificate of the
-- connection, never from an argument. SF001 not a terminal in force; SF002 too fast; SF003 too much; SF004 out of order.

CREATE FUNCTION fleet.me() RETURNS bytea LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- The whole name: a further part before or after the common name makes it another one.
  subject text := fleet_ssl.ssl_client_dn();
  found bytea;
BEGIN
  IF subject ~ '^/CN=terminal-[0-9a-f]{32}$' THEN
    SELECT t.id INTO found FROM fleet.terminals t WHERE t.id = decode(substr(subject, 14), 'hex') AND t.state = 'in force';
  END IF;
  IF found IS NULL THEN
    RAISE EXCEPTION 'not a terminal in force' USING ERRCODE = 'SF001';
  END IF;
  RETURN found;
END
$$;

-- A bucket per terminal; every call costs.
CREATE FUNCTION fleet.spend(terminal bytea, cost real) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE fleet.terminals t
     SET tokens = least(l.burst, t.tokens + l.rate * least(extract(epoch FROM clock_timestamp() - t.tokens_at)::float8, 1e6))::real - cost,
         tokens_at = clock_timestamp(), seen_at = clock_timestamp()
    FROM fleet.limits l
   WHERE t.id = terminal
     AND least(l.burst, t.tokens + l.rate * least(extract(epoch FROM clock_timestamp() - t.tokens_at)::float8, 1e6)) >= cost;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'too many calls' USING ERRCODE = 'SF002';
  END IF;
END
$$;

CREATE FUNCTION fleet.hello(build text) RETURNS TABLE (ledger bytea, terminal bytea, head bigint, heartbeat bytea, trail_seq bigint, trail_hash bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  self bytea := fleet.me();
BEGIN
  PERFORM fleet.spend(self, 1);
  UPDATE fleet.terminals t SET build = left(hello.build, 16) WHERE t.id = self AND t.build <> left(hello.build, 16);
  RETURN QUERY SELECT h.ledger::bytea, self, h.seq, h.heartbeat::bytea, coalesce(r.seq, 0), r.hash::bytea
                 FROM fleet.head h LEFT JOIN fleet.trails r ON r.terminal = self;
END
$$;

-- The truth: everything after an entry, in the order of the chain.
CREATE FUNCTION fleet.entries_after(after bigint, most integer) RETURNS TABLE (seq bigint, entry bytea, statement bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.me();
  RETURN QUERY SELECT e.seq, e.signed::bytea, s.signed::bytea FROM fleet.entries e JOIN fleet.statements s ON s.hash = e.statement
                WHERE e.seq > after ORDER BY e.seq LIMIT least(greatest(most, 0), 500);
END
$$;

-- Blobs and data keys of one's own groups.
CREATE FUNCTION fleet.material_after(after bigint, most integer) RETURNS TABLE (change bigint, kind smallint, name bytea, group_id bytea, sealed bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  self bytea := fleet.me();
BEGIN
  IF (SELECT t.every_group FROM fleet.terminals t WHERE t.id = self) THEN
    RETURN QUERY SELECT m.change, m.kind, m.name, m.group_id::bytea, coalesce(m.sealed, b.sealed)::bytea
                   FROM fleet.material m LEFT JOIN fleet.blobs b ON m.kind = 1 AND b.hash = m.name
                  WHERE m.change > after ORDER BY m.change LIMIT least(greatest(most, 0), 500);
  ELSE
    RETURN QUERY SELECT m.change, m.kind, m.name, m.group_id::bytea, coalesce(m.sealed, b.sealed)::bytea
                   FROM fleet.material m LEFT JOIN fleet.blobs b ON m.kind = 1 AND b.hash = m.name
                  WHERE m.change > after AND m.group_id IN (SELECT g.group_id FROM fleet.memberships g WHERE g.terminal = self)
                  ORDER BY m.change LIMIT least(greatest(most, 0), 500);
  END IF;
END
$$;

CREATE FUNCTION fleet.group_keys_of_mine() RETURNS TABLE (group_id bytea, epoch integer, wrapped bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  self bytea := fleet.me();
BEGIN
  RETURN QUERY SELECT k.group_id::bytea, k.epoch, k.wrapped::bytea FROM fleet.group_keys k WHERE k.terminal = self ORDER BY k.group_id, k.epoch;
END
$$;

-- Denials that nobody has placed yet: at night they count although the authority sleeps.
CREATE FUNCTION fleet.denials_waiting(after_hash bytea, after_terminal bytea, most integer) RETURNS TABLE (hash bytea, terminal bytea, signed bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.me();
  RETURN QUERY SELECT i.hash::bytea, i.terminal::bytea, i.signed::bytea FROM fleet.inbox i
                WHERE i.denial AND (i.hash, i.terminal) > (coalesce(after_hash, ''), coalesce(after_terminal, ''))
                ORDER BY i.hash, i.terminal LIMIT least(greatest(most, 0), 500);
END
$$;

-- NOTIFY takes 8,000 bytes less one; what does not fit is fetched (an empty payload says only that there is something).
CREATE FUNCTION fleet.announce(kind text, content bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  payload text := translate(encode(content, 'base64'), E'\n', '');
BEGIN
  PERFORM pg_notify('sekimori', kind || CASE WHEN length(payload) < 7990 THEN payload ELSE '' END);
END
$$;

-- Into the inbox, once. A statement that has its entry, or waits already, is taken as well: the sender may forget it.
CREATE FUNCTION fleet.submit(hash bytea, signed bytea, denial boolean, kinds smallint[], names bytea[], groups bytea[], sealed bytea[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  self bytea := fleet.me();
  items integer := coalesce(cardinality(kinds), 0);
  row_no bigint;
  bounds fleet.limits;
BEGIN
  PERFORM fleet.spend(self, 1 + items);
  IF items > 64 OR items <> coalesce(cardinality(names), 0) OR items <> coalesce(cardinality(groups), 0)
     OR items <> coalesce(cardinality(sealed), 0) OR hash IS NULL OR signed IS NULL OR denial IS NULL THEN
    RAISE EXCEPTION 'wrong arguments' USING ERRCODE = 'SF003';
  END IF;
  IF EXISTS (SELECT FROM fleet.statements s WHERE s.hash = submit.hash) THEN
    RETURN;
  END IF;
  SELECT * INTO bounds FROM fleet.limits;
  IF (SELECT count(*) >= bounds.waiting_statements OR coalesce(sum(octet_length(i.signed)), 0) >= bounds.waiting_bytes
        FROM fleet.inbox i WHERE i.terminal = self) THEN
    RAISE EXCEPTION 'too many statements are waiting' USING ERRCODE = 'SF003';
  END IF;
  INSERT INTO fleet.inbox (hash, terminal, denial, signed) VALUES (submit.hash, self, submit.denial, submit.signed)
    ON CONFLICT (hash, terminal) DO NOTHING RETURNING no INTO row_no;
  IF row_no IS NULL THEN
    RETURN;
  END IF;
  INSERT INTO fleet.inbox_material (inbox, position, kind, name, group_id, sealed)
    SELECT row_no, m.position, m.kind, m.name, m.group_id, m.sealed
      FROM unnest(kinds, names, groups, sealed) WITH ORDINALITY AS m (kind, name, group_id, sealed, position);
  PERFORM pg_notify('sekimori_inbox', '');
  IF submit.denial THEN
    PERFORM fleet.announce('D', submit.signed);
  END IF;
END
$$;

-- Many at once. Only for statements that are there: nobody fills the disk with news about nothing.
CREATE FUNCTION fleet.acknowledge(statements bytea[], signed bytea[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  self bytea := fleet.me();
  items integer := coalesce(cardinality(statements), 0);
  done integer;
BEGIN
  PERFORM fleet.spend(self, 1 + items);
  IF items > 256 OR items <> coalesce(cardinality(signed), 0) THEN
    RAISE EXCEPTION 'wrong arguments' USING ERRCODE = 'SF003';
  END IF;
  INSERT INTO fleet.acks AS a (statement, terminal, signed)
    SELECT DISTINCT ON (m.statement) m.statement, self, m.signed FROM unnest(statements, signed) WITH ORDINALITY AS m (statement, signed, position)
     WHERE EXISTS (SELECT FROM fleet.statements s WHERE s.hash = m.statement) OR EXISTS (SELECT FROM fleet.inbox i WHERE i.hash = m.statement)
     ORDER BY m.statement, m.position DESC
    ON CONFLICT (statement, terminal) DO UPDATE SET signed = excluded.signed, no = DEFAULT WHERE a.signed <> excluded.signed;
  GET DIAGNOSTICS done = ROW_COUNT;
  RETURN done;
END
$$;

CREATE FUNCTION fleet.acks_of(statement bytea, after bigint, most integer) RETURNS TABLE (no bigint, terminal bytea, signed bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.me();
  RETURN QUERY SELECT a.no, a.terminal::bytea, a.signed FROM fleet.acks a WHERE a.statement = acks_of.statement AND a.no > after
                ORDER BY a.no LIMIT least(greatest(most, 0), 2000);
END
$$;

-- One's own audit trail: appended in order, never changed. Rows that are there already must be the same. Returns the
-- number of the last row.
CREATE FUNCTION fleet.trail_append(first bigint, rows bytea[], signatures bytea[], last_hash bytea) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  self bytea := fleet.me();
  items integer := coalesce(cardinality(rows), 0);
  last bigint;
BEGIN
  PERFORM fleet.spend(self, (1 + items / 8.0)::real);
  IF items = 0 OR items > 256 OR items <> coalesce(cardinality(signatures), 0) OR first IS NULL OR first < 1 THEN
    RAISE EXCEPTION 'wrong arguments' USING ERRCODE = 'SF003';
  END IF;
  -- The terminal's row is locked by spend(): one call after the other.
  SELECT t.seq INTO last FROM fleet.trails t WHERE t.terminal = self;
  last := coalesce(last, 0);
  IF first > last + 1 OR EXISTS (SELECT FROM unnest(rows, signatures) WITH ORDINALITY AS m (record, signature, position)
                                   JOIN fleet.trail_rows r ON r.terminal = self AND r.seq = first + m.position - 1
                                  WHERE r.record <> m.record OR r.signature <> m.signature) THEN
    RAISE EXCEPTION 'the trail goes on at another row' USING ERRCODE = 'SF004';
  END IF;
  INSERT INTO fleet.trail_rows (terminal, seq, record, signature)
    SELECT self, first + m.position - 1, m.record, m.signature FROM unnest(rows, signatures) WITH ORDINALITY AS m (record, signature, position)
     WHERE first + m.position - 1 > last;
  IF first + items - 1 > last THEN
    last := first + items - 1;
    INSERT INTO fleet.trails (terminal, seq, hash, at) VALUES (self, last, last_hash, clock_timestamp())
      ON CONFLICT (terminal) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, at = excluded.at;
  END IF;
  RETURN last;
END
$$;
