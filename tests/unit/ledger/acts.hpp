// SPDX-License-Identifier: Apache-2.0
// Random acts of an authority and of those to whom it delegated something, until a chain of them is long enough.
// Delegations end meanwhile, terminals are revoked, and ids are used twice.
#pragma once

#include <random>

#include "tests/unit/ledger/world.hpp"

namespace sekimori::test {

class Acts {
  public:
    explicit Acts(unsigned seed) : random(seed) {
        for (std::uint8_t n = 1; n <= 4; ++n) {
            desks.push_back(world.join(n, 1));
            given.push_back(world.delegate(desks.back().sign, static_cast<AdminRole>(n)));
        }
    }
    std::uint8_t pick(unsigned n) { return static_cast<std::uint8_t>(1 + random() % n); }
    DenyReason reason() { return static_cast<DenyReason>(1 + random() % 4); }
    const crypto::SigningKey& author() { return random() % 2 == 0 ? world.authority : desks[random() % 4].sign; }
    Verified act(const crypto::SigningKey& by, StatementType type, Target target, std::uint8_t n) {
        ActBody body{target, std::nullopt, reason(), {}};
        if (target == Target::key) body.key = CardKey{{n}};
        return world.say(by, type, Bytes(16, target == Target::key ? std::uint8_t{0} : n), body);
    }
    // Some statement, perhaps under the id of an earlier one. Grants come when their time has come.
    Verified some() {
        const crypto::SigningKey& by = author();
        Verified said = something(by);
        if (random() % 6 == 0) said = World::under(ids[random() % ids.size()], by, said);
        ids.push_back(said.statement.id);
        return said;
    }
    // The chain as the sequencer has it: what does not apply, or is not its author's to say, is not placed.
    void grow(std::size_t entries) {
        for (std::uint8_t n = 1; n <= 3; ++n) {
            const Verified person = world.say(world.authority, StatementType::person, Bytes(16, n), PersonBody{});
            ids.push_back(person.statement.id);
            (void)world.place(person);
        }
        while (world.links.size() < entries) (void)world.place(some());
    }
    World world;
    std::mt19937 random;
    std::vector<Terminal> desks;
    std::vector<StatementId> given, ids;

  private:
    Verified something(const crypto::SigningKey& by) {
        switch (random() % 15) {
            case 0:
            case 1:
                return act(by, StatementType::revoke, Target::card, pick(6));
            case 2:
            case 3:
                return act(by, StatementType::suspend, Target::card, pick(6));
            case 4:
                return act(by, StatementType::revoke, Target::key, pick(4));
            case 5:
                return act(by, StatementType::suspend, Target::person, pick(3));
            case 6:
                return act(by, StatementType::offboard, Target::person, pick(3));
            case 7:
                return act(by, StatementType::reinstate, Target::card, pick(6));
            case 8:
                return act(by, StatementType::reinstate, Target::person, pick(3));
            case 9:
                return world.say(by, StatementType::revoke_terminal, Bytes(16, pick(9)),
                                 RevokeTerminalBody{reason(), {}});
            case 10:
                return act(by, StatementType::returned, Target::card, pick(6));
            case 11:
                return world.say(by, StatementType::withdraw, given[random() % given.size()].bytes, WithdrawBody{});
            case 12: {
                const Verified again =
                    world.say(world.authority, StatementType::admin_key, {},
                              AdminKeyBody{raw(desks[random() % 4].sign), static_cast<AdminRole>(pick(4)), "", {}});
                given.push_back(again.statement.id);
                return again;
            }
            case 13:
                return world.say(by, StatementType::confirm, ids[random() % ids.size()].bytes, ConfirmBody{});
            default:
                return grant(by);
        }
    }
    Verified grant(const crypto::SigningKey& by) {
        const std::uint8_t n = pick(6);
        const PersonId owner = id_of<PersonId>(pick(3));
        switch (random() % 4) {
            case 0:
                return world.say(by, StatementType::person, owner.bytes, PersonBody{});
            case 1:
                return world.say(by, StatementType::account, owner.bytes, AccountBody{});
            case 2: {
                FingerBody body;
                body.person = owner;
                body.finger = std::to_string(n);
                return world.say(by, StatementType::finger, Bytes(16, n), body);
            }
            default: {
                CardBody body;
                body.person = owner;
                body.key = CardKey{{pick(4)}};
                return world.say(by, StatementType::card, Bytes(16, n), body);
            }
        }
    }
};

}  // namespace sekimori::test
