// SPDX-License-Identifier: Apache-2.0
#include "tests/fleet/load/fleet.hpp"

#include "crypto/x25519.hpp"
#include "fleet/io/files.hpp"

namespace sekimori::fleet::load {
namespace {

struct Author {
    LedgerId ledger;
    const crypto::SigningKey& key;
    Millis now;
    Rng& rng;
};

template <class Body>
Result<SignedStatement> say(const Author& author, StatementType type, ByteSpan subject, const Body& body) {
    const auto id = author.rng.draw<StatementId>();
    auto bytes = encode_tlv_plain(body);
    if (!id) return tl::unexpected<Error>(id.error());
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    Statement statement;
    statement.ledger = author.ledger;
    statement.id = *id;
    statement.key = key_id(author.key.public_key());
    statement.type = type;
    std::copy(subject.begin(), subject.end(), statement.subject.begin());
    statement.issued_at = statement.effective_at = static_cast<std::uint64_t>(author.now.count());
    statement.body = std::move(*bytes);
    return sign_statement(statement, author.key);
}

Status write_pair(const SimTerminal& terminal, const KeyPair& pair) {
    const auto certificate = pem_of_certificate(pair.certificate);
    const auto key = pem_of_key(pair.key.span());
    if (!certificate) return tl::unexpected<Error>(certificate.error());
    if (!key) return tl::unexpected<Error>(key.error());
    if (auto done = write_file(terminal.certificate, crypto::bytes_of(*certificate)); !done) return done;
    return write_file(terminal.key, key->span());
}

}  // namespace

Result<SimFleet> make_fleet(const State& state, ByteSpan passphrase, const std::string& directory, std::size_t count,
                            Clock& clock, Rng& rng) {
    const auto identity = state.identity();
    const auto vault = state.vault(passphrase);
    const auto target = state.target();
    if (!identity) return tl::unexpected<Error>(identity.error());
    if (!vault) return tl::unexpected<Error>(vault.error());
    if (!target) return tl::unexpected<Error>(target.error());
    auto key = crypto::SigningKey::from_seed(vault->author.span());
    auto server = Server::open(*target);
    if (!key) return tl::unexpected<Error>(key.error());
    if (!server) return tl::unexpected<Error>(server.error());
    const Millis now = clock.now().wall;
    const Author author{identity->ledger, *key, now, rng};
    const GroupId group = vault->groups.front().id;
    SimFleet fleet{identity->ledger, identity->author, {}};
    for (std::size_t i = 0; i < count; ++i) {
        const auto id = rng.draw<TerminalId>();
        auto sign = crypto::SigningKey::generate(rng);
        const auto box = crypto::BoxKey::generate(rng);
        if (!id) return tl::unexpected<Error>(id.error());
        if (!sign) return tl::unexpected<Error>(sign.error());
        if (!box) return tl::unexpected<Error>(box.error());
        const std::string base = directory + "/" + std::to_string(i);
        SimTerminal terminal{*id, std::move(*sign), base + ".pem", base + ".key"};
        const auto pair = issue_pair(
            vault->ca(),
            {"terminal-" + id->hex(), Purpose::client, {}, now - std::chrono::hours{1}, now + std::chrono::hours{24}},
            rng);
        if (!pair) return tl::unexpected<Error>(pair.error());
        if (auto done = write_pair(terminal, *pair); !done) return tl::unexpected<Error>(done.error());
        TerminalBody body{"simulated " + std::to_string(i), group, terminal.sign.public_key(), box->public_key(), {}};
        const auto statement = say(author, StatementType::terminal, id->bytes, body);
        if (!statement) return tl::unexpected<Error>(statement.error());
        if (auto sent = server->author(*statement); !sent) return tl::unexpected<Error>(sent.error());
        if (auto put = server->put_terminal(*id, body.name, {group}, Reach::own_groups); !put)
            return tl::unexpected<Error>(put.error());
        if (i == 0) {
            AdminKeyBody admin;
            admin.key.assign(terminal.sign.public_key().begin(), terminal.sign.public_key().end());
            admin.role = AdminRole::admin;
            admin.name = "simulated administrator";
            const auto delegation = say(author, StatementType::admin_key, {}, admin);
            if (!delegation) return tl::unexpected<Error>(delegation.error());
            if (auto sent = server->author(*delegation); !sent) return tl::unexpected<Error>(sent.error());
        }
        fleet.terminals.push_back(std::move(terminal));
    }
    return fleet;
}

Result<SignedStatement> revocation(const SimFleet& fleet, Millis now, Rng& rng) {
    const auto card = rng.draw<CardId>();
    if (!card) return tl::unexpected<Error>(card.error());
    ActBody body;
    body.target = sekimori::Target::card;
    body.reason = DenyReason::lost;
    body.by.where = "load";
    return say(Author{fleet.ledger, fleet.terminals.front().sign, now, rng}, StatementType::revoke, card->bytes, body);
}

}  // namespace sekimori::fleet::load
