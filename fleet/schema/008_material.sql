-- SPDX-License-Identifier: Apache-2.0
-- As before (003), but that what is there stays: a key that comes again for the same person and group takes nobody's
-- place. It is the authority alone that seals keys anew (keys_put).
CREATE OR REPLACE FUNCTION fleet.keep_material(numbers bigint[], seqs bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  base bigint := (SELECT h.change FROM fleet.head h FOR UPDATE);
  added bigint;
BEGIN
  INSERT INTO fleet.blobs (hash, sealed)
    SELECT DISTINCT ON (x.name) x.name, x.sealed FROM fleet.inbox_material x WHERE x.inbox = ANY (numbers) AND x.kind = 1 ON CONFLICT DO NOTHING;
  -- Of what comes twice at once the first.
  INSERT INTO fleet.material (change, seq, kind, name, group_id, generation, sealed)
    SELECT base + row_number() OVER (ORDER BY x.seq, x.inbox, x.position), x.seq, x.kind, x.name, x.group_id, x.generation, CASE x.kind WHEN 2 THEN x.sealed END
      FROM (SELECT DISTINCT ON (y.kind, y.name, y.group_id) n.seq, y.* FROM unnest(numbers, seqs) AS n (no, seq)
              JOIN fleet.inbox_material y ON y.inbox = n.no ORDER BY y.kind, y.name, y.group_id, n.seq, y.inbox, y.position) x
     WHERE NOT EXISTS (SELECT FROM fleet.material m WHERE m.kind = x.kind AND m.name = x.name AND m.group_id = x.group_id);
  GET DIAGNOSTICS added = ROW_COUNT;
  UPDATE fleet.head h SET change = base + added;
END
$$;
