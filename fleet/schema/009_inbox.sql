-- SPDX-License-Identifier: Apache-2.0
-- What waits is counted with all that it brings along, and leaves the inbox in pieces that fit into memory.
ALTER TABLE fleet.limits ADD batch_bytes bigint NOT NULL DEFAULT 16777216;  -- of one inbox_batch(), and a row more
ALTER TABLE fleet.inbox ADD material_bytes bigint NOT NULL DEFAULT 0;
UPDATE fleet.inbox i SET material_bytes = m.bytes FROM (SELECT x.inbox, sum(octet_length(x.sealed)) AS bytes FROM fleet.inbox_material x GROUP BY x.inbox) m WHERE m.inbox = i.no;

-- As before (002), with the bound on all bytes, the new ones among them; and a denial brings nothing along, so that
-- whoever calls something a denial gets no more by it than its place in front.
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
  PERFORM fleet.spend(self, 1 + items);
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
        FROM fleet.inbox i WHERE i.terminal = self) THEN
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
