-- SPDX-License-Identifier: Apache-2.0
-- Joining: a terminal without a certificate. Whoever knows the id of a token (random, and in the token only) may place
-- one request and fetch its answer; both are authenticated end to end with the token's secret.

CREATE FUNCTION fleet.joining(token bytea) RETURNS bytea LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found bytea;
BEGIN
  SELECT j.id INTO found FROM fleet.joins j WHERE j.id = token AND j.expires_at > now();
  IF found IS NULL THEN
    RAISE EXCEPTION 'no such token' USING ERRCODE = 'SF001';
  END IF;
  RETURN found;
END
$$;

-- The first request holds; the same one again is taken, another one is refused.
CREATE FUNCTION fleet.join_place(token bytea, request bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  self bytea := fleet.joining(token);
BEGIN
  UPDATE fleet.joins j SET request = join_place.request, placed_at = coalesce(j.placed_at, now())
   WHERE j.id = self AND (j.request IS NULL OR j.request = join_place.request);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the token was used by another terminal' USING ERRCODE = 'SF004';
  END IF;
  PERFORM pg_notify('sekimori_inbox', 'join');
END
$$;
CREATE FUNCTION fleet.join_answer(token bytea) RETURNS bytea LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT j.answer::bytea FROM fleet.joins j WHERE j.id = fleet.joining(token));
END
$$;

CREATE FUNCTION fleet.join_open(id bytea, seconds integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  INSERT INTO fleet.joins (id, expires_at) VALUES (join_open.id, now() + make_interval(secs => seconds));
END
$$;
CREATE FUNCTION fleet.join_close(id bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  DELETE FROM fleet.joins j WHERE j.id = join_close.id;
END
$$;
CREATE FUNCTION fleet.joins_waiting() RETURNS TABLE (id bytea, request bytea) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM fleet.authority();
  RETURN QUERY SELECT j.id::bytea, j.request FROM fleet.joins j WHERE j.request IS NOT NULL AND j.answer IS NULL AND j.expires_at > now() ORDER BY j.placed_at LIMIT 100;
END
$$;
CREATE FUNCTION fleet.join_reply(id bytea, answer bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM fleet.authority();
  -- Time enough to fetch it, whatever was left of the token.
  UPDATE fleet.joins j SET answer = join_reply.answer, expires_at = greatest(j.expires_at, now() + interval '1 hour') WHERE j.id = join_reply.id;
END
$$;
