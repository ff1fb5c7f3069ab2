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

CREATE FUNCTION fleet.hello(build text) RETURNS TABLE (ledger bytea, terminal bytea, head bigint, heartbeat bytea, trail_seq bigint, trail_head bytea, groups bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  self bytea := fleet.me();
BEGIN
  PERFORM fleet.spend(self, 1);
  UPDATE fleet.terminals t SET build = left(hello.build, 16) WHERE t.id = self AND t.build <> left(hello.build, 16);
  RETURN QUERY SELECT h.ledger::bytea, self, h.seq, h.heartbeat::bytea, coalesce(r.seq, 0), r.head,
                      -- Changes when there is more to have than before: whoever sees that begins anew.
                      (SELECT sha256(coalesce(string_agg(g.group_id::bytea, '' ORDER BY g.group_id), '') || CASE t.every_group WHEN true THEN 'every'::bytea ELSE '' END)
                         FROM fleet.terminals t LEFT JOIN fleet.memberships g ON g.terminal = t.id WHERE t.id = self GROUP BY t.id)
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
CREATE FUNCTION fleet.material_after(after bigint, most integer) RETURNS TABLE (change bigint, kind smallint, name bytea, group_id bytea, generation integer, sealed bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  self bytea := fleet.me();
BEGIN
  IF (SELECT t.every_group FROM fleet.terminals t WHERE t.id = self) THEN
    RETURN QUERY SELECT m.change, m.kind, m.name, m.group_id::bytea, m.generation, coalesce(m.sealed, b.sealed)::bytea
                   FROM fleet.material m LEFT JOIN fleet.blobs b ON m.kind = 1 AND b.hash = m.name
                  WHERE m.change > after ORDER BY m.change LIMIT least(greatest(most, 0), 500);
  ELSE
    RETURN QUERY SELECT m.change, m.kind, m.name, m.group_id::bytea, m.generation, coalesce(m.sealed, b.sealed)::bytea
                   FROM fleet.material m LEFT JOIN fleet.blobs b ON m.kind = 1 AND b.hash = m.name
                  WHERE m.change > after AND m.group_id IN (SELECT g.group_id FROM fleet.memberships g WHERE g.terminal = self)
                  ORDER BY m.change LIMIT least(greatest(most, 0), 500);
  END IF;
END
$$;

-- Where material_after() begins for who has the entries up to `seq`.
CREATE FUNCTION fleet.material_start(seq bigint) RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM fleet.me();
  RETURN coalesce((SELECT m.change FROM fleet.material m WHERE m.seq <= material_start.seq ORDER BY m.seq DESC, m.change DESC LIMIT 1), 0);
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
CREATE FUNCTION fleet.submit(hash bytea, signed bytea, denial boolean, kinds smallint[], names bytea[], groups bytea[], generations integer[], sealed bytea[])
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
     OR items <> coalesce(cardinality(generations), 0)
     OR items <> coalesce(cardinality(sealed), 0) OR hash IS NULL OR signed IS NULL OR denial IS NULL THEN
    RAISE EXCEPTION 'wrong arguments' USING ERRCODE = 'SF003';
  END IF;
  IF EXISTS (SELECT FROM fleet.statements s WHERE s.hash = submit.hash)
     -- A server that lost the last moments has the entry again from the authority, the blobs only from here.
     AND NOT EXISTS (SELECT FROM unnest(kinds, names, groups) AS x (kind, name, group_id) WHERE NOT EXISTS
                      (SELECT FROM fleet.material m WHERE m.kind = x.kind AND m.name = x.name AND m.group_id = x.group_id)) THEN
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
  INSERT INTO fleet.inbox_material (inbox, position, kind, name, group_id, generation, sealed)
    SELECT row_no, m.position, m.kind, m.name, m.group_id, m.generation, m.sealed
      FROM unnest(kinds, names, groups, generations, sealed) WITH ORDINALITY AS m (kind, name, group_id, generation, sealed, position);
  PERFORM pg_notify('sekimori_inbox', '');
  IF submit.denial THEN
    PERFORM fleet.announce('D', submit.signed);
  END IF;
END
$$;

-- Many at once. Only for statements that are there: nobody fills the disk with news about nothing. Returns those.
CREATE FUNCTION fleet.acknowledge(statements bytea[], signed bytea[]) RETURNS TABLE (statement bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  self bytea := fleet.me();
  items integer := coalesce(cardinality(statements), 0);
BEGIN
  PERFORM fleet.spend(self, 1 + items);
  IF items > 256 OR items <> coalesce(cardinality(signed), 0) THEN
    RAISE EXCEPTION 'wrong arguments' USING ERRCODE = 'SF003';
  END IF;
  INSERT INTO fleet.acks AS a (statement, terminal, signed)
    SELECT DISTINCT ON (m.hash) m.hash, self, m.record FROM unnest(statements, signed) WITH ORDINALITY AS m (hash, record, position)
     WHERE EXISTS (SELECT FROM fleet.statements s WHERE s.hash = m.hash) OR EXISTS (SELECT FROM fleet.inbox i WHERE i.hash = m.hash)
     ORDER BY m.hash, m.position DESC
    ON CONFLICT (statement, terminal) DO UPDATE SET signed = excluded.signed, no = DEFAULT WHERE a.signed <> excluded.signed;
  RETURN QUERY SELECT a.statement::bytea FROM fleet.acks a WHERE a.terminal = self AND a.statement = ANY (statements);
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

-- What the sequencer did not take of one's own; each is told once more for as long as it is not forgotten.
CREATE FUNCTION fleet.refusals_of_mine() RETURNS TABLE (hash bytea) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  self bytea := fleet.me();
BEGIN
  RETURN QUERY SELECT r.hash::bytea FROM fleet.refusals r WHERE r.terminal = self ORDER BY r.at DESC LIMIT 100;
END
$$;

-- One's own audit trail: appended in order, never changed. Rows that are there already must be the same. Returns the
-- number of the last row.
CREATE FUNCTION fleet.trail_append(first bigint, records bytea[], signatures bytea[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  self bytea := fleet.me();
  items integer := coalesce(cardinality(records), 0);
  last bigint;
BEGIN
  PERFORM fleet.spend(self, (1 + items / 8.0)::real);
  IF items = 0 OR items > 256 OR items <> coalesce(cardinality(signatures), 0) OR first IS NULL OR first < 1 THEN
    RAISE EXCEPTION 'wrong arguments' USING ERRCODE = 'SF003';
  END IF;
  -- The terminal's row is locked by spend(): one call after the other.
  SELECT t.seq INTO last FROM fleet.trails t WHERE t.terminal = self;
  last := coalesce(last, 0);
  IF first > last + 1 OR EXISTS (SELECT FROM unnest(records, signatures) WITH ORDINALITY AS m (record, signature, position)
                                   JOIN fleet.trail_rows r ON r.terminal = self AND r.seq = first + m.position - 1
                                  WHERE r.record <> m.record OR r.signature <> m.signature) THEN
    RAISE EXCEPTION 'the trail goes on at another row' USING ERRCODE = 'SF004';
  END IF;
  INSERT INTO fleet.trail_rows (terminal, seq, record, signature)
    SELECT self, first + m.position - 1, m.record, m.signature FROM unnest(records, signatures) WITH ORDINALITY AS m (record, signature, position)
     WHERE first + m.position - 1 > last;
  last := greatest(last, first + items - 1);
  INSERT INTO fleet.trails (terminal, seq) VALUES (self, last)
    ON CONFLICT (terminal) DO UPDATE SET seq = excluded.seq, at = clock_timestamp();
  RETURN last;
END
$$;

-- A head that the terminal signed. It never goes back.
CREATE FUNCTION fleet.trail_witness(seq bigint, head bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  self bytea := fleet.me();
BEGIN
  PERFORM fleet.spend(self, 1);
  INSERT INTO fleet.trails AS t (terminal, head_seq, head) VALUES (self, trail_witness.seq, trail_witness.head)
    ON CONFLICT (terminal) DO UPDATE SET head_seq = excluded.head_seq, head = excluded.head, at = clock_timestamp() WHERE t.head_seq <= excluded.head_seq;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a later head is known' USING ERRCODE = 'SF004';
  END IF;
END
$$;
