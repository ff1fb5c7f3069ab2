// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/state.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "fleet/authority/chain_log.hpp"
#include "fleet/io/files.hpp"

namespace sekimori::fleet {
namespace {

constexpr std::size_t kMaxSmall = 64 * 1024;
constexpr Millis kYear = std::chrono::hours{24 * 365};

template <class T>
Result<T> read_record(const std::string& path) {
    const auto bytes = read_file(path, kMaxSmall);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    auto record = decode_tlv<T>(bytes->span());
    if (!record) return fail(ErrorCode::malformed, path + " is damaged");
    if (record->fmt != 1) return fail(ErrorCode::unsupported, path + " is of a later version");
    return record;
}
template <class T>
Status write_record(const std::string& path, const T& record) {
    const auto bytes = encode_tlv(record);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    return write_file(path, bytes->span());
}

Status write_tls(const State& state, const KeyPair& ca, Millis now, Rng& rng) {
    auto ours = issue_pair(ca, {"authority", Purpose::client, {}, now - std::chrono::hours{1}, now + 10 * kYear}, rng);
    if (!ours) return tl::unexpected<Error>(ours.error());
    const auto ca_pem = pem_of_certificate(ca.certificate);
    const auto certificate = pem_of_certificate(ours->certificate);
    const auto key = pem_of_key(ours->key.span());
    if (!ca_pem) return tl::unexpected<Error>(ca_pem.error());
    if (!certificate) return tl::unexpected<Error>(certificate.error());
    if (!key) return tl::unexpected<Error>(key.error());
    if (auto done = write_file(state.path("ca.pem"), crypto::bytes_of(*ca_pem)); !done) return done;
    if (auto done = write_file(state.path("authority.pem"), crypto::bytes_of(*certificate)); !done) return done;
    return write_file(state.path("authority.key"), key->span());
}

Result<Link> first_link(const Root& root, Author& author, const crypto::SigningKey& sequencer, Millis now, Rng& rng) {
    auto statement = authority_statement(root, author.signer(), now, rng);
    if (!statement) return tl::unexpected<Error>(statement.error());
    auto link = make_link(ChainHead{}, Placing{root.ledger, 1, sequencer}, std::move(*statement), now);
    if (!link) return link;
    Chain chain;
    if (auto good = extend(chain, root, *link); !good) return tl::unexpected<Error>(good.error());
    return link;
}

Status write_first_entry(const State& state, const Link& link) {
    (void)unlink(state.path("chain.log").c_str());  // of an attempt that was not finished
    auto log = ChainLog::open(state.path("chain.log"));
    if (!log) return tl::unexpected<Error>(log.error());
    return log->append({link});
}

}  // namespace

Result<Identity> State::identity() const { return read_record<Identity>(path("identity")); }
Result<SequencerKeys> State::sequencer_keys() const { return read_record<SequencerKeys>(path("sequencer.key")); }
Status State::keep(const SequencerKeys& keys) const { return write_record(path("sequencer.key"), keys); }
Result<ClockRecord> State::clock() const { return read_record<ClockRecord>(path("clock")); }
Status State::keep(const ClockRecord& clock) const { return write_record(path("clock"), clock); }

Result<Vault> State::vault(ByteSpan passphrase) const {
    const auto file = read_file(path("vault"), wire::kMaxMessage + 1024);
    if (!file) return tl::unexpected<Error>(file.error());
    return open_vault(file->span(), passphrase);
}
Status State::keep(const Vault& vault, ByteSpan passphrase, const crypto::ScryptCost& cost, Rng& rng) const {
    const auto sealed = seal_vault(vault, passphrase, cost, rng);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    return write_file(path("vault"), *sealed);
}

Result<Target> State::target() const {
    const auto ours = identity();
    if (!ours) return tl::unexpected<Error>(ours.error());
    auto hosts = parse_hosts(ours->server);
    if (!hosts) return tl::unexpected<Error>(hosts.error());
    return Target{std::move(*hosts), ours->database,        "sekimori_authority",
                  path("ca.pem"),    path("authority.pem"), path("authority.key")};
}

Result<UniqueFd> State::lock() const {
    UniqueFd directory(open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    int done = -1;
    while (directory && (done = flock(directory.get(), LOCK_EX)) != 0 && errno == EINTR) {
    }
    if (done != 0) return fail(ErrorCode::io, directory_ + " can't be locked");
    return directory;
}

Result<Identity> found(const State& state, const Founding& what, ByteSpan passphrase, Millis now, Rng& rng) {
    if (auto there = state.identity(); there || there.error().code != ErrorCode::not_found)
        return fail(ErrorCode::exists, "there is an authority in this directory already");
    if (auto hosts = parse_hosts(what.server); !hosts) return tl::unexpected<Error>(hosts.error());
    auto ledger = rng.draw<LedgerId>();
    auto group = rng.draw<GroupId>();
    auto sequencer = crypto::SigningKey::generate(rng);
    auto ca = make_ca("sekimori fleet", now - std::chrono::hours{1}, now + 20 * kYear, rng);
    SequencerKeys keys;
    if (!ledger) return tl::unexpected<Error>(ledger.error());
    if (!group) return tl::unexpected<Error>(group.error());
    if (!sequencer) return tl::unexpected<Error>(sequencer.error());
    if (!ca) return tl::unexpected<Error>(ca.error());
    if (auto drawn = rng.fill(keys.instance); !drawn) return tl::unexpected<Error>(drawn.error());
    keys.seeds.emplace_back(sequencer->seed());

    Vault vault;
    std::unique_ptr<Author> in_vault;
    if (what.author == nullptr) {
        const auto key = crypto::SigningKey::generate(rng);
        if (!key) return tl::unexpected<Error>(key.error());
        auto made = author_of_seed(key->seed());
        if (!made) return tl::unexpected<Error>(made.error());
        vault.author = SecureBytes(key->seed());
        in_vault = std::move(*made);
    }
    Author& author = in_vault ? *in_vault : *what.author;
    vault.ca_key = ca->key.clone();
    vault.ca_certificate = ca->certificate;
    vault.groups.push_back({*group, what.group, {}});
    if (auto rolled = roll(vault.groups.back(), rng); !rolled) return tl::unexpected<Error>(rolled.error());

    const Root root{*ledger, Bytes(author.key().begin(), author.key().end()), sequencer->public_key()};
    // First of all, since it is what may fail: a card can be away, its PIN wrong.
    const auto link = first_link(root, author, *sequencer, now, rng);
    if (!link) return tl::unexpected<Error>(link.error());
    if (auto done = state.keep(vault, passphrase, what.cost, rng); !done) return tl::unexpected<Error>(done.error());
    if (auto done = state.keep(keys); !done) return tl::unexpected<Error>(done.error());
    if (auto done = write_tls(state, *ca, now, rng); !done) return tl::unexpected<Error>(done.error());
    if (auto done = write_first_entry(state, *link); !done) return tl::unexpected<Error>(done.error());
    Identity identity{1, *ledger, root.author, what.server, what.database};
    if (auto done = write_record(state.path("identity"), identity); !done) return tl::unexpected<Error>(done.error());
    return identity;
}

Result<std::vector<crypto::SigningKey>> signing_keys(const SequencerKeys& keys) {
    std::vector<crypto::SigningKey> out;
    for (const SecureBytes& seed : keys.seeds) {
        auto key = crypto::SigningKey::from_seed(seed.span());
        if (!key) return tl::unexpected<Error>(key.error());
        out.push_back(std::move(*key));
    }
    return out;
}

}  // namespace sekimori::fleet
