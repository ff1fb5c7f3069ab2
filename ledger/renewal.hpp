// SPDX-License-Identifier: Apache-2.0
// A terminal's next certificate for TLS. The request is signed by the terminal's broker, so that the server between it
// and the authority can't have one made for a key of its own; the answer needs no signature but the certificates'.
#pragma once

#include "core/ids.hpp"
#include "core/instant.hpp"
#include "crypto/hash.hpp"
#include "ledger/signed_record.hpp"

namespace sekimori {

struct RenewalAsk {
    static constexpr crypto::Label kLabel{"sekimori renewal request 1"};
    std::uint8_t fmt{kRecordFormat};
    LedgerId ledger;
    TerminalId terminal;
    Bytes csr;             // of a new key that the terminal's agent made, DER
    std::uint64_t time{};  // wall ms
    static constexpr auto kFields =
        std::tuple{field<1>(&RenewalAsk::fmt), field<2>(&RenewalAsk::ledger), field<3>(&RenewalAsk::terminal),
                   field<4>(&RenewalAsk::csr, 512), field<5>(&RenewalAsk::time)};
};

struct RenewalAnswer {
    std::uint8_t fmt{kRecordFormat};
    Bytes certificate;  // of the terminal, DER
    Bytes ca;           // the certificate authority's newest, DER: the same key, perhaps a later end
    static constexpr auto kFields = std::tuple{
        field<1>(&RenewalAnswer::fmt), field<2>(&RenewalAnswer::certificate, 4096), field<3>(&RenewalAnswer::ca, 4096)};
};

// An older request is not answered; whoever still wants it asks again well before (the agent: every week).
inline constexpr Millis kRenewalAskMost = std::chrono::hours{24 * 30};

}  // namespace sekimori
