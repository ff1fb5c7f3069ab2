// SPDX-License-Identifier: Apache-2.0
// A card's certificate, looked at once: when the card is enrolled. Logins use the enrolled key and parse none.
#pragma once

#include <ctime>
#include <string>
#include <vector>

#include "smartcard/certificate/openssl_handles.hpp"
#include "smartcard/failure.hpp"

namespace sekimori::smartcard {

// The anchors and intermediates of [card] roots=DIR. Immutable after load().
class Roots {
  public:
    Roots() = default;
    // Reads every regular file of `directory` as PEM (any number of certificates) or DER; "" gives no roots. A
    // self-signed certificate is an anchor, any other an intermediate that is trusted only through an anchor.
    // Errors: not_found, malformed (with the file's name: roots that were meant and are not there would refuse cards
    // for no visible reason), too_large.
    [[nodiscard]] static Result<Roots> load(const std::string& directory);
    [[nodiscard]] bool empty() const noexcept { return anchors_.empty(); }
    [[nodiscard]] const std::vector<X509Ptr>& anchors() const noexcept { return anchors_; }
    [[nodiscard]] const std::vector<X509Ptr>& intermediates() const noexcept { return intermediates_; }

    void add(X509Ptr certificate);

  private:
    std::vector<X509Ptr> anchors_, intermediates_;
};

struct CertificateFacts {
    Bytes spki;
    wire::SignatureScheme scheme{};
    wire::ChainState chain{};
    std::uint64_t not_before{}, not_after{};  // ms since the epoch
};

// `roots` null: the directory is configured but could not be read, so nothing is trusted.
// The worst finding decides `chain`, in the order: test hierarchy, weak key, wrong usage, dates, trust.
// Errors: unreadable (no certificate, bad dates), unsupported (a kind or size of key that no slot of ours signs with).
[[nodiscard]] CardResult<CertificateFacts> inspect(ByteSpan der, CardType type, const Roots* roots, std::time_t now);

}  // namespace sekimori::smartcard
