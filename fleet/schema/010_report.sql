-- SPDX-License-Identifier: Apache-2.0
-- What the month's report asks of the acknowledgements. With its own rights: 005 has run where this comes as an update.
CREATE FUNCTION fleet.acks_for(statement bytea, after bigint, most integer) RETURNS TABLE (no bigint, terminal bytea, signed bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  RETURN QUERY SELECT a.no, a.terminal::bytea, a.signed FROM fleet.acks a WHERE a.statement = acks_for.statement AND a.no > after
                ORDER BY a.no LIMIT least(greatest(most, 0), 2000);
END
$$;

GRANT EXECUTE ON FUNCTION fleet.acks_for(bytea, bigint, integer) TO sekimori_authority;
