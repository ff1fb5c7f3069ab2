// SPDX-License-Identifier: Apache-2.0
// CardAuthor: the authority's key in slot 9C of a PIV card (P-256). The card wants its PIN before each signature: it is
// asked for once, kept in locked memory for as long as this object lives, and presented only to a card that shows the
// authority's key. One wrong PIN, or a signature that is not that key's, and nothing is tried any more; a PIN that was
// presented and has not been seen to be right is not presented again unless somebody gives it again.
#pragma once

#include "fleet/authority/author.hpp"
#include "fleet/authority/card_desk.hpp"

namespace sekimori::fleet {

// Told the reader and how many tries the card says are left. Errors: what asking says.
using AskPin = std::function<Result<SecureBytes>(const DeskCard& card)>;

struct CardParts {
    StartCardWorker start;
    AskPin ask;
    std::string reader;      // "": any
    Millis patience{5'000};  // for a card that is not there
};

class CardAuthor final : public Author {
  public:
    // Of the card in the readers; there must be one that can be an authority's, and only one. Errors: unavailable (no
    // card), unsupported (none with a key on P-256 in slot 9C: with why), refused (several).
    [[nodiscard]] static Result<std::unique_ptr<Author>> adopt(CardParts parts);
    CardAuthor(CardParts parts, ByteSpan key) : parts_(std::move(parts)), key_(key.begin(), key.end()) {}

    [[nodiscard]] ByteSpan key() const noexcept override { return key_; }
    // Signs something that means nothing.
    [[nodiscard]] Status prepare() override;
    [[nodiscard]] Result<crypto::Signature> sign(crypto::Label label, ByteSpan bytes) override;
    [[nodiscard]] Access access() const noexcept override { return access_; }

    // What lies in the readers now, for a person to look at. Errors: unavailable.
    [[nodiscard]] Result<std::vector<DeskCard>> look();

  private:
    [[nodiscard]] Status open_desk();
    [[nodiscard]] Result<DeskCard> find();
    [[nodiscard]] Status have_pin(const DeskCard& card);
    [[nodiscard]] tl::unexpected<Error> failed(const wire::CardFailed& failure);
    // Nothing is tried from now on.
    [[nodiscard]] tl::unexpected<Error> stop(ErrorCode code, const std::string& why);

    CardParts parts_;
    Bytes key_;
    std::optional<CardDesk> desk_;
    SecureBytes pin_;
    enum class Pin : std::uint8_t { unproven, right } proof_{Pin::unproven};
    std::optional<Error> stopped_;
    Access access_{Access::open};
};

}  // namespace sekimori::fleet
