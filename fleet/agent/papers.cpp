// SPDX-License-Identifier: Apache-2.0
#include "fleet/agent/papers.hpp"

#include <unistd.h>

#include "crypto/hash.hpp"
#include "fleet/io/files.hpp"
#include "ledger/renewal.hpp"
#include "ledger/tlv.hpp"

namespace sekimori::fleet {
namespace {

constexpr std::size_t kMaxPaper = 16 * 1024;
// tls.pem is written last and removed first: with it the terminal is a member.
constexpr std::array<const char*, 10> kAll{"tls.pem", "tls.key",     "next.pem", "renew.key", "join.key",
                                           "join.ca", "join.server", "ca.pem",   "server",    "reach"};

Result<Bytes> ca_of(const std::string& path) {
    const auto pem = read_file(path, kMaxPaper);
    if (!pem) return tl::unexpected<Error>(pem.error());
    return certificate_of_pem(pem->span());
}

}  // namespace

bool Papers::has(const char* name) const { return access(path(name).c_str(), R_OK) == 0; }

Result<Target> Papers::joining() const {
    const auto server = read_file(path("join.server"), kMaxPaper);
    if (!server) return tl::unexpected<Error>(server.error());
    auto hosts = parse_hosts(server->view());
    if (!hosts) return tl::unexpected<Error>(hosts.error());
    return Target{std::move(*hosts), "sekimori", "sekimori_join", path("join.ca"), "", ""};
}

Result<Target> Papers::target(Pair pair) const {
    const char* const name = pair == Pair::next ? "next.pem" : "tls.pem";
    if (!has(name)) return fail(ErrorCode::not_found, "there is no certificate of a fleet here: join with a new token");
    const auto server = read_file(path("server"), kMaxPaper);
    if (!server) return tl::unexpected<Error>(server.error());
    auto hosts = parse_hosts(server->view());
    if (!hosts) return tl::unexpected<Error>(hosts.error());
    // Beside each other as they once were: until the next renewal.
    const bool apart = pair == Pair::current && has("tls.key");
    return Target{std::move(*hosts), "sekimori", "sekimori_terminal",
                  path("ca.pem"),    path(name), path(apart ? "tls.key" : name)};
}

// ---- joining

Result<Bytes> Papers::begin(const std::string& server, ByteSpan ca) {
    if (auto hosts = parse_hosts(server); !hosts) return tl::unexpected<Error>(hosts.error());
    const auto ca_pem = pem_of_certificate(ca);
    if (!ca_pem) return tl::unexpected<Error>(ca_pem.error());
    auto made = make_request();
    if (!made) return tl::unexpected<Error>(made.error());
    if (auto done = write_file(path("join.key"), made->key.span()); !done) return tl::unexpected<Error>(done.error());
    if (auto done = write_file(path("join.ca"), crypto::bytes_of(*ca_pem)); !done)
        return tl::unexpected<Error>(done.error());
    if (auto done = write_file(path("join.server"), crypto::bytes_of(server)); !done)
        return tl::unexpected<Error>(done.error());
    return std::move(made->request);
}

Status Papers::write_pair(const char* name, ByteSpan certificate, ByteSpan key) const {
    const auto pem = pem_of_certificate(certificate);
    const auto key_pem = pem_of_key(key);
    if (!pem) return tl::unexpected<Error>(pem.error());
    if (!key_pem) return tl::unexpected<Error>(key_pem.error());
    SecureBytes both(pem->size() + key_pem->size());
    if (both.size() != pem->size() + key_pem->size()) return fail(ErrorCode::internal, "out of memory");
    std::copy(pem->begin(), pem->end(), both.span().begin());
    std::copy(key_pem->span().begin(), key_pem->span().end(),
              both.span().begin() + static_cast<std::ptrdiff_t>(pem->size()));
    return write_file(path(name), both.span());
}

Status Papers::finish(ByteSpan certificate) {
    const auto key = read_file(path("join.key"), kMaxPaper);
    const auto ca = ca_of(path("join.ca"));
    const auto server = read_file(path("join.server"), kMaxPaper);
    if (!key) return tl::unexpected<Error>(key.error());
    if (!ca) return tl::unexpected<Error>(ca.error());
    if (!server) return tl::unexpected<Error>(server.error());
    if (auto good = check_certificate(certificate, *ca, key->span()); !good) return good;
    const auto ca_pem = pem_of_certificate(*ca);
    if (!ca_pem) return tl::unexpected<Error>(ca_pem.error());
    if (auto done = write_file(path("ca.pem"), crypto::bytes_of(*ca_pem)); !done) return done;
    if (auto done = write_file(path("server"), server->span()); !done) return done;
    if (auto done = write_pair("next.pem", certificate, key->span()); !done) return done;
    if (auto done = keep_next(); !done) return done;
    for (const char* name : {"join.key", "join.ca", "join.server"}) (void)unlink(path(name).c_str());
    return {};
}

void Papers::forget() const {
    for (const char* name : kAll) (void)unlink(path(name).c_str());
}

// ---- renewing

Result<Facts> Papers::certificate() const {
    const auto pem = read_file(path("tls.pem"), kMaxPaper);
    if (!pem) return tl::unexpected<Error>(pem.error());
    const auto der = certificate_of_pem(pem->span());
    if (!der) return tl::unexpected<Error>(der.error());
    return facts_of(*der);
}

Result<Bytes> Papers::begin_renewal() const {
    if (const auto key = read_file(path("renew.key"), kMaxPaper))
        if (auto request = request_for(key->span())) return request;
    auto made = make_request();
    if (!made) return tl::unexpected<Error>(made.error());
    if (auto done = write_file(path("renew.key"), made->key.span()); !done) return tl::unexpected<Error>(done.error());
    return std::move(made->request);
}

Status Papers::take_renewal(ByteSpan bytes, const TerminalId& terminal, Millis now) const {
    const auto answer = decode_tlv<RenewalAnswer>(bytes);
    if (!answer) return tl::unexpected<Error>(answer.error());
    if (answer->fmt != kRecordFormat) return fail(ErrorCode::unsupported, "renewal: a later format");
    const auto key = read_file(path("renew.key"), kMaxPaper);
    const auto ca = ca_of(path("ca.pem"));
    const auto there = certificate();
    if (!key) return tl::unexpected<Error>(key.error());
    if (!ca) return tl::unexpected<Error>(ca.error());
    if (auto good = check_ca(answer->ca, *ca); !good) return good;
    if (auto good = check_certificate(answer->certificate, *ca, key->span()); !good) return good;
    const auto facts = facts_of(answer->certificate);
    const auto known = facts_of(*ca);
    const auto fresh = facts_of(answer->ca);
    if (!facts) return tl::unexpected<Error>(facts.error());
    if (!known) return tl::unexpected<Error>(known.error());
    if (!fresh) return tl::unexpected<Error>(fresh.error());
    if (facts->name != "terminal-" + terminal.hex())
        return fail(ErrorCode::mismatch, "renewal: a certificate in another name");
    if (facts->until <= now || (there && facts->until <= there->until))
        return fail(ErrorCode::mismatch, "renewal: a certificate that ends no later than the one there is");
    if (fresh->until > known->until) {
        const auto pem = pem_of_certificate(answer->ca);
        if (!pem) return tl::unexpected<Error>(pem.error());
        if (auto done = write_file(path("ca.pem"), crypto::bytes_of(*pem)); !done) return done;
    }
    return write_pair("next.pem", answer->certificate, key->span());
}

// A key that lies beside it from former times goes first: if this ends in between, next.pem is still there.
Status Papers::keep_next() const {
    (void)unlink(path("tls.key").c_str());
    const auto pair = read_file(path("next.pem"), kMaxPaper);
    if (!pair) return tl::unexpected<Error>(pair.error());
    if (auto done = write_file(path("tls.pem"), pair->span()); !done) return done;
    drop_renewal();
    drop_next();
    return {};
}
void Papers::drop_next() const { (void)unlink(path("next.pem").c_str()); }
void Papers::drop_renewal() const { (void)unlink(path("renew.key").c_str()); }

Bytes Papers::reach() const {
    const auto kept = read_file(path("reach"), 64);
    return kept ? Bytes(kept->span().begin(), kept->span().end()) : Bytes();
}
void Papers::keep_reach(ByteSpan reach) const { (void)write_file(path("reach"), reach); }

}  // namespace sekimori::fleet
