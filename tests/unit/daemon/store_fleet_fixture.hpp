// SPDX-License-Identifier: Apache-2.0
// A terminal's store and, without server or network, the fleet that it is a member of.
#pragma once

#include "daemon/store/fleet.hpp"
#include "ledger/blob.hpp"
#include "ledger/group_key.hpp"
#include "tests/unit/daemon/store_fixture.hpp"
#include "tests/unit/ledger/world.hpp"

namespace sekimori::daemon {

using test::id_of;
using test::World;

inline Bytes bytes_of(const auto& value) { return encode_tlv_plain(value).value_or(Bytes{}); }

class StoreFleet : public StoreTest {
  protected:
    StoreFleet() { world.now = clock.at.wall - Millis{1'000'000}; }

    // A member that knows nothing of its fleet's chain yet.
    void become_member() {
        open();
        const auto seed = mine.sign.seed();
        ASSERT_TRUE(store->join({world.ledger, test::raw(world.authority), mine.id, mine.group,
                                 crypto::SigningKey::from_seed(seed).value(),
                                 crypto::BoxKey::from_seed(mine.box.seed()).value()}));
    }
    // The authority takes this terminal in; its group's key comes with it.
    void admit() {
        ASSERT_TRUE(world.place(
            world.say(world.authority, StatementType::terminal, mine.id.bytes,
                      TerminalBody{"desk 1", mine.group, mine.sign.public_key(), mine.box.public_key(), {}})));
        ASSERT_TRUE(give_group_key(mine.id, 1));
    }
    Status give_group_key(const TerminalId& to, std::uint32_t generation) {
        const auto sealed = wrap_group_key(mine.box.public_key(), {world.ledger, to, mine.group, generation},
                                           Bytes(32, static_cast<std::uint8_t>(generation)), rng);
        const GroupKeyRecord record{.ledger = world.ledger,
                                    .terminal = to,
                                    .group = mine.group,
                                    .generation = generation,
                                    .sealed = sealed.value()};
        return fleet().take_group_key(bytes_of(sign_record(record, signer_of(world.authority)).value()));
    }
    FleetStore& fleet() { return *store->fleet(); }
    Result<FleetStore::Placed> take(const Link& link) {
        return fleet().take(bytes_of(link.entry), bytes_of(link.statement));
    }
    void catch_up() {
        for (std::uint64_t at = fleet().facts().head.seq; at < world.links.size(); ++at)
            ASSERT_TRUE(take(world.links[at]));
        ASSERT_TRUE(fleet().save());
    }
    Result<Heard> beat(std::uint64_t seq, Millis time) {
        const Hash hash = seq == 0 ? Hash{} : world.chain.hashes[seq - 1];
        const Heartbeat one{.ledger = world.ledger,
                            .epoch = 1,
                            .seq = seq,
                            .hash = hash,
                            .time = static_cast<std::uint64_t>(time.count())};
        return fleet().take_beat(bytes_of(sign_record(one, signer_of(world.sequencer)).value()));
    }
    void join_and_catch_up() {
        become_member();
        admit();
        catch_up();
        ASSERT_EQ(beat(world.links.size(), clock.at.wall).value(), Heard::taken);
    }
    // `offline`: the object of that name.
    void load_policy(const std::string& offline) {
        ASSERT_TRUE(world.place(
            world.say(world.authority, StatementType::policy, {},
                      PolicyBody{R"({"rules":[{"allow":["card+finger"]}],"offline":)" + offline + "}", {}})));
        catch_up();
    }
    Verified suspend(std::uint8_t card) {
        return world.say(world.authority, StatementType::suspend, Bytes(16, card),
                         ActBody{Target::card, std::nullopt, DenyReason::none, {}});
    }
    // What was queued here goes to the sequencer and comes back with its entry, blobs and keys ahead of it.
    void place_outbox() {
        for (const Hash& hash : fleet().unsent()) {
            const auto out = fleet().outgoing(hash);
            ASSERT_TRUE(out) << out.error();
            const auto sealed = decode_tlv<SignedStatement>(out->statement);
            ASSERT_TRUE(sealed);
            ASSERT_EQ(sealed->hash(), hash);
            ASSERT_TRUE(fleet().submitted(hash, FleetStore::Submitted::stored));
            ASSERT_TRUE(world.place(*sealed));
        }
        catch_up();
    }

    World world;
    test::Terminal mine{id_of<TerminalId>(7), id_of<GroupId>(3)};
};

}  // namespace sekimori::daemon
