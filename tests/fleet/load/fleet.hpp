// SPDX-License-Identifier: Apache-2.0
// A fleet of simulated terminals: made by the authority's own code, with keys, certificates and statements of their
// own.
#pragma once

#include "fleet/authority/office.hpp"

namespace sekimori::fleet::load {

struct SimTerminal {
    TerminalId id;
    crypto::SigningKey sign;
    std::string certificate, key;  // files
};

struct SimFleet {
    LedgerId ledger;
    Bytes author;
    sekimori::Sequencer sequencer;
    std::vector<SimTerminal> terminals;  // the first one may revoke
    std::int64_t founded{};              // the entry with which all of this is in the chain
};

// Enters `count` terminals into the fleet of `state`: statements through the inbox, certificates below `directory`.
[[nodiscard]] Result<SimFleet> make_fleet(const State& state, ByteSpan passphrase, const std::string& directory,
                                          std::size_t count, Clock& clock, Rng& rng);

template <class Body>
[[nodiscard]] Result<SignedStatement> sign_by(const crypto::SigningKey& key, const LedgerId& ledger, StatementType type,
                                              ByteSpan subject, const Body& body, const Hash& blob, Millis now,
                                              Rng& rng) {
    const auto id = rng.draw<StatementId>();
    auto bytes = encode_tlv_plain(body);
    if (!id) return tl::unexpected<Error>(id.error());
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    Statement statement;
    statement.ledger = ledger;
    statement.id = *id;
    statement.key = key_id(key.public_key());
    statement.type = type;
    std::copy(subject.begin(), subject.end(), statement.subject.begin());
    statement.issued_at = statement.effective_at = static_cast<std::uint64_t>(now.count());
    statement.blob = blob;
    statement.body = std::move(*bytes);
    return sign_statement(statement, key);
}

// aloud: as a denial, which everybody hears at once. quietly: they have it with its entry.
enum class Said : std::uint8_t { aloud, quietly };
// What goes with a statement: a blob (kind 1) or a person's key (2) for a group.
struct SimMaterial {
    std::int16_t kind{};
    Bytes name;
    GroupId group;
    std::int32_t generation{1};
    Bytes sealed;
};
[[nodiscard]] Status submit(Session& session, const SignedStatement& statement, Said said,
                            const std::vector<SimMaterial>& material = {});

// A revocation of a card that nobody has, by the first terminal.
[[nodiscard]] Result<SignedStatement> revocation(const SimFleet& fleet, Millis now, Rng& rng);
// Something that denies nothing: a policy, by the same.
[[nodiscard]] Result<SignedStatement> grant(const SimFleet& fleet, Millis now, Rng& rng);

}  // namespace sekimori::fleet::load
