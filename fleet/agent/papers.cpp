// SPDX-License-Identifier: Apache-2.0
#include "fleet/agent/papers.hpp"

#include <unistd.h>

#include "crypto/hash.hpp"
#include "fleet/io/files.hpp"

namespace sekimori::fleet {
namespace {

constexpr std::size_t kMaxPaper = 16 * 1024;
// tls.pem is written last and removed first: with it the terminal is a member.
constexpr std::array<const char*, 6> kAll{"tls.pem", "tls.key", "join.key", "ca.pem", "server", "reach"};

}  // namespace

Result<Target> Papers::joining() const {
    const auto server = read_file(path("server"), kMaxPaper);
    if (!server) return tl::unexpected<Error>(server.error());
    auto hosts = parse_hosts(server->view());
    if (!hosts) return tl::unexpected<Error>(hosts.error());
    return Target{std::move(*hosts), "sekimori", "sekimori_join", path("ca.pem"), "", ""};
}

Result<Target> Papers::target() const {
    if (access(path("tls.pem").c_str(), R_OK) != 0)
        return fail(ErrorCode::not_found, "this terminal has joined no fleet");
    auto target = joining();
    if (!target) return target;
    target->role = "sekimori_terminal";
    target->certificate = path("tls.pem");
    target->key = path("tls.key");
    return target;
}

Result<Bytes> Papers::begin(const std::string& server, ByteSpan ca) {
    if (auto hosts = parse_hosts(server); !hosts) return tl::unexpected<Error>(hosts.error());
    const auto ca_pem = pem_of_certificate(ca);
    if (!ca_pem) return tl::unexpected<Error>(ca_pem.error());
    auto made = make_request();
    if (!made) return tl::unexpected<Error>(made.error());
    if (auto done = write_file(path("join.key"), made->key.span()); !done) return tl::unexpected<Error>(done.error());
    if (auto done = write_file(path("ca.pem"), crypto::bytes_of(*ca_pem)); !done)
        return tl::unexpected<Error>(done.error());
    if (auto done = write_file(path("server"), crypto::bytes_of(server)); !done)
        return tl::unexpected<Error>(done.error());
    return std::move(made->request);
}

Status Papers::finish(ByteSpan certificate) {
    const auto key = read_file(path("join.key"), kMaxPaper);
    const auto ca_pem = read_file(path("ca.pem"), kMaxPaper);
    if (!key) return tl::unexpected<Error>(key.error());
    if (!ca_pem) return tl::unexpected<Error>(ca_pem.error());
    const auto ca = certificate_of_pem(ca_pem->span());
    if (!ca) return tl::unexpected<Error>(ca.error());
    if (auto good = check_certificate(certificate, *ca, key->span()); !good) return good;
    const auto pem = pem_of_certificate(certificate);
    const auto key_pem = pem_of_key(key->span());
    if (!pem) return tl::unexpected<Error>(pem.error());
    if (!key_pem) return tl::unexpected<Error>(key_pem.error());
    if (auto done = write_file(path("tls.key"), key_pem->span()); !done) return done;
    if (auto done = write_file(path("tls.pem"), crypto::bytes_of(*pem)); !done) return done;
    (void)unlink(path("join.key").c_str());
    return {};
}

void Papers::forget() const {
    for (const char* name : kAll) (void)unlink(path(name).c_str());
}

Bytes Papers::reach() const {
    const auto kept = read_file(path("reach"), 64);
    return kept ? Bytes(kept->span().begin(), kept->span().end()) : Bytes();
}
void Papers::keep_reach(ByteSpan reach) const { (void)write_file(path("reach"), reach); }

}  // namespace sekimori::fleet
