// SPDX-License-Identifier: Apache-2.0
// Random acts of an authority, until a chain of them is long enough.
#pragma once

#include <random>

#include "tests/unit/ledger/world.hpp"

namespace sekimori::test {

class Acts {
  public:
    explicit Acts(unsigned seed) : random(seed) {
        (void)world.join(1, 1);
        (void)world.join(2, 1);
    }
    std::uint8_t pick(unsigned n) { return static_cast<std::uint8_t>(1 + random() % n); }
    DenyReason reason() { return static_cast<DenyReason>(1 + random() % 4); }
    Verified act(StatementType type, Target target, std::uint8_t n) {
        ActBody body{target, std::nullopt, reason(), {}};
        if (target == Target::key) body.key = CardKey{{n}};
        return world.say(world.authority, type, Bytes(16, target == Target::key ? std::uint8_t{0} : n), body);
    }
    // Some statement that applies now; grants come when their time has come.
    Verified some() {
        switch (random() % 12) {
            case 0:
            case 1:
                return act(StatementType::revoke, Target::card, pick(6));
            case 2:
            case 3:
                return act(StatementType::suspend, Target::card, pick(6));
            case 4:
                return act(StatementType::revoke, Target::key, pick(4));
            case 5:
                return act(StatementType::suspend, Target::person, pick(3));
            case 6:
                return act(StatementType::offboard, Target::person, pick(3));
            case 7:
                return act(StatementType::reinstate, Target::card, pick(6));
            case 8:
                return act(StatementType::reinstate, Target::person, pick(3));
            case 9:
                return world.say(world.authority, StatementType::revoke_terminal, Bytes(16, pick(3)),
                                 RevokeTerminalBody{reason(), {}});
            case 10:
                return act(StatementType::returned, Target::card, pick(6));
            default:
                return grant();
        }
    }
    Verified grant() {
        const std::uint8_t n = pick(6);
        const PersonId owner = id_of<PersonId>(pick(3));
        switch (random() % 4) {
            case 0:
                return world.say(world.authority, StatementType::person, owner.bytes, PersonBody{});
            case 1:
                return world.say(world.authority, StatementType::account, owner.bytes, AccountBody{});
            case 2: {
                FingerBody body;
                body.person = owner;
                body.finger = std::to_string(n);
                return world.say(world.authority, StatementType::finger, Bytes(16, n), body);
            }
            default: {
                CardBody body;
                body.person = owner;
                body.key = CardKey{{pick(4)}};
                return world.say(world.authority, StatementType::card, Bytes(16, n), body);
            }
        }
    }
    // The chain as the sequencer has it: what does not apply is not placed.
    void grow(std::size_t entries) {
        for (std::uint8_t n = 1; n <= 3; ++n)
            (void)world.place(world.say(world.authority, StatementType::person, Bytes(16, n), PersonBody{}));
        while (world.links.size() < entries) (void)world.place(some());
    }
    World world;
    std::mt19937 random;
};

}  // namespace sekimori::test
