// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/keeping.hpp"

#include <unistd.h>

#include "fleet/io/files.hpp"

namespace sekimori::fleet {
namespace {

constexpr Millis kYear = std::chrono::hours{24 * 365};
// The identity is last, here as at the founding: with it the directory counts.
constexpr std::array<const char*, 6> kFiles{"vault",         "sequencer.key", "ca.pem",
                                            "authority.pem", "authority.key", "identity"};

struct File {
    std::string name;
    SecureBytes content;
    static constexpr auto kFields = std::tuple{field<1>(&File::name, 32), field<2>(&File::content, 48 * 1024)};
};
struct Backup {
    std::uint8_t fmt{1};
    std::vector<File> files;
    static constexpr auto kFields = std::tuple{field<1>(&Backup::fmt), field<2>(&Backup::files, 8)};
};

}  // namespace

Status issue_server(const State& state, ByteSpan passphrase, const std::vector<std::string>& hosts,
                    const std::string& directory, Millis now, Rng& rng) {
    const auto vault = state.vault(passphrase);
    if (!vault) return tl::unexpected<Error>(vault.error());
    const auto pair = issue_pair(
        vault->ca(),
        {hosts.front().substr(0, 64), Purpose::server, hosts, now - std::chrono::hours{1}, now + 5 * kYear}, rng);
    if (!pair) return tl::unexpected<Error>(pair.error());
    const auto certificate = pem_of_certificate(pair->certificate);
    const auto key = pem_of_key(pair->key.span());
    const auto ca = pem_of_certificate(vault->ca_certificate);
    if (!certificate) return tl::unexpected<Error>(certificate.error());
    if (!key) return tl::unexpected<Error>(key.error());
    if (!ca) return tl::unexpected<Error>(ca.error());
    if (auto done = write_file(directory + "/sekimori-server.pem", crypto::bytes_of(*certificate)); !done) return done;
    if (auto done = write_file(directory + "/sekimori-server.key", key->span()); !done) return done;
    return write_file(directory + "/sekimori-ca.pem", crypto::bytes_of(*ca));
}

Status back_up(const State& state, ByteSpan passphrase, const std::string& file, Rng& rng) {
    // Whoever does not know the passphrase shall not learn too late that the backup has another one.
    if (const auto vault = state.vault(passphrase); !vault) return tl::unexpected<Error>(vault.error());
    Backup backup;
    for (const char* name : kFiles) {
        auto content = read_file(state.path(name), 48 * 1024);
        if (!content) return tl::unexpected<Error>(content.error());
        backup.files.push_back({name, std::move(*content)});
    }
    const auto plain = encode_tlv(backup);
    if (!plain) return tl::unexpected<Error>(plain.error());
    const auto sealed = seal_secret(plain->span(), passphrase, crypto::ScryptCost{}, rng);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    return write_file(file, *sealed);
}

Status restore_from(const State& state, ByteSpan passphrase, const std::string& file, Rng& rng) {
    if (const auto there = state.identity(); there || there.error().code != ErrorCode::not_found)
        return fail(ErrorCode::exists, "there is an authority in this directory already");
    const auto sealed = read_file(file, wire::kMaxMessage + 1024);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    const auto plain = open_secret(sealed->span(), passphrase);
    if (!plain) return tl::unexpected<Error>(plain.error());
    auto backup = decode_tlv<Backup>(plain->span());
    if (!backup || backup->fmt != 1 || backup->files.size() != kFiles.size())
        return fail(ErrorCode::malformed, "backup: not one of ours");
    (void)unlink(state.path("chain.log").c_str());
    for (std::size_t i = 0; i < kFiles.size(); ++i) {
        if (backup->files[i].name != kFiles[i]) return fail(ErrorCode::malformed, "backup: not one of ours");
        if (auto done = write_file(state.path(kFiles[i]), backup->files[i].content.span()); !done) return done;
        if (std::string_view(kFiles[i]) != "sequencer.key") continue;
        auto keys = state.sequencer_keys();
        if (!keys) return tl::unexpected<Error>(keys.error());
        if (auto drawn = rng.fill(keys->instance); !drawn) return drawn;
        if (auto kept = state.keep(*keys); !kept) return kept;
    }
    return {};
}

}  // namespace sekimori::fleet
