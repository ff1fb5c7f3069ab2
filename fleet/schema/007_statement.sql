-- SPDX-License-Identifier: Apache-2.0
-- What no broker could be told is not kept (protocol/schema_fleet.hpp: kMaxStatement, kMaxSealedBlob, kMaxSealedKey): once
-- placed, it would stop every terminal at its entry.
CREATE DOMAIN fleet.statement AS bytea CHECK (octet_length(VALUE) BETWEEN 1 AND 57344);

DELETE FROM fleet.inbox i WHERE octet_length(i.signed) > 57344
    OR EXISTS (SELECT FROM fleet.inbox_material m WHERE m.inbox = i.no AND octet_length(m.sealed) > CASE m.kind WHEN 1 THEN 53248 ELSE 128 END);
ALTER TABLE fleet.inbox ALTER signed TYPE fleet.statement;
ALTER TABLE fleet.inbox_material ADD CONSTRAINT sealed_size CHECK (octet_length(sealed) <= CASE kind WHEN 1 THEN 53248 ELSE 128 END);
-- Rows that are there are signed and placed; nothing can be done about their length.
ALTER TABLE fleet.statements ADD CONSTRAINT signed_size CHECK (octet_length(signed) <= 57344) NOT VALID;
