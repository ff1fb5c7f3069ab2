// SPDX-License-Identifier: Apache-2.0
// Statements for tests, without signatures: small numbers for ids.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "ledger/ledger.hpp"

namespace sekimori::daemon {

template <class IdType>
IdType id(std::uint8_t n) {
    IdType made;
    made.bytes.fill(n);
    return made;
}
inline CardKey key(std::uint8_t n) {
    CardKey made;
    made.bytes.fill(n);
    return made;
}

// What such a statement is known by.
inline Hash hash_of(const Statement& statement) {
    return crypto::sha256({encode_tlv_plain(statement).value_or(Bytes{})});
}
inline Status hear(Ledger& ledger, const Statement& statement) { return ledger.hear(statement, hash_of(statement)); }
inline Status enter(Ledger& ledger, const Statement& statement) { return ledger.enter(statement, hash_of(statement)); }

class Maker {
  public:
    Statement person(std::uint8_t n) { return with(StatementType::person, n, PersonBody{}); }
    Statement account(std::uint8_t person) { return with(StatementType::account, person, AccountBody{}); }
    Statement card(std::uint8_t n, std::uint8_t person, std::uint8_t card_key) {
        CardBody body;
        body.person = id<PersonId>(person);
        body.key = key(card_key);
        return with(StatementType::card, n, body);
    }
    Statement finger(std::uint8_t n, std::uint8_t person, const std::string& finger) {
        FingerBody body;
        body.person = id<PersonId>(person);
        body.finger = finger;
        return with(StatementType::finger, n, body);
    }
    Statement policy(const std::string& json, std::uint64_t from) {
        Statement made = with(StatementType::policy, 0, PolicyBody{json, {}});
        made.effective_at = from;
        return made;
    }
    Statement act(StatementType type, Target target, std::uint8_t n, DenyReason reason = DenyReason::none) {
        ActBody body;
        body.target = target;
        body.reason = reason;
        return with(type, n, body);
    }
    Statement secret(std::uint8_t person, SecretUse use) {
        Statement made = with(StatementType::secret, person, SecretBody{use, {}});
        made.expires_at = 1000;
        return made;
    }
    Statement exemption(std::uint8_t person) { return with(StatementType::exemption, person, ExemptionBody{}); }
    Statement role(std::uint8_t person, Roles roles) {
        return with(StatementType::role, person, RoleBody{roles.bits(), {}});
    }
    Statement break_glass(std::uint8_t person, std::uint8_t by, std::uint8_t second) {
        return with(StatementType::break_glass, person,
                    BreakGlassBody{{}, {id<PersonId>(by), "", id<PersonId>(second)}});
    }
    Statement withdraw(const Statement& what) {
        Statement made = with(StatementType::withdraw, 0, WithdrawBody{});
        made.subject = what.id.bytes;
        return made;
    }
    Statement revoke_key(std::uint8_t n, DenyReason reason) {
        ActBody body;
        body.target = Target::key;
        body.key = key(n);
        body.reason = reason;
        return with(StatementType::revoke, 0, body);
    }

  private:
    template <class Body>
    Statement with(StatementType type, std::uint8_t subject, const Body& body) {
        Statement made;
        made.type = type;
        made.subject.fill(subject);
        ++next_;
        for (std::size_t i = 0; i < 8; ++i) made.id.bytes[i] = static_cast<std::uint8_t>(next_ >> (8 * i));
        made.issued_at = next_;
        auto bytes = encode_tlv_plain(body);
        EXPECT_TRUE(bytes);
        made.body = bytes.value_or(Bytes{});
        return made;
    }
    std::uint64_t next_{0};
};

}  // namespace sekimori::daemon
