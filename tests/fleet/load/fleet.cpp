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
    return sign_by(author.key, author.ledger, type, subject, body, Hash{}, author.now, author.rng);
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
    const auto keys = state.sequencer_keys();
    if (!keys) return tl::unexpected<Error>(keys.error());
    const auto signing = signing_keys(*keys);
    if (!signing) return tl::unexpected<Error>(signing.error());
    // The authority's own, the terminals, a delegation.
    SimFleet fleet{identity->ledger,
                   identity->author,
                   {1, signing->front().public_key()},
                   {},
                   static_cast<std::int64_t>(count) + 2};
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

Status submit(Session& session, const SignedStatement& statement, Said said, const std::vector<SimMaterial>& material) {
    const auto bytes = encode_tlv_plain(statement);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    std::vector<std::int16_t> kinds;
    std::vector<Bytes> names, groups, sealed;
    std::vector<std::int32_t> generations;
    for (const SimMaterial& one : material) {
        kinds.push_back(one.kind);
        names.push_back(one.name);
        groups.emplace_back(one.group.bytes.begin(), one.group.bytes.end());
        generations.push_back(one.generation);
        sealed.push_back(one.sealed);
    }
    const auto sent = session.call("SELECT fleet.submit($1, $2, $3, $4, $5, $6, $7, $8)",
                                   Arguments()
                                       .bytes(statement.hash())
                                       .bytes(*bytes)
                                       .flag(said == Said::aloud ? Flag::yes : Flag::no)
                                       .list(kinds)
                                       .list(names)
                                       .list(groups)
                                       .list(generations)
                                       .list(sealed));
    if (!sent) return tl::unexpected<Error>(sent.error());
    return {};
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

Result<SignedStatement> grant(const SimFleet& fleet, Millis now, Rng& rng) {
    PolicyBody body;
    body.json = "{}";
    body.by.where = "load";
    return say(Author{fleet.ledger, fleet.terminals.front().sign, now, rng}, StatementType::policy, {}, body);
}

}  // namespace sekimori::fleet::load
