// SPDX-License-Identifier: Apache-2.0
// CardDesk: what lies in this host's readers, as the card worker tells it: each card's key in slot 9C is read once a
// visit, without its PIN. Whatever a card says of itself is believed only after it signed (card_author.hpp).
#pragma once

#include <list>
#include <optional>

#include "fleet/authority/card_worker.hpp"
#include "ledger/signer.hpp"
#include "protocol/schema.hpp"

namespace sekimori::fleet {

using wire::Bytes;

struct DeskCard {
    std::string reader;
    std::uint32_t counter{};
    bool read{};
    Bytes key;        // a compressed point of P-256; empty: none that an authority can have ...
    std::string why;  // ... because
    wire::PinState pin{wire::PinState::unknown};
    std::uint8_t tries{};
};

class CardDesk {
  public:
    // `reader`: the only one that counts, "" for any.
    CardDesk(CardWorker worker, std::string reader) : worker_(std::move(worker)), reader_(std::move(reader)) {}

    // Takes in what the worker tells, and reads the cards that came, until `enough`, or `limit` is over. Whoever was
    // found may have gone when this returns: signing says so. Errors: unavailable (the worker has ended).
    [[nodiscard]] Status watch(Millis limit, const std::function<bool()>& enough);
    [[nodiscard]] const std::list<DeskCard>& cards() const noexcept { return cards_; }
    [[nodiscard]] std::size_t readers() const noexcept { return readers_; }

    // The PIN goes to this visit of this card or to none. Errors: what the worker says.
    [[nodiscard]] tl::expected<Bytes, wire::CardFailed> sign(const DeskCard& card, ByteSpan digest, ByteSpan pin);

  private:
    template <class Reply, class Order>
    [[nodiscard]] tl::expected<Reply, wire::CardFailed> ask(const Order& order);
    [[nodiscard]] bool take_presence(ByteSpan message);
    [[nodiscard]] Status read_next();
    [[nodiscard]] tl::unexpected<Error> ended() const;

    CardWorker worker_;
    std::string reader_;
    std::list<DeskCard> cards_;
    std::size_t readers_{0};
    wire::Request last_{0};
    enum class Worker : std::uint8_t { runs, ended } state_{Worker::runs};
};

}  // namespace sekimori::fleet
