-- SPDX-License-Identifier: Apache-2.0
-- What waits is counted with all that it brings along, and leaves the inbox in pieces that fit into memory.
ALTER TABLE fleet.limits ADD batch_bytes bigint NOT NULL DEFAULT 16777216;  -- of one inbox_batch(), and a row more
ALTER TABLE fleet.inbox ADD material_bytes bigint NOT NULL DEFAULT 0;
UPDATE fleet.inbox i SET material_bytes = m.bytes FROM (SELECT x.inbox, sum(octet_length(x.sealed)) AS bytes FROM fleet.inbox_material x GROUP BY x.inbox) m WHERE m.inbox = i.no;

-- A denial waits behind nothing that its own terminal says, neither in the bucket nor in the inbox: a card that is lost
-- while the personnel office's table goes up is dead at once. And such a table goes up in one go.

-- Calls at once of a terminal with a role beyond the help desk's: 30,000 people are 210,000. In the long run it has the
-- rate of any other.
ALTER TABLE fleet.limits ADD burst_of_every_group real NOT NULL DEFAULT 250000;

-- A tenth of the bucket is left for denials.
DROP FUNCTION fleet.spend(bytea, real);
CREATE FUNCTION fleet.spend(terminal bytea, cost real, denial boolean DEFAULT false) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE fleet.terminals t
     SET tokens = least(CASE WHEN t.every_group THEN l.burst_of_every_group ELSE l.burst END,
                        t.tokens + l.rate * least(extract(epoch FROM clock_timestamp() - t.tokens_at)::float8, 1e6))::real - cost,
         tokens_at = clock_timestamp(), seen_at = clock_timestamp()
    FROM fleet.limits l
   WHERE t.id = terminal
     AND least(CASE WHEN t.every_group THEN l.burst_of_every_group ELSE l.burst END,
               t.tokens + l.rate * least(extract(epoch FROM clock_timestamp() - t.tokens_at)::float8, 1e6))
         >= cost + CASE WHEN denial THEN 0 ELSE l.burst / 10 END;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'too many calls' USING ERRCODE = 'SF002';
  END IF;
END
$$;

-- As before (002), with the bound on all bytes, the new ones among them. A denial may take what is kept in the bucket,
-- what waits is counted apart from it, and it brings nothing along: whoever calls something a denial gets no more by it
-- than its place in front.
CREATE OR REPLACE FUNCTION fleet.submit(hash bytea, signed bytea, denial boolean, kinds smallint[], names bytea[], groups bytea[], generations integer[], sealed bytea[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  self bytea := fleet.me();
  items integer := coalesce(cardinality(kinds), 0);
  material bigint := (SELECT coalesce(sum(octet_length(x.sealed)), 0) FROM unnest(sealed) AS x (sealed));
  row_no bigint;
  bounds fleet.limits;
BEGIN
  PERFORM fleet.spend(self, 1 + items, submit.denial);
  IF items > 64 OR items <> coalesce(cardinality(names), 0) OR items <> coalesce(cardinality(groups), 0)
     OR items <> coalesce(cardinality(generations), 0)
     OR items <> coalesce(cardinality(sealed), 0) OR hash IS NULL OR signed IS NULL OR denial IS NULL OR (denial AND items > 0) THEN
    RAISE EXCEPTION 'wrong arguments' USING ERRCODE = 'SF003';
  END IF;
  IF EXISTS (SELECT FROM fleet.statements s WHERE s.hash = submit.hash)
     -- A server that lost the last moments has the entry again from the authority, the blobs only from here.
     AND NOT EXISTS (SELECT FROM unnest(kinds, names, groups) AS x (kind, name, group_id) WHERE NOT EXISTS
                      (SELECT FROM fleet.material m WHERE m.kind = x.kind AND m.name = x.name AND m.group_id = x.group_id)) THEN
    RETURN;
  END IF;
  SELECT * INTO bounds FROM fleet.limits;
  -- The terminal's row is locked by spend(): one call after the other.
  IF (SELECT count(*) >= bounds.waiting_statements
          OR coalesce(sum(octet_length(i.signed) + i.material_bytes), 0) + octet_length(submit.signed) + material > bounds.waiting_bytes
        FROM fleet.inbox i WHERE i.terminal = self AND i.denial = submit.denial) THEN
    RAISE EXCEPTION 'too many statements are waiting' USING ERRCODE = 'SF003';
  END IF;
  INSERT INTO fleet.inbox (hash, terminal, denial, signed, material_bytes) VALUES (submit.hash, self, submit.denial, submit.signed, material)
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

-- As before (003), but no more bytes at once than the authority has room for; one row in any case.
CREATE OR REPLACE FUNCTION fleet.inbox_batch(most integer) RETURNS TABLE (no bigint, hash bytea, terminal bytea, signed bytea, kinds smallint[], names bytea[], groups bytea[], sealed bytea[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  -- Denials first, whoever else fills the inbox.
  RETURN QUERY
    SELECT i.no, i.hash::bytea, i.terminal::bytea, i.signed::bytea, m.kinds, m.names, m.groups, m.sealed
      FROM (SELECT w.*, sum(octet_length(w.signed) + w.material_bytes) OVER (ORDER BY w.denial DESC, w.no ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
              FROM (SELECT * FROM fleet.inbox ORDER BY denial DESC, inbox.no LIMIT least(greatest(most, 0), 1000)) w) i
      LEFT JOIN LATERAL (SELECT array_agg(x.kind ORDER BY x.position) AS kinds, array_agg(x.name ORDER BY x.position) AS names,
                                array_agg(x.group_id::bytea ORDER BY x.position) AS groups, array_agg(x.sealed::bytea ORDER BY x.position) AS sealed
                           FROM fleet.inbox_material x WHERE x.inbox = i.no) m ON true
     WHERE coalesce(i.before, 0) < (SELECT l.batch_bytes FROM fleet.limits l)
     ORDER BY i.denial DESC, i.no;
END
$$;

-- As before (003); a bucket that becomes larger is full: the table may come on the day on which its terminal gets the role.
CREATE OR REPLACE FUNCTION fleet.terminal_put(terminal bytea, name text, groups bytea[], every_group boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM fleet.authority();
  INSERT INTO fleet.terminals AS t (id, name, every_group) VALUES (terminal, terminal_put.name, terminal_put.every_group)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, every_group = excluded.every_group,
                                   tokens_at = CASE WHEN excluded.every_group AND NOT t.every_group THEN 'epoch' ELSE t.tokens_at END;
  DELETE FROM fleet.memberships m WHERE m.terminal = terminal_put.terminal;
  INSERT INTO fleet.memberships (terminal, group_id) SELECT terminal_put.terminal, g FROM unnest(groups) g ON CONFLICT DO NOTHING;
END
$$;
