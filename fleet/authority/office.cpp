// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/office.hpp"

#include <algorithm>

#include "fleet/authority/server_chain.hpp"
#include "fleet/io/files.hpp"
#include "ledger/group_key.hpp"

namespace sekimori::fleet {
namespace {

constexpr std::int32_t kPage = 1000;
const std::string kWhere = "authority";

}  // namespace

Result<Office> Office::open(const State& state, SecureBytes passphrase, const OnCard& on_card, Clock& clock, Rng& rng) {
    auto identity = state.identity();
    if (!identity) return tl::unexpected<Error>(identity.error());
    auto lock = state.lock();
    if (!lock) return tl::unexpected<Error>(lock.error());
    auto vault = state.vault(passphrase.span());
    if (!vault) return tl::unexpected<Error>(vault.error());
    auto author = author_of(identity->author, vault->author.span(), on_card);
    if (!author) return tl::unexpected<Error>(author.error());
    const auto target = state.target();
    if (!target) return tl::unexpected<Error>(target.error());
    auto server = Server::open(*target);
    if (!server) return tl::unexpected<Error>(server.error());
    Chain chain;
    if (auto read = catch_up(chain, *identity, *server); !read) return tl::unexpected<Error>(read.error());
    if (chain.head.seq == 0)
        return fail(ErrorCode::unavailable, "the server has no chain yet: start sekimori-authority run first");
    return Office(std::move(*lock), state, std::move(passphrase), std::move(*identity), std::move(*vault),
                  std::move(chain), std::move(*server), std::move(*author), clock, rng);
}

template <class Body>
Result<SignedStatement> Office::sealed(StatementType type, ByteSpan subject, const Body& body, Millis expires) {
    auto id = rng_.draw<StatementId>();
    if (!id) return tl::unexpected<Error>(id.error());
    auto bytes = encode_tlv_plain(body);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    Statement statement;
    statement.ledger = identity_.ledger;
    statement.id = *id;
    statement.key = key_id(author_->key());
    statement.type = type;
    std::copy(subject.begin(), subject.end(), statement.subject.begin());
    statement.issued_at = statement.effective_at = static_cast<std::uint64_t>(clock_.now().wall.count());
    statement.expires_at = static_cast<std::uint64_t>(expires.count());
    statement.body = std::move(*bytes);
    return sign_statement(statement, author_->signer());
}

template <class Body>
Result<SignedStatement> Office::say(StatementType type, ByteSpan subject, const Body& body, Millis expires) {
    auto statement = sealed(type, subject, body, expires);
    if (!statement) return statement;
    if (auto sent = server_.author(*statement); !sent) return tl::unexpected<Error>(sent.error());
    return statement;
}

// withdraw.cpp
template Result<SignedStatement> Office::say(StatementType, ByteSpan, const WithdrawBody&, Millis);

Status Office::keep_vault() { return state_.keep(vault_, passphrase_.span(), crypto::ScryptCost{}, rng_); }

// Whose vault is older than the file must not write it: a token or a group's key would be lost.
Status Office::take_vault_again() {
    auto lock = state_.lock();
    if (!lock) return tl::unexpected<Error>(lock.error());
    auto vault = state_.vault(passphrase_.span());
    if (!vault) return tl::unexpected<Error>(vault.error());
    if (auto read = catch_up(chain_, identity_, server_); !read) return read;
    vault_ = std::move(*vault);
    lock_ = std::move(*lock);
    return {};
}

Status Office::wrap(const TerminalId& terminal, const crypto::BoxPublicKey& box, const Group& group, Handed& handed) {
    const GroupKey& newest = group.keys.back();
    GroupKeyRecord record;
    record.ledger = identity_.ledger;
    record.terminal = terminal;
    record.group = group.id;
    record.generation = newest.generation;
    auto sealed =
        wrap_group_key(box, {identity_.ledger, terminal, group.id, newest.generation}, newest.key.span(), rng_);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    record.sealed = std::move(*sealed);
    const auto signed_record = sign_record(record, author_->signer());
    if (!signed_record) return tl::unexpected<Error>(signed_record.error());
    auto bytes = encode_tlv_plain(*signed_record);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    handed.records.push_back(std::move(record));
    handed.bytes.push_back(std::move(*bytes));
    return {};
}

Result<Office::Handed> Office::wrap_for_all(const Group& group) {
    Handed handed;
    for (const auto& [terminal, entry] : view().fleet.terminals)
        if (reaches(entry, group.id))
            if (auto wrapped = wrap(terminal, entry.box, group, handed); !wrapped)
                return tl::unexpected<Error>(wrapped.error());
    return handed;
}

Result<SecureBytes> Office::token(const std::string& group, const std::string& name, std::chrono::seconds life) {
    const Group* found = vault_.group(group);
    if (found == nullptr) return fail(ErrorCode::not_found, "no group is called \"" + group + "\"");
    auto id = rng_.draw<TokenId>();
    SecureBytes secret(kTokenSecret);
    if (!id) return tl::unexpected<Error>(id.error());
    if (secret.size() != kTokenSecret) return fail(ErrorCode::internal, "out of memory");
    if (auto drawn = rng_.fill(secret.span()); !drawn) return tl::unexpected<Error>(drawn.error());
    const Millis now = clock_.now().wall;
    std::erase_if(vault_.tokens, [&](const OpenToken& token) {
        return token.expires_at + 3'600'000 < static_cast<std::uint64_t>(now.count());
    });
    vault_.tokens.push_back({*id, secret.clone(), found->id, name, static_cast<std::uint64_t>((now + life).count())});
    if (auto kept = keep_vault(); !kept) return tl::unexpected<Error>(kept.error());
    if (auto opened = server_.open_join(*id, life); !opened) return tl::unexpected<Error>(opened.error());
    JoinToken token;
    token.ledger = identity_.ledger;
    token.author = identity_.author;
    token.server = identity_.server;
    token.ca = vault_.ca_certificate;
    token.id = *id;
    token.secret = std::move(secret);
    return print_token(token);
}

// Every step can be done again: the terminal's statement has a new id each time, and the last answer is the one that
// the terminal fetches. The token is forgotten last.
Result<std::string> Office::answer(const JoinWaiting& waiting) {
    const auto at = std::ranges::find(vault_.tokens, waiting.token, &OpenToken::id);
    const Millis now = clock_.now().wall;
    if (at == vault_.tokens.end() || at->expires_at < static_cast<std::uint64_t>(now.count()))
        return fail(ErrorCode::refused, "a request for a token that is not open");
    JoinToken token;
    token.ledger = identity_.ledger;
    token.id = at->id;
    token.secret = at->secret.clone();
    const auto maced = decode_tlv<MacedRecord>(waiting.request);
    if (!maced) return tl::unexpected<Error>(maced.error());
    const auto ask = open_maced<JoinAsk>(*maced, token);
    if (!ask) return tl::unexpected<Error>(ask.error());
    const Group* group = vault_.group(at->group);
    if (group == nullptr) return fail(ErrorCode::not_found, "the token's group is gone");
    if (!ask->terminal.valid() || view().fleet.denied_terminals.contains(ask->terminal))
        return fail(ErrorCode::refused, "a terminal that was revoked asks again");
    // One that is known comes back, with the keys that it had, as what it was: only its certificate is new.
    const auto known = view().fleet.terminals.find(ask->terminal);
    const TerminalEntry* back = known == view().fleet.terminals.end() ? nullptr : &known->second;
    if (back != nullptr && (back->sign != ask->sign || back->box != ask->box))
        return fail(ErrorCode::refused, "a terminal's id with other keys");
    const std::string called = back == nullptr ? at->name : back->name;
    if (back != nullptr) group = vault_.group(back->group);
    if (group == nullptr) return fail(ErrorCode::not_found, "the terminal's group is gone");
    const bool every = back != nullptr && reaches(*back, GroupId{});  // by a delegation

    JoinReply reply;
    reply.ledger = identity_.ledger;
    reply.token = at->id;
    reply.terminal = ask->terminal;
    // Its public keys are no secret: that it is the one says a signature.
    const auto csr = asked_by(ask->terminal, ask->sign, ask->csr);
    if (!csr) return tl::unexpected<Error>(csr.error());
    auto certificate = certify(ask->terminal, *csr);
    if (!certificate) return tl::unexpected<Error>(certificate.error());
    reply.certificate = std::move(*certificate);
    Handed key;
    if (auto wrapped = wrap(ask->terminal, ask->box, *group, key); !wrapped)
        return tl::unexpected<Error>(wrapped.error());
    auto parsed = decode_tlv<SignedRecord>(key.bytes.front());
    if (!parsed) return tl::unexpected<Error>(parsed.error());
    reply.keys.push_back(std::move(*parsed));
    if (auto put =
            server_.put_terminal(ask->terminal, called, {group->id}, every ? Reach::every_group : Reach::own_groups);
        !put)
        return tl::unexpected<Error>(put.error());
    if (auto put = server_.put_group_keys(key.records, key.bytes); !put) return tl::unexpected<Error>(put.error());
    if (auto facts = facts_of(reply.certificate); facts)
        if (auto noted = server_.certified(ask->terminal, facts->until); !noted)
            return tl::unexpected<Error>(noted.error());
    TerminalBody body;
    body.name = called;
    body.group = group->id;
    body.sign = ask->sign;
    body.box = ask->box;
    body.by.where = kWhere;
    auto statement = say(StatementType::terminal, ask->terminal.bytes, body);
    if (!statement) return tl::unexpected<Error>(statement.error());
    reply.statement = std::move(*statement);
    const auto sealed = mac_record(reply, token.secret.span());
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    const auto bytes = encode_tlv_plain(*sealed);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    if (auto sent = server_.reply_join(at->id, *bytes); !sent) return tl::unexpected<Error>(sent.error());
    vault_.tokens.erase(at);
    if (auto kept = keep_vault(); !kept) return tl::unexpected<Error>(kept.error());
    return called;
}

Status Office::admit(const std::function<void(const std::string& name)>& joined) {
    const auto waiting = server_.joins();
    if (!waiting) return tl::unexpected<Error>(waiting.error());
    if (!lock_ && !waiting->empty())
        if (auto done = take_vault_again(); !done) return done;
    auto answered = answer_all(*waiting, joined);
    lock_.reset();
    return answered;
}

Status Office::answer_all(const std::vector<JoinWaiting>& waiting,
                          const std::function<void(const std::string& name)>& joined) {
    for (const JoinWaiting& one : waiting) {
        const auto name = answer(one);
        if (name) {
            joined(*name);
            continue;
        }
        // What the token did not make is not answered, and does not wait any longer; the server's own trouble ends all.
        const ErrorCode code = name.error().code;
        if (code != ErrorCode::refused && code != ErrorCode::mismatch && code != ErrorCode::malformed &&
            code != ErrorCode::unsupported)
            return tl::unexpected<Error>(name.error());
        if (auto closed = server_.close_join(one.token); !closed) return closed;
    }
    return {};
}

Result<GroupId> Office::add_group(const std::string& name) {
    if (vault_.group(name) != nullptr) return fail(ErrorCode::exists, "there is a group of this name");
    auto id = rng_.draw<GroupId>();
    if (!id) return id;
    vault_.groups.push_back({*id, name, {}});
    if (auto rolled = roll(vault_.groups.back(), rng_); !rolled) return tl::unexpected<Error>(rolled.error());
    const auto handed = wrap_for_all(vault_.groups.back());
    if (!handed) {
        vault_.groups.pop_back();
        return tl::unexpected<Error>(handed.error());
    }
    if (auto kept = keep_vault(); !kept) return tl::unexpected<Error>(kept.error());
    if (handed->records.empty()) return id;
    if (auto put = server_.put_group_keys(handed->records, handed->bytes); !put)
        return tl::unexpected<Error>(put.error());
    return id;
}

bool Office::reaches(const TerminalEntry& terminal, const GroupId& group) const {
    if (terminal.standing != Standing::in_force) return false;
    if (terminal.group == group) return true;
    return std::ranges::any_of(view().fleet.admin_keys, [&](const auto& one) {
        return one.second.standing == Standing::in_force && one.second.role != AdminRole::helpdesk &&
               std::ranges::equal(one.second.key, terminal.sign);
    });
}

Result<StatementId> Office::delegate(const TerminalId& terminal, AdminRole role, const std::string& name,
                                     Millis expires) {
    const auto at = view().fleet.terminals.find(terminal);
    if (at == view().fleet.terminals.end() || at->second.standing != Standing::in_force)
        return fail(ErrorCode::not_found, "no such terminal in force");
    AdminKeyBody body;
    body.key.assign(at->second.sign.begin(), at->second.sign.end());
    body.role = role;
    body.name = name;
    body.by.where = kWhere;
    Handed handed;
    if (role != AdminRole::helpdesk)
        for (const Group& group : vault_.groups)
            if (auto wrapped = wrap(terminal, at->second.box, group, handed); !wrapped)
                return tl::unexpected<Error>(wrapped.error());
    const auto statement = say(StatementType::admin_key, {}, body, expires);
    if (!statement) return tl::unexpected<Error>(statement.error());
    if (role != AdminRole::helpdesk) {
        if (auto put = server_.put_group_keys(handed.records, handed.bytes); !put)
            return tl::unexpected<Error>(put.error());
        if (auto put = server_.put_terminal(terminal, at->second.name, {at->second.group}, Reach::every_group); !put)
            return tl::unexpected<Error>(put.error());
        // It has the keys: now it looks what there is for them.
        if (auto told = server_.put_group_keys({}, {}); !told) return tl::unexpected<Error>(told.error());
    }
    const auto opened = open_statement(*statement, identity_.author, identity_.ledger);
    if (!opened) return tl::unexpected<Error>(opened.error());
    return opened->id;
}

// First the new key reaches all who stay, then the data keys are sealed anew: nobody meets one that cannot be opened.
Status Office::roll_group(Group& group) {
    if (auto rolled = roll(group, rng_); !rolled) return rolled;
    const auto handed = wrap_for_all(group);
    if (!handed) {
        group.keys.pop_back();
        return tl::unexpected<Error>(handed.error());
    }
    if (auto kept = keep_vault(); !kept) return kept;
    if (auto put = server_.put_group_keys(handed->records, handed->bytes); !put) return put;
    PersonId after;
    for (;;) {
        auto page = server_.keys_of_group(group.id, after, kPage);
        if (!page) return tl::unexpected<Error>(page.error());
        if (page->empty()) return {};
        after = page->back().person;
        std::vector<SealedKey> renewed;
        for (const SealedKey& key : *page) {
            const auto old = std::ranges::find(group.keys, key.generation, &GroupKey::generation);
            if (old == group.keys.end()) continue;
            const auto plain = unwrap_person_key(old->key.span(), identity_.ledger, key.person, key.sealed);
            if (!plain) continue;  // what the server has there opens for nobody
            auto sealed =
                wrap_person_key(group.keys.back().key.span(), identity_.ledger, key.person, plain->span(), rng_);
            if (!sealed) return tl::unexpected<Error>(sealed.error());
            renewed.push_back({key.person, group.keys.back().generation, std::move(*sealed)});
        }
        if (auto put = server_.put_keys(group.id, group.keys.back().generation, renewed); !put) return put;
    }
}

Status Office::revoke(const TerminalId& terminal, DenyReason reason) {
    const auto at = view().fleet.terminals.find(terminal);
    if (at == view().fleet.terminals.end()) return fail(ErrorCode::not_found, "no such terminal");
    RevokeTerminalBody body;
    body.reason = reason;
    body.by.where = kWhere;
    // Also where this is said again, of a terminal that counts no more: what an interrupted one did not come to.
    const bool again = at->second.standing != Standing::in_force;
    const bool every = std::ranges::any_of(view().fleet.admin_keys, [&](const auto& one) {
        return (again || one.second.standing == Standing::in_force) && one.second.role != AdminRole::helpdesk &&
               std::ranges::equal(one.second.key, at->second.sign);
    });
    const GroupId own = at->second.group;
    const auto said = say(StatementType::revoke_terminal, terminal.bytes, body);
    if (!said) return tl::unexpected<Error>(said.error());
    const auto opened = open_statement(*said, identity_.author, identity_.ledger);
    if (!opened) return tl::unexpected<Error>(opened.error());
    if (auto heard = chain_.ledger.hear(*opened, said->hash()); !heard) return heard;
    if (auto out = server_.revoke_terminal(terminal, said->hash()); !out) return out;
    for (Group& group : vault_.groups)
        if (every || group.id == own)
            if (auto rolled = roll_group(group); !rolled) return rolled;
    return {};
}

Status Office::rotate() {
    auto keys = state_.sequencer_keys();
    if (!keys) return tl::unexpected<Error>(keys.error());
    auto fresh = crypto::SigningKey::generate(rng_);
    if (!fresh) return tl::unexpected<Error>(fresh.error());
    keys->seeds.emplace_back(fresh->seed());
    KeyEpochBody body;
    body.epoch = view().fleet.sequencer.epoch + 1;
    body.sequencer = fresh->public_key();
    body.by.where = kWhere;
    const auto statement = sealed(StatementType::key_epoch, {}, body);
    if (!statement) return tl::unexpected<Error>(statement.error());
    // Before the statement is sent: the sequencer that reads it must find the key.
    if (auto kept = state_.keep(*keys); !kept) return kept;
    return server_.author(*statement);
}

Result<TerminalId> Office::terminal_of(std::string_view text) const {
    if (const auto id = TerminalId::parse(text); id && view().fleet.terminals.contains(*id)) return *id;
    std::optional<TerminalId> found;
    for (const auto& [id, entry] : view().fleet.terminals) {
        if (entry.name != text || entry.standing != Standing::in_force) continue;
        if (found) return fail(ErrorCode::exists, "several terminals have this name: give the id");
        found = id;
    }
    if (!found) return fail(ErrorCode::not_found, "no terminal in force is called \"" + std::string(text) + "\"");
    return *found;
}

}  // namespace sekimori::fleet
