// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/card_desk.hpp"

#include <algorithm>
#include <chrono>

#include "crypto/es256.hpp"

namespace sekimori::fleet {
namespace {

using wire::CardFault;
using Steady = std::chrono::steady_clock;

constexpr Millis kAnswer{20'000};  // the worker bounds a request at ten seconds, and ends

constexpr const char* kHeld = "another program holds it";

std::string why_not(CardFault fault) {
    switch (fault) {
        case CardFault::no_application:
            return "no PIV card";
        case CardFault::no_key:
            return "its slot 9C is empty";
        case CardFault::unsupported:
            return "its key in slot 9C is not on P-256";
        case CardFault::busy:
            return kHeld;
        case CardFault::gone:
        case CardFault::unreadable:
        case CardFault::pin_wrong:
        case CardFault::pin_last_try:
        case CardFault::pin_blocked:
        case CardFault::pin_missing:
        case CardFault::pin_malformed:
        case CardFault::timeout:
        case CardFault::internal:
            break;
    }
    return "it can't be read";
}

void note(DeskCard& card, const tl::expected<wire::CardData, wire::CardFailed>& data) {
    card.read = true;
    if (!data) {
        card.why = why_not(data.error().fault);
        return;
    }
    card.pin = data->reference.pin;
    card.tries = data->reference.tries;
    if (data->scheme != wire::SignatureScheme::ecdsa_p256_sha256) {
        const bool rsa = data->scheme == wire::SignatureScheme::rsa_pkcs1_sha256;
        card.why = rsa ? "its key in slot 9C is RSA, and not on P-256" : why_not(CardFault::unsupported);
        return;
    }
    const auto point = crypto::p256_of_spki(data->spki);
    if (point)
        card.key.assign(point->begin(), point->end());
    else
        card.why = why_not(CardFault::unsupported);
}

}  // namespace

tl::unexpected<Error> CardDesk::ended() const {
    const std::string words = worker_.last_words();
    return fail(ErrorCode::unavailable, words.empty() ? "the card worker has ended" : words);
}

// Whether it was news of readers and cards.
bool CardDesk::take_presence(ByteSpan message) {
    const auto same = [](const auto& told) { return [&](const DeskCard& card) { return card.reader == told.reader; }; };
    if (const auto absent = wire::decode<wire::CardAbsent>(message)) {
        std::erase_if(cards_, same(*absent));
        return true;
    }
    if (const auto present = wire::decode<wire::CardPresent>(message)) {
        std::erase_if(cards_, same(*present));
        if (reader_.empty() || present->reader == reader_) {
            DeskCard card;
            card.reader = present->reader;
            card.counter = present->counter;
            cards_.push_back(std::move(card));
        }
        return true;
    }
    const auto list = wire::decode<wire::Readers>(message);
    if (list) readers_ = list->readers.size();
    return list.has_value();
}

template <class Reply, class Order>
tl::expected<Reply, wire::CardFailed> CardDesk::ask(const Order& order) {
    const auto over = [&] {
        state_ = Worker::ended;
        return tl::unexpected(wire::CardFailed{order.request, CardFault::timeout, 0});
    };
    if (!worker_.channel().send(order)) return over();
    const auto until = Steady::now() + kAnswer;
    for (;;) {
        const auto left = std::chrono::duration_cast<Millis>(until - Steady::now());
        const auto bytes = worker_.channel().receive(std::max(left, Millis{0}));
        if (!bytes) return over();
        if (take_presence(bytes->span())) continue;
        if (auto reply = wire::decode<Reply>(bytes->span()); reply && reply->request == order.request)
            return std::move(*reply);
        if (auto failed = wire::decode<wire::CardFailed>(bytes->span()); failed && failed->request == order.request)
            return tl::unexpected(*failed);
        return over();  // it says what it was not asked
    }
}

// While it is read, it may go: then it is not in the list any more.
Status CardDesk::read_next() {
    const auto at = std::ranges::find(cards_, false, &DeskCard::read);
    if (at == cards_.end()) return {};
    const wire::ReadCard order{++last_, at->reader, at->counter, CardSlot::none};
    const auto data = ask<wire::CardData>(order);
    if (state_ == Worker::ended) return ended();
    const auto still = std::ranges::find_if(
        cards_, [&](const DeskCard& card) { return card.reader == order.reader && card.counter == order.counter; });
    if (still != cards_.end()) note(*still, data);
    return {};
}

Status CardDesk::watch(Millis limit, const std::function<bool()>& enough) {
    const auto until = Steady::now() + limit;
    for (DeskCard& card : cards_)
        if (card.why == kHeld) card.read = false;
    for (;;) {
        while (std::ranges::find(cards_, false, &DeskCard::read) != cards_.end())
            if (auto read = read_next(); !read) return read;
        // What waits already is taken in first, so that a card that has gone is not found.
        auto bytes = worker_.channel().receive(std::nullopt);
        if (!bytes && bytes.error().code == ErrorCode::busy) {
            if (enough()) return {};
            const auto left = std::chrono::duration_cast<Millis>(until - Steady::now());
            if (left <= Millis{0}) return {};
            bytes = worker_.channel().receive(left);
            if (!bytes && bytes.error().code == ErrorCode::timeout) return {};
        }
        if (!bytes || !take_presence(bytes->span())) {
            state_ = Worker::ended;
            return ended();
        }
    }
}

tl::expected<Bytes, wire::CardFailed> CardDesk::sign(const DeskCard& card, ByteSpan digest, ByteSpan pin) {
    wire::SignChallenge order;
    order.request = ++last_;
    order.reader = card.reader;
    order.counter = card.counter;
    order.type = CardType::piv;
    order.scheme = wire::SignatureScheme::ecdsa_p256_sha256;
    order.digest.assign(digest.begin(), digest.end());
    order.pin = SecureBytes(pin);
    auto done = ask<wire::SignedChallenge>(order);
    if (!done) return tl::unexpected(done.error());
    return std::move(done->signature);
}

}  // namespace sekimori::fleet
