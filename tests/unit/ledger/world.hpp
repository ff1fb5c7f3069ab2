// SPDX-License-Identifier: Apache-2.0
// A small fleet without server or disk: an authority, its sequencer, terminals, and the chain that they make.
#pragma once

#include <gtest/gtest.h>

#include "crypto/system.hpp"
#include "ledger/chain.hpp"
#include "ledger/delegation.hpp"

namespace sekimori::test {

inline crypto::SigningKey make_key() {
    crypto::SystemRng rng;
    auto made = crypto::SigningKey::generate(rng);
    EXPECT_TRUE(made);
    return std::move(*made);
}
inline Bytes raw(const crypto::SigningKey& key) { return {key.public_key().begin(), key.public_key().end()}; }
template <class IdType>
IdType id_of(std::uint8_t n) {
    IdType made;
    made.bytes.fill(n);
    return made;
}

struct Terminal {
    TerminalId id;
    GroupId group;
    crypto::SigningKey sign = make_key();
    crypto::BoxKey box = std::move(*[] {
        crypto::SystemRng rng;
        return crypto::BoxKey::generate(rng);
    }());
};

struct World {
    crypto::SystemRng rng;
    crypto::SigningKey authority = make_key(), sequencer = make_key();
    std::uint32_t epoch{1};
    LedgerId ledger{{1, 2, 3}};
    Millis now{1'000'000};
    Chain chain;
    std::vector<Link> links;

    World() {
        Root first = root();
        first.sequencer = sequencer.public_key();
        EXPECT_TRUE(place(authority_statement(first, signer_of(authority), now, rng).value()));
    }

    [[nodiscard]] Root root() const { return {ledger, raw(authority), std::nullopt}; }

    template <class Body>
    [[nodiscard]] Verified say(const crypto::SigningKey& author, StatementType type, ByteSpan subject, const Body& body,
                               Millis expires = Millis{0}) {
        Statement statement;
        statement.ledger = ledger;
        statement.id = rng.draw<StatementId>().value();
        statement.key = key_id(author.public_key());
        statement.type = type;
        std::ranges::copy(subject, statement.subject.begin());
        statement.issued_at = statement.effective_at = static_cast<std::uint64_t>(now.count());
        statement.expires_at = static_cast<std::uint64_t>(expires.count());
        statement.body = encode_tlv_plain(body).value();
        return {sign_statement(statement, author).value(), statement};
    }
    // The same, signed anew under an id of somebody's choice: the author's own, or one that another has used.
    [[nodiscard]] static Verified under(const StatementId& id, const crypto::SigningKey& author, Verified said) {
        said.statement.id = id;
        said.statement.key = key_id(author.public_key());
        return {sign_statement(said.statement, author).value(), said.statement};
    }
    [[nodiscard]] Link link(const SignedStatement& statement) {
        now += Millis{1000};
        return make_link(chain.head, {ledger, epoch, sequencer}, statement, now).value();
    }
    Status place(const SignedStatement& statement) {
        Link next = link(statement);
        auto extended = extend(chain, root(), next);
        if (extended) links.push_back(std::move(next));
        return extended;
    }
    Status place(const Verified& one) { return place(one.sealed); }

    [[nodiscard]] Terminal join(std::uint8_t n, std::uint8_t group) {
        Terminal terminal{id_of<TerminalId>(n), id_of<GroupId>(group)};
        EXPECT_TRUE(place(say(
            authority, StatementType::terminal, terminal.id.bytes,
            TerminalBody{
                "t" + std::to_string(n), terminal.group, terminal.sign.public_key(), terminal.box.public_key(), {}})));
        return terminal;
    }
    StatementId delegate(const crypto::SigningKey& key, AdminRole role, Millis expires = Millis{0}) {
        const Verified said =
            say(authority, StatementType::admin_key, {}, AdminKeyBody{raw(key), role, "desk", {}}, expires);
        EXPECT_TRUE(place(said));
        return said.statement.id;
    }
    [[nodiscard]] const View& view() const { return chain.ledger.view(); }
};

}  // namespace sekimori::test
