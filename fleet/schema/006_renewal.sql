-- SPDX-License-Identifier: Apache-2.0
-- The next certificate of a terminal in force, asked for under the one that is still good; and what a revoked terminal
-- may hear of itself. With its own rights: 005 has run where this comes as an update.

-- As the authority said when it issued it; for people to look at, nothing is decided by it.
ALTER TABLE fleet.terminals ADD certificate_until timestamptz, ADD revoked_by fleet.hash;

-- One a terminal: the last request, and the answer to it.
CREATE TABLE fleet.renewals (
  terminal fleet.id PRIMARY KEY REFERENCES fleet.terminals ON DELETE CASCADE,
  request bytea NOT NULL CHECK (octet_length(request) BETWEEN 1 AND 1280),
  placed_at timestamptz NOT NULL DEFAULT now(),
  answer bytea CHECK (octet_length(answer) BETWEEN 1 AND 8400)
);

-- Another request takes the place of the one before, with its answer; the same one again changes nothing.
CREATE FUNCTION fleet.renewal_place(request bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  self bytea := fleet.me();
BEGIN
  PERFORM fleet.spend(self, 20);
  INSERT INTO fleet.renewals AS r (terminal, request) VALUES (self, renewal_place.request)
    ON CONFLICT (terminal) DO UPDATE SET request = excluded.request, placed_at = now(), answer = NULL WHERE r.request <> excluded.request;
END
$$;

CREATE FUNCTION fleet.renewal_of_mine() RETURNS TABLE (age_seconds bigint, answer bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  self bytea := fleet.me();
BEGIN
  RETURN QUERY SELECT extract(epoch FROM now() - r.placed_at)::bigint, r.answer FROM fleet.renewals r WHERE r.terminal = self;
END
$$;

-- The new certificate was seen to work: said under it.
CREATE FUNCTION fleet.renewal_done() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  self bytea := fleet.me();
BEGIN
  PERFORM fleet.spend(self, 1);
  DELETE FROM fleet.renewals r WHERE r.terminal = self AND r.answer IS NOT NULL;
END
$$;

-- The authority's.
CREATE FUNCTION fleet.renewals_waiting(most integer) RETURNS TABLE (terminal bytea, request bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  RETURN QUERY SELECT r.terminal::bytea, r.request FROM fleet.renewals r JOIN fleet.terminals t ON t.id = r.terminal
                WHERE r.answer IS NULL AND t.state = 'in force' ORDER BY r.placed_at, r.terminal LIMIT least(greatest(most, 0), 1000);
END
$$;

-- To the request that was looked at, if it is still the one. No answer: the request goes, and its terminal may ask again.
CREATE FUNCTION fleet.renewal_reply(terminal bytea, request bytea, answer bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM fleet.authority();
  IF renewal_reply.answer IS NULL THEN
    DELETE FROM fleet.renewals r WHERE r.terminal = renewal_reply.terminal AND r.request = renewal_reply.request;
  ELSE
    UPDATE fleet.renewals r SET answer = renewal_reply.answer WHERE r.terminal = renewal_reply.terminal AND r.request = renewal_reply.request;
  END IF;
  PERFORM pg_notify('sekimori', 'C');
END
$$;

CREATE FUNCTION fleet.certified(terminal bytea, until_ms bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  UPDATE fleet.terminals t SET certificate_until = to_timestamp(until_ms / 1000.0) WHERE t.id = certified.terminal;
END
$$;

-- How it stands with the certificates of terminals in force. `ending`: within half a year.
CREATE FUNCTION fleet.certificates() RETURNS TABLE (waiting bigint, ending bigint, ended bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  RETURN QUERY SELECT (SELECT count(*) FROM fleet.renewals r JOIN fleet.terminals t ON t.id = r.terminal WHERE r.answer IS NULL AND t.state = 'in force'),
                      count(*) FILTER (WHERE t.certificate_until BETWEEN now() AND now() + interval '180 days'),
                      count(*) FILTER (WHERE t.certificate_until < now())
                 FROM fleet.terminals t WHERE t.state = 'in force';
END
$$;

-- As before (003), and nothing is renewed for it. `statement`: by which it was revoked.
CREATE FUNCTION fleet.terminal_revoke(terminal bytea, statement bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  UPDATE fleet.terminals t SET revoked_by = terminal_revoke.statement WHERE t.id = terminal_revoke.terminal;
  DELETE FROM fleet.renewals r WHERE r.terminal = terminal_revoke.terminal;
  PERFORM fleet.terminal_revoke(terminal_revoke.terminal);
END
$$;

-- The one thing that a revoked terminal may have: the statement that revoked it, so that it stops at its next contact
-- and not only when it is too old. (Its entry would say nothing to a chain that lacks those before it.)
CREATE FUNCTION fleet.revocation_of_mine() RETURNS TABLE (statement bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  subject text := fleet_ssl.ssl_client_dn();
BEGIN
  IF subject !~ '^/CN=terminal-[0-9a-f]{32}$' THEN
    RAISE EXCEPTION 'not a terminal' USING ERRCODE = 'SF001';
  END IF;
  RETURN QUERY SELECT coalesce((SELECT s.signed::bytea FROM fleet.statements s WHERE s.hash = t.revoked_by),
                               (SELECT i.signed::bytea FROM fleet.inbox i WHERE i.hash = t.revoked_by AND i.terminal = decode(repeat('00', 16), 'hex')))
                 FROM fleet.terminals t
                WHERE t.id = decode(substr(subject, 14), 'hex') AND t.state = 'revoked' AND t.revoked_by IS NOT NULL;
END
$$;

REVOKE ALL ON fleet.renewals FROM PUBLIC, sekimori_terminal, sekimori_authority, sekimori_join;
REVOKE EXECUTE ON FUNCTION fleet.terminal_revoke(bytea) FROM sekimori_authority;
GRANT EXECUTE ON FUNCTION fleet.renewal_place(bytea), fleet.renewal_of_mine(), fleet.renewal_done(), fleet.revocation_of_mine() TO sekimori_terminal;
GRANT EXECUTE ON FUNCTION fleet.renewals_waiting(integer), fleet.renewal_reply(bytea, bytea, bytea), fleet.certified(bytea, bigint), fleet.certificates(),
  fleet.terminal_revoke(bytea, bytea) TO sekimori_authority;
