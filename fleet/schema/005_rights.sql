-- SPDX-License-Identifier: Apache-2.0
-- Who may call what: one list. No role but the owner has a right to a table.
REVOKE ALL ON ALL TABLES IN SCHEMA fleet FROM PUBLIC, sekimori_terminal, sekimori_authority, sekimori_join;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA fleet FROM PUBLIC, sekimori_terminal, sekimori_authority, sekimori_join;
ALTER DEFAULT PRIVILEGES FOR ROLE sekimori_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
GRANT USAGE ON SCHEMA fleet TO sekimori_terminal, sekimori_authority, sekimori_join;

GRANT EXECUTE ON FUNCTION fleet.hello(text), fleet.entries_after(bigint, integer), fleet.material_after(bigint, integer),
  fleet.material_start(bigint), fleet.group_keys_of_mine(), fleet.refusals_of_mine(), fleet.denials_waiting(bytea, bytea, integer),
  fleet.submit(bytea, bytea, boolean, smallint[], bytea[], bytea[], integer[], bytea[]), fleet.acknowledge(bytea[], bytea[]),
  fleet.acks_of(bytea, bigint, integer), fleet.trail_append(bigint, bytea[], bytea[]),
  fleet.trail_witness(bigint, bytea) TO sekimori_terminal;

GRANT EXECUTE ON FUNCTION fleet.claim(bytea, bytea), fleet.inbox_batch(integer),
  fleet.place(bigint, bytea[], bytea[], bytea[], bigint[]), fleet.supplement(bigint[]), fleet.refuse(bigint[]), fleet.author(bytea, bytea, boolean),
  fleet.chain_after(bigint, integer), fleet.beat(bytea), fleet.terminal_put(bytea, text, bytea[], boolean),
  fleet.terminal_revoke(bytea), fleet.group_key_put(bytea[], bytea[], integer[], bytea[]),
  fleet.keys_of_group(bytea, bytea, integer), fleet.keys_put(bytea, integer, bytea[], bytea[]), fleet.destroy(bytea[], bytea[]),
  fleet.terminals_list(), fleet.trail_of(bytea, bigint, integer), fleet.state(), fleet.tidy(),
  fleet.join_open(bytea, integer), fleet.join_close(bytea), fleet.joins_waiting(), fleet.join_reply(bytea, bytea) TO sekimori_authority;

GRANT EXECUTE ON FUNCTION fleet.join_place(bytea, bytea), fleet.join_answer(bytea) TO sekimori_join;
