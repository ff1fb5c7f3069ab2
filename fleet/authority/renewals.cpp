// SPDX-License-Identifier: Apache-2.0
// Certificates: a terminal's first and next ones, and the authority's own.
#include <algorithm>

#include "fleet/authority/office.hpp"
#include "fleet/io/files.hpp"
#include "ledger/renewal.hpp"

namespace sekimori::fleet {
namespace {

constexpr Millis kHour = std::chrono::hours{1};
constexpr Millis kDay = 24 * kHour;
constexpr Millis kYear = 365 * kDay;
constexpr Millis kTerminal = 5 * kYear;
// Its authority outlives a certificate by another one's life: who renews in time never meets its end.
constexpr Millis kAuthority = 20 * kYear, kAuthorityLeast = 2 * kTerminal;
constexpr Millis kOwn = 10 * kYear, kOwnLeast = 3 * kYear;
constexpr std::int32_t kPage = 500;

Status write_pem(const std::string& path, ByteSpan certificate) {
    const auto pem = pem_of_certificate(certificate);
    if (!pem) return tl::unexpected<Error>(pem.error());
    return write_file(path, crypto::bytes_of(*pem));
}

// What the request's author did wrong, not we or the server.
bool of_the_request(ErrorCode code) {
    return code == ErrorCode::refused || code == ErrorCode::mismatch || code == ErrorCode::malformed ||
           code == ErrorCode::unsupported;
}

}  // namespace

Result<Bytes> Office::certify(const TerminalId& terminal, ByteSpan csr) {
    const Millis now = clock_.now().wall;
    const auto ca = facts_of(vault_.ca_certificate);
    if (!ca) return tl::unexpected<Error>(ca.error());
    return issue_for_request(
        vault_.ca(), csr,
        {"terminal-" + terminal.hex(), Purpose::client, {}, now - kHour, std::min(now + kTerminal, ca->until)}, rng_);
}

// The server is believed in nothing: whose key it is says the terminal's own signature.
Result<Bytes> Office::asked_by(const TerminalId& terminal, const crypto::PublicKey& sign, ByteSpan record) const {
    auto ask = open_record<RenewalAsk>(record, sign, identity_.ledger);
    if (!ask) return tl::unexpected<Error>(ask.error());
    const Millis now = clock_.now().wall;
    const Millis asked{static_cast<Millis::rep>(ask->time)};
    if (ask->terminal != terminal) return fail(ErrorCode::mismatch, "another terminal's request");
    if (asked < now - kRenewalAskMost || asked > now + kDay)
        return fail(ErrorCode::refused, "a request of another time");
    return std::move(ask->csr);
}

Result<Bytes> Office::answer(const RenewalWaiting& waiting) {
    const auto at = view().fleet.terminals.find(waiting.terminal);
    if (at == view().fleet.terminals.end() || at->second.standing != Standing::in_force)
        return fail(ErrorCode::refused, "no terminal in force");
    auto csr = asked_by(waiting.terminal, at->second.sign, waiting.request);
    if (!csr) return csr;
    auto certificate = certify(waiting.terminal, *csr);
    if (!certificate) return certificate;
    RenewalAnswer answer;
    answer.certificate = std::move(*certificate);
    answer.ca = vault_.ca_certificate;
    return encode_tlv_plain(answer);
}

Result<Office::Renewed> Office::renew() {
    if (auto own = renew_own(); !own) return tl::unexpected<Error>(own.error());
    Renewed renewed;
    for (;;) {
        const auto waiting = server_.renewals(kPage);
        if (!waiting) return tl::unexpected<Error>(waiting.error());
        for (const RenewalWaiting& one : *waiting) {
            const auto made = answer(one);
            if (!made && !of_the_request(made.error().code)) return tl::unexpected<Error>(made.error());
            if (auto sent = server_.reply_renewal(one, made ? ByteSpan(*made) : ByteSpan()); !sent)
                return tl::unexpected<Error>(sent.error());
            if (!made) {
                ++renewed.refused;
                continue;
            }
            const auto answer = decode_tlv<RenewalAnswer>(*made);
            const auto facts = answer ? facts_of(answer->certificate) : tl::unexpected<Error>(answer.error());
            if (!facts) return tl::unexpected<Error>(facts.error());
            if (auto noted = server_.certified(one.terminal, facts->until); !noted)
                return tl::unexpected<Error>(noted.error());
            renewed.names.push_back(view().fleet.terminals.at(one.terminal).name);
        }
        if (waiting->size() < static_cast<std::size_t>(kPage)) return renewed;
    }
}

// The certificate authority goes on with its key and its name, so what it signed stays good; terminals take its new
// certificate with their next one, the server with its own. The authority's client certificate keeps its key as well:
// one file changes, at once.
Status Office::renew_own() {
    const Millis now = clock_.now().wall;
    auto ca = facts_of(vault_.ca_certificate);
    if (ca && ca->until - now < kAuthorityLeast && !lock_) {
        // Between two rounds of admit() others may have written the vault.
        if (auto taken = take_vault_again(); !taken) return taken;
        ca = facts_of(vault_.ca_certificate);
    }
    if (!ca) return tl::unexpected<Error>(ca.error());
    if (ca->until - now < kAuthorityLeast) {
        auto fresh = renew_ca(vault_.ca(), now - kHour, now + kAuthority, rng_);
        if (!fresh) return tl::unexpected<Error>(fresh.error());
        vault_.ca_certificate = std::move(*fresh);
        if (auto kept = keep_vault(); !kept) return kept;
    }
    if (auto done = write_pem(state_.path("ca.pem"), vault_.ca_certificate); !done) return done;
    const auto pem = read_file(state_.path("authority.pem"), 16 * 1024);
    const auto key_pem = read_file(state_.path("authority.key"), 16 * 1024);
    if (!pem) return tl::unexpected<Error>(pem.error());
    if (!key_pem) return tl::unexpected<Error>(key_pem.error());
    const auto own = certificate_of_pem(pem->span());
    if (!own) return tl::unexpected<Error>(own.error());
    const auto facts = facts_of(*own);
    if (!facts) return tl::unexpected<Error>(facts.error());
    if (facts->until - now >= kOwnLeast) return {};
    const auto key = key_of_pem(key_pem->span());
    if (!key) return tl::unexpected<Error>(key.error());
    const auto request = request_for(key->span());
    if (!request) return tl::unexpected<Error>(request.error());
    const auto certificate =
        issue_for_request(vault_.ca(), *request, {"authority", Purpose::client, {}, now - kHour, now + kOwn}, rng_);
    if (!certificate) return tl::unexpected<Error>(certificate.error());
    return write_pem(state_.path("authority.pem"), *certificate);
}

}  // namespace sekimori::fleet
