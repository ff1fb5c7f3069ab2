-- SPDX-License-Identifier: Apache-2.0
-- What the server keeps. It believes nothing of it and opens nothing of it: signed, sealed or public bytes.
CREATE DOMAIN fleet.id AS bytea CHECK (octet_length(VALUE) = 16);
CREATE DOMAIN fleet.hash AS bytea CHECK (octet_length(VALUE) = 32);
-- One private message holds it (protocol/wire.hpp: 60 KiB).
CREATE DOMAIN fleet.message AS bytea CHECK (octet_length(VALUE) BETWEEN 1 AND 61440);

-- One row. Bounds on what a terminal may do to the server; docs/FLEET.md.
CREATE TABLE fleet.limits (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  waiting_statements integer NOT NULL DEFAULT 4096,   -- of one terminal in the inbox
  waiting_bytes bigint NOT NULL DEFAULT 33554432,
  burst real NOT NULL DEFAULT 2000,                   -- calls of one terminal: so many at once,
  rate real NOT NULL DEFAULT 50,                      -- and so many a second in the long run
  connections integer NOT NULL DEFAULT 3,             -- of one terminal
  busy_seconds integer NOT NULL DEFAULT 30            -- for one query or transaction of a terminal
);
INSERT INTO fleet.limits DEFAULT VALUES;

-- One row. `seq` is given by the sequencer, never by a sequence: those commit out of order.
CREATE TABLE fleet.head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  ledger fleet.id,
  seq bigint NOT NULL DEFAULT 0,
  change bigint NOT NULL DEFAULT 0,                   -- of blobs and keys
  heartbeat fleet.message,
  beaten_at timestamptz,
  holder_instance fleet.id,                           -- the only connection that may place entries
  holder_pid integer,
  holder_start timestamptz
);
INSERT INTO fleet.head DEFAULT VALUES;

CREATE TABLE fleet.terminals (
  id fleet.id PRIMARY KEY,
  name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 128),
  state text NOT NULL DEFAULT 'in force' CHECK (state IN ('in force', 'revoked')),
  every_group boolean NOT NULL DEFAULT false,         -- an administrators' machine
  build text NOT NULL DEFAULT '' CHECK (octet_length(build) <= 64),
  seen_at timestamptz,
  tokens real NOT NULL DEFAULT 0,
  tokens_at timestamptz NOT NULL DEFAULT 'epoch'
) WITH (fillfactor = 50);
CREATE TABLE fleet.memberships (
  terminal fleet.id REFERENCES fleet.terminals ON DELETE CASCADE,
  group_id fleet.id,
  PRIMARY KEY (terminal, group_id)
);

CREATE TABLE fleet.statements (hash fleet.hash PRIMARY KEY, signed fleet.message NOT NULL);
CREATE TABLE fleet.entries (
  seq bigint PRIMARY KEY CHECK (seq > 0),
  statement fleet.hash NOT NULL UNIQUE REFERENCES fleet.statements,
  signed fleet.message NOT NULL
);

-- Under (hash, terminal): nobody takes the place of another's statement.
CREATE TABLE fleet.inbox (
  no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hash fleet.hash NOT NULL,
  terminal fleet.id NOT NULL,
  denial boolean NOT NULL,
  signed fleet.message NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (hash, terminal)
);
CREATE INDEX inbox_terminal ON fleet.inbox (terminal);
CREATE INDEX inbox_denials ON fleet.inbox (hash, terminal) WHERE denial;
-- kind 1: a sealed blob under its hash; 2: a person's data key under the person's id.
CREATE TABLE fleet.inbox_material (
  inbox bigint NOT NULL REFERENCES fleet.inbox ON DELETE CASCADE,
  position integer NOT NULL,
  kind smallint NOT NULL CHECK (kind IN (1, 2)),
  name bytea NOT NULL CHECK (octet_length(name) = CASE kind WHEN 1 THEN 32 ELSE 16 END),
  group_id fleet.id NOT NULL,
  generation integer NOT NULL,                        -- of the group's key, for kind 2
  sealed fleet.message NOT NULL,
  PRIMARY KEY (inbox, position)
);

CREATE TABLE fleet.blobs (hash fleet.hash PRIMARY KEY, sealed fleet.message NOT NULL);
-- What of it a group has, in the order in which it came. `seq`: of the entry that it came with; what came by itself
-- belongs with the next one. So a terminal that has every entry up to some seq needs what has a greater one.
CREATE TABLE fleet.material (
  change bigint PRIMARY KEY,
  seq bigint NOT NULL,
  kind smallint NOT NULL CHECK (kind IN (1, 2)),
  name bytea NOT NULL,
  group_id fleet.id NOT NULL,
  generation integer NOT NULL,
  sealed fleet.message,                               -- of kind 2
  UNIQUE (kind, name, group_id)
);
CREATE INDEX material_group ON fleet.material (group_id, change);
CREATE INDEX material_seq ON fleet.material (seq, change);

CREATE TABLE fleet.group_keys (
  terminal fleet.id REFERENCES fleet.terminals ON DELETE CASCADE,
  group_id fleet.id,
  epoch integer NOT NULL,
  wrapped fleet.message NOT NULL,
  PRIMARY KEY (terminal, group_id, epoch)
);

CREATE TABLE fleet.acks (
  no bigint GENERATED ALWAYS AS IDENTITY,
  statement fleet.hash NOT NULL,
  terminal fleet.id NOT NULL,
  signed bytea NOT NULL CHECK (octet_length(signed) BETWEEN 1 AND 1024),
  PRIMARY KEY (statement, terminal)
);
CREATE INDEX acks_no ON fleet.acks (statement, no);

-- What the sequencer will not place, for its sender to fetch.
CREATE TABLE fleet.refusals (terminal fleet.id, hash fleet.hash, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (terminal, hash));

-- `head`: the newest head that the terminal signed, for `head_seq`; it can be ahead of the rows that have come.
CREATE TABLE fleet.trails (
  terminal fleet.id PRIMARY KEY,
  seq bigint NOT NULL DEFAULT 0,
  head_seq bigint NOT NULL DEFAULT 0,
  head bytea CHECK (octet_length(head) <= 1280),
  at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
CREATE TABLE fleet.trail_rows (
  terminal fleet.id NOT NULL,
  seq bigint NOT NULL CHECK (seq > 0),
  record bytea NOT NULL CHECK (octet_length(record) BETWEEN 1 AND 8192),
  signature bytea NOT NULL CHECK (octet_length(signature) = 64),
  PRIMARY KEY (terminal, seq)
);

CREATE TABLE fleet.joins (
  id fleet.id PRIMARY KEY,
  expires_at timestamptz NOT NULL,
  request bytea CHECK (octet_length(request) BETWEEN 1 AND 40960),
  answer fleet.message,
  placed_at timestamptz
);
