-- SPDX-License-Identifier: Apache-2.0
-- What sekimori-authority may do. SF005 another one is the sequencer; SF006 the chain here is another one.

CREATE FUNCTION fleet.authority() RETURNS void LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF fleet_ssl.ssl_client_dn() IS DISTINCT FROM '/CN=authority' THEN
    RAISE EXCEPTION 'not the authority' USING ERRCODE = 'SF001';
  END IF;
END
$$;

-- This connection becomes the only one that places entries. An older connection of the same instance is ended; another
-- instance's keeps its place while it lives. (An advisory lock would not do: anybody can take one.)
CREATE FUNCTION fleet.claim(ledger bytea, instance bytea) RETURNS TABLE (seq bigint, change bigint, last_entry bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  head fleet.head;
BEGIN
  PERFORM fleet.authority();
  SELECT * INTO head FROM fleet.head FOR UPDATE;
  IF head.ledger IS NOT NULL AND head.ledger <> claim.ledger THEN
    RAISE EXCEPTION 'this server holds another ledger' USING ERRCODE = 'SF006';
  END IF;
  IF head.holder_pid IS NOT NULL AND head.holder_pid <> pg_backend_pid()
     AND EXISTS (SELECT FROM pg_stat_get_activity(head.holder_pid) a WHERE a.backend_start = head.holder_start) THEN
    IF head.holder_instance <> instance THEN
      RAISE EXCEPTION 'another authority is at work' USING ERRCODE = 'SF005';
    END IF;
    PERFORM pg_terminate_backend(head.holder_pid);
  END IF;
  UPDATE fleet.head h SET ledger = claim.ledger, holder_instance = instance, holder_pid = pg_backend_pid(),
         holder_start = (SELECT a.backend_start FROM pg_stat_get_activity(pg_backend_pid()) a);
  RETURN QUERY SELECT h.seq, h.change, (SELECT e.signed::bytea FROM fleet.entries e WHERE e.seq = h.seq) FROM fleet.head h;
END
$$;

CREATE FUNCTION fleet.holding() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  PERFORM FROM fleet.head h WHERE h.holder_pid = pg_backend_pid()
     AND h.holder_start = (SELECT a.backend_start FROM pg_stat_get_activity(pg_backend_pid()) a) FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'another authority is at work' USING ERRCODE = 'SF005';
  END IF;
END
$$;

CREATE FUNCTION fleet.inbox_batch(most integer) RETURNS TABLE (no bigint, hash bytea, terminal bytea, signed bytea, kinds smallint[], names bytea[], groups bytea[], sealed bytea[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  -- Denials first, whoever else fills the inbox.
  RETURN QUERY
    SELECT i.no, i.hash::bytea, i.terminal::bytea, i.signed::bytea, m.kinds, m.names, m.groups, m.sealed
      FROM (SELECT * FROM fleet.inbox ORDER BY denial DESC, inbox.no LIMIT least(greatest(most, 0), 1000)) i
      LEFT JOIN LATERAL (SELECT array_agg(x.kind ORDER BY x.position) AS kinds, array_agg(x.name ORDER BY x.position) AS names,
                                array_agg(x.group_id::bytea ORDER BY x.position) AS groups, array_agg(x.sealed::bytea ORDER BY x.position) AS sealed
                           FROM fleet.inbox_material x WHERE x.inbox = i.no) m ON true;
END
$$;

-- What rows of the inbox bring along goes to its groups. `seqs`: of the entries that it belongs to.
CREATE FUNCTION fleet.keep_material(numbers bigint[], seqs bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  base bigint := (SELECT h.change FROM fleet.head h FOR UPDATE);
  added bigint;
BEGIN
  INSERT INTO fleet.blobs (hash, sealed)
    SELECT DISTINCT ON (x.name) x.name, x.sealed FROM fleet.inbox_material x WHERE x.inbox = ANY (numbers) AND x.kind = 1 ON CONFLICT DO NOTHING;
  -- A key that comes anew for the same group takes the place of the old one, at the end.
  DELETE FROM fleet.material m USING fleet.inbox_material x
   WHERE x.inbox = ANY (numbers) AND m.kind = x.kind AND m.name = x.name AND m.group_id = x.group_id;
  INSERT INTO fleet.material (change, seq, kind, name, group_id, generation, sealed)
    SELECT base + row_number() OVER (ORDER BY x.seq, x.inbox, x.position), x.seq, x.kind, x.name, x.group_id, x.generation, CASE x.kind WHEN 2 THEN x.sealed END
      FROM (SELECT DISTINCT ON (y.kind, y.name, y.group_id) n.seq, y.* FROM unnest(numbers, seqs) AS n (no, seq)
              JOIN fleet.inbox_material y ON y.inbox = n.no ORDER BY y.kind, y.name, y.group_id, n.seq DESC, y.position DESC) x;
  GET DIAGNOSTICS added = ROW_COUNT;
  UPDATE fleet.head h SET change = base + added;
END
$$;

-- The next entries of the chain. `inbox` names the row whose blobs and keys were looked at (0: none). Entries that are
-- there already must be the same, so that a batch whose answer was lost can be sent again.
CREATE FUNCTION fleet.place(first bigint, entries bytea[], hashes bytea[], statements bytea[], inbox bigint[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  head fleet.head;
  items integer := cardinality(entries);
  last bigint;
BEGIN
  PERFORM fleet.holding();
  SELECT * INTO head FROM fleet.head;
  IF items <> cardinality(hashes) OR items <> cardinality(statements) OR items <> cardinality(inbox) OR first < 1 OR first > head.seq + 1
     OR EXISTS (SELECT FROM unnest(entries) WITH ORDINALITY AS m (signed, position) JOIN fleet.entries e ON e.seq = first + m.position - 1
                 WHERE e.signed <> m.signed) THEN
    RAISE EXCEPTION 'the chain here goes on differently' USING ERRCODE = 'SF006';
  END IF;
  INSERT INTO fleet.statements (hash, signed)
    SELECT m.hash, m.signed FROM unnest(hashes, statements) WITH ORDINALITY AS m (hash, signed, position) WHERE first + m.position - 1 > head.seq;
  INSERT INTO fleet.entries (seq, statement, signed)
    SELECT first + m.position - 1, m.hash, m.signed FROM unnest(hashes, entries) WITH ORDINALITY AS m (hash, signed, position) WHERE first + m.position - 1 > head.seq;
  PERFORM fleet.keep_material(place.inbox, (SELECT array_agg(first + n - 1 ORDER BY n) FROM generate_series(1, items) n));
  -- With an entry of the same hash nothing is left to place; what somebody else sent along with it was not looked at.
  DELETE FROM fleet.inbox i WHERE i.hash = ANY (hashes);
  last := greatest(head.seq, first + items - 1);
  UPDATE fleet.head h SET seq = last;
  PERFORM pg_notify('sekimori', 'E' || last);
  RETURN last;
END
$$;

-- Blobs and keys of statements that have their entry.
CREATE FUNCTION fleet.supplement(numbers bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.holding();
  PERFORM fleet.keep_material(numbers, (SELECT array_agg(h.seq + 1) FROM fleet.head h, unnest(numbers)));
  DELETE FROM fleet.inbox i WHERE i.no = ANY (numbers);
  PERFORM pg_notify('sekimori', 'M');
END
$$;

-- What is no good statement leaves the inbox, and its sender can hear of it.
CREATE FUNCTION fleet.refuse(numbers bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.holding();
  WITH gone AS (DELETE FROM fleet.inbox i WHERE i.no = ANY (numbers) RETURNING i.terminal, i.hash)
  INSERT INTO fleet.refusals (terminal, hash) SELECT DISTINCT g.terminal, g.hash FROM gone g ON CONFLICT DO NOTHING;
  PERFORM pg_notify('sekimori', 'R');
END
$$;

-- A statement of the authority's own, from the command line beside the running sequencer.
CREATE FUNCTION fleet.author(hash bytea, signed bytea, denial boolean) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM fleet.authority();
  INSERT INTO fleet.inbox (hash, terminal, denial, signed) VALUES (author.hash, decode(repeat('00', 16), 'hex'), author.denial, author.signed)
    ON CONFLICT DO NOTHING;
  PERFORM pg_notify('sekimori_inbox', '');
  IF author.denial THEN
    PERFORM fleet.announce('D', author.signed);
  END IF;
END
$$;

CREATE FUNCTION fleet.chain_after(after bigint, most integer) RETURNS TABLE (seq bigint, entry bytea, statement bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  RETURN QUERY SELECT e.seq, e.signed::bytea, s.signed::bytea FROM fleet.entries e JOIN fleet.statements s ON s.hash = e.statement
                WHERE e.seq > after ORDER BY e.seq LIMIT least(greatest(most, 0), 1000);
END
$$;

CREATE FUNCTION fleet.beat(signed bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.holding();
  UPDATE fleet.head h SET heartbeat = signed, beaten_at = clock_timestamp();
  PERFORM fleet.announce('H', signed);
END
$$;

CREATE FUNCTION fleet.terminal_put(terminal bytea, name text, groups bytea[], every_group boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM fleet.authority();
  INSERT INTO fleet.terminals AS t (id, name, every_group) VALUES (terminal, terminal_put.name, terminal_put.every_group)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, every_group = excluded.every_group;
  DELETE FROM fleet.memberships m WHERE m.terminal = terminal_put.terminal;
  INSERT INTO fleet.memberships (terminal, group_id) SELECT terminal_put.terminal, g FROM unnest(groups) g ON CONFLICT DO NOTHING;
END
$$;

-- Refused from now on, its connections ended, what it sent and nobody placed gone, its keys as well. Its trail stays.
CREATE FUNCTION fleet.terminal_revoke(terminal bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM fleet.authority();
  UPDATE fleet.terminals t SET state = 'revoked' WHERE t.id = terminal;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such terminal' USING ERRCODE = 'SF003';
  END IF;
  DELETE FROM fleet.inbox i WHERE i.terminal = terminal_revoke.terminal;
  DELETE FROM fleet.group_keys k WHERE k.terminal = terminal_revoke.terminal;
  DELETE FROM fleet.memberships m WHERE m.terminal = terminal_revoke.terminal;
  PERFORM fleet.tidy();
END
$$;

CREATE FUNCTION fleet.group_key_put(terminals bytea[], groups bytea[], epochs integer[], wrapped bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  INSERT INTO fleet.group_keys AS k (terminal, group_id, epoch, wrapped) SELECT * FROM unnest(terminals, groups, epochs, wrapped)
    ON CONFLICT (terminal, group_id, epoch) DO UPDATE SET wrapped = excluded.wrapped;
  PERFORM pg_notify('sekimori', 'K');
END
$$;

-- The data keys of a group, to be sealed anew under its next key.
CREATE FUNCTION fleet.keys_of_group(group_id bytea, after bytea, most integer) RETURNS TABLE (person bytea, generation integer, sealed bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  RETURN QUERY SELECT m.name, m.generation, m.sealed::bytea FROM fleet.material m WHERE m.kind = 2 AND m.group_id = keys_of_group.group_id AND m.name > coalesce(after, '')
                ORDER BY m.name LIMIT least(greatest(most, 0), 5000);
END
$$;
CREATE FUNCTION fleet.keys_put(group_id bytea, generation integer, persons bytea[], sealed bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  head fleet.head;
  added bigint;
BEGIN
  PERFORM fleet.authority();
  SELECT * INTO head FROM fleet.head FOR UPDATE;
  DELETE FROM fleet.material m WHERE m.kind = 2 AND m.group_id = keys_put.group_id AND m.name = ANY (persons);
  INSERT INTO fleet.material (change, seq, kind, name, group_id, generation, sealed)
    SELECT head.change + row_number() OVER (), head.seq + 1, 2, x.person, keys_put.group_id, keys_put.generation, x.sealed FROM unnest(persons, sealed) AS x (person, sealed);
  GET DIAGNOSTICS added = ROW_COUNT;
  UPDATE fleet.head h SET change = head.change + added;
  PERFORM pg_notify('sekimori', 'M');
END
$$;

-- Whoever left: blobs and data keys are deleted here as on the terminals.
CREATE FUNCTION fleet.destroy(blobs bytea[], persons bytea[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.holding();
  DELETE FROM fleet.material m WHERE (m.kind = 1 AND m.name = ANY (blobs)) OR (m.kind = 2 AND m.name = ANY (persons));
  DELETE FROM fleet.blobs b WHERE b.hash = ANY (blobs);
END
$$;

CREATE FUNCTION fleet.terminals_list() RETURNS TABLE (id bytea, name text, state text, build text, seen_at timestamptz, connected boolean, trail_seq bigint, head_seq bigint, head bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  RETURN QUERY SELECT t.id::bytea, t.name, t.state, t.build, t.seen_at,
                      EXISTS (SELECT FROM pg_stat_ssl s WHERE s.client_dn = '/CN=terminal-' || encode(t.id, 'hex')), r.seq, r.head_seq, r.head
                 FROM fleet.terminals t LEFT JOIN fleet.trails r ON r.terminal = t.id ORDER BY t.name, t.id;
END
$$;

CREATE FUNCTION fleet.trail_of(terminal bytea, after bigint, most integer) RETURNS TABLE (seq bigint, record bytea, signature bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  RETURN QUERY SELECT r.seq, r.record, r.signature FROM fleet.trail_rows r WHERE r.terminal = trail_of.terminal AND r.seq > after
                ORDER BY r.seq LIMIT least(greatest(most, 0), 1000);
END
$$;

CREATE FUNCTION fleet.state() RETURNS TABLE (seq bigint, waiting bigint, oldest timestamptz, beaten_at timestamptz, in_force bigint, revoked bigint, connected bigint, joins bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  RETURN QUERY SELECT h.seq, (SELECT count(*) FROM fleet.inbox), (SELECT min(received_at) FROM fleet.inbox), h.beaten_at,
                      (SELECT count(*) FROM fleet.terminals t WHERE t.state = 'in force'), (SELECT count(*) FROM fleet.terminals t WHERE t.state = 'revoked'),
                      (SELECT count(DISTINCT s.client_dn) FROM pg_stat_ssl s WHERE s.client_dn LIKE '/CN=terminal-%'),
                      (SELECT count(*) FROM fleet.joins j WHERE j.request IS NOT NULL AND j.answer IS NULL AND j.expires_at > now()) FROM fleet.head h;
END
$$;

-- Ends connections of terminals that are not in force, have too many, or keep the server busy; forgets old tokens.
CREATE FUNCTION fleet.tidy() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ended integer;
BEGIN
  PERFORM fleet.authority();
  DELETE FROM fleet.joins j WHERE j.expires_at < now() - interval '1 day';
  DELETE FROM fleet.refusals r WHERE r.at < now() - interval '7 days';
  SELECT count(*) FILTER (WHERE pg_terminate_backend(x.pid)) INTO ended
    FROM (SELECT a.pid, a.usename, a.state, least(a.query_start, a.xact_start) AS since, t.state AS standing,
                 row_number() OVER (PARTITION BY s.client_dn ORDER BY a.backend_start DESC) AS nth
            FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid)
            LEFT JOIN fleet.terminals t ON s.client_dn = '/CN=terminal-' || encode(t.id, 'hex')
           WHERE a.usename IN ('sekimori_terminal', 'sekimori_join') AND a.datname = current_database()) x, fleet.limits l
   WHERE (x.usename = 'sekimori_terminal' AND (x.standing IS DISTINCT FROM 'in force' OR x.nth > l.connections))
      OR (x.state <> 'idle' AND x.since < clock_timestamp() - make_interval(secs => l.busy_seconds));
  RETURN ended;
END
$$;
