// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/expiry.hpp"

#include <fmt/format.h>

#include "fleet/io/files.hpp"

namespace sekimori::fleet {
namespace {

constexpr Millis kDay = std::chrono::hours{24};
constexpr Millis kSoon = 180 * kDay;

Result<Millis> until_of(const std::string& path) {
    const auto pem = read_file(path, 16 * 1024);
    if (!pem) return tl::unexpected<Error>(pem.error());
    const auto der = certificate_of_pem(pem->span());
    if (!der) return tl::unexpected<Error>(der.error());
    const auto facts = facts_of(*der);
    if (!facts) return tl::unexpected<Error>(facts.error());
    return facts->until;
}

std::string when(Millis until, Millis now) {
    return until <= now ? "has ended" : fmt::format("ends in {} days", (until - now) / kDay);
}

}  // namespace

Result<Expiry> expiry_of(const State& state, Server& server) {
    const auto ca = until_of(state.path("ca.pem"));
    const auto own = until_of(state.path("authority.pem"));
    const auto terminals = server.certificates();
    if (!ca) return tl::unexpected<Error>(ca.error());
    if (!own) return tl::unexpected<Error>(own.error());
    if (!terminals) return tl::unexpected<Error>(terminals.error());
    Expiry expiry{*ca, *own, Millis{0}, *terminals};
    if (const auto facts = facts_of(server.session().peer_certificate())) expiry.server = facts->until;
    return expiry;
}

std::vector<std::string> warnings(const Expiry& expiry, Millis now) {
    std::vector<std::string> lines;
    const auto soon = [&](Millis until) { return until - now < kSoon; };
    if (soon(expiry.ca)) lines.push_back("the certificate authority " + when(expiry.ca, now) + ": renew");
    if (soon(expiry.own)) lines.push_back("this authority's certificate " + when(expiry.own, now) + ": renew");
    if (expiry.server != Millis{0} && soon(expiry.server))
        lines.push_back("the server's certificate " + when(expiry.server, now) +
                        ": server-certificate, and bring it there");
    const CertificateCounts& of = expiry.terminals;
    if (of.waiting > 0) lines.push_back(fmt::format("{} terminals wait for their next certificate: renew", of.waiting));
    if (of.ending > 0) lines.push_back(fmt::format("the certificates of {} terminals end within 180 days", of.ending));
    if (of.ended > 0)
        lines.push_back(
            fmt::format("the certificates of {} terminals have ended: a new token each, or terminal revoke", of.ended));
    return lines;
}

}  // namespace sekimori::fleet
