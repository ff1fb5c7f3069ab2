// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/card_author.hpp"

#include <algorithm>

#include "crypto/es256.hpp"

namespace sekimori::fleet {
namespace {

using wire::CardFault;
using wire::PinState;

constexpr Millis kSettle{300};  // for a second card, when one is there

std::string tries_of(unsigned tries) {
    return tries == 1 ? "one try is left" : std::to_string(tries) + " tries are left";
}

// Why the PIN may not be presented at all.
std::optional<std::string> barred(PinState pin, unsigned tries) {
    const std::string repair = "; the card's own tools can set it back";
    if (pin == PinState::blocked) return "the card's PIN is blocked" + repair;
    if (pin == PinState::ready && tries <= 1) return "the card's PIN has one try left, and that is not spent" + repair;
    if (pin != PinState::ready) return "the card does not say how many tries its PIN has";
    return std::nullopt;
}

std::string where_nothing_is(const CardDesk& desk, const char* otherwise) {
    return desk.readers() == 0 ? "pcscd shows no reader to this account" : otherwise;
}

bool settled(const std::list<DeskCard>& cards) { return !cards.empty() && std::ranges::all_of(cards, &DeskCard::read); }

}  // namespace

Status CardAuthor::open_desk() {
    if (desk_) return {};
    auto worker = parts_.start();
    if (!worker) {
        access_ = Access::away;
        return tl::unexpected<Error>(worker.error());
    }
    desk_.emplace(std::move(*worker), parts_.reader);
    return {};
}

Result<std::vector<DeskCard>> CardAuthor::look() {
    if (auto opened = open_desk(); !opened) return tl::unexpected<Error>(opened.error());
    auto watched = desk_->watch(parts_.patience, [this] { return settled(desk_->cards()); });
    if (watched && settled(desk_->cards())) watched = desk_->watch(kSettle, [] { return false; });
    if (!watched) {
        desk_.reset();
        return tl::unexpected<Error>(watched.error());
    }
    return std::vector<DeskCard>(desk_->cards().begin(), desk_->cards().end());
}

Result<std::unique_ptr<Author>> CardAuthor::adopt(CardParts parts) {
    auto author = std::make_unique<CardAuthor>(std::move(parts), ByteSpan{});
    const auto cards = author->look();
    if (!cards) return tl::unexpected<Error>(cards.error());
    if (cards->empty())
        return fail(ErrorCode::unavailable, where_nothing_is(*author->desk_, "there is no card in a reader"));
    std::string good, bad;
    for (const DeskCard& card : *cards) {
        if (card.key.empty()) {
            bad += (bad.empty() ? "" : "; ") + card.reader + ": " + card.why;
            continue;
        }
        if (!good.empty())
            return fail(ErrorCode::refused, "two cards could be the authority's: in " + good + " and in " +
                                                card.reader + "; name one of these readers (--reader)");
        good = card.reader;
        author->key_ = card.key;
    }
    if (good.empty()) return fail(ErrorCode::unsupported, "no card with a key on P-256 in slot 9C. " + bad);
    return author;
}

Result<DeskCard> CardAuthor::find() {
    if (auto opened = open_desk(); !opened) return tl::unexpected<Error>(opened.error());
    const auto mine = [this] { return std::ranges::find(desk_->cards(), key_, &DeskCard::key); };
    if (auto watched = desk_->watch(parts_.patience, [&] { return mine() != desk_->cards().end(); }); !watched) {
        desk_.reset();  // the next call starts another
        access_ = Access::away;
        return tl::unexpected<Error>(watched.error());
    }
    const auto at = mine();
    if (at != desk_->cards().end()) return *at;
    access_ = Access::away;
    if (!desk_->cards().empty()) return fail(ErrorCode::unavailable, "the card in the reader is not the authority's");
    return fail(ErrorCode::unavailable, where_nothing_is(*desk_, "the authority's card is in no reader"));
}

tl::unexpected<Error> CardAuthor::stop(ErrorCode code, const std::string& why) {
    pin_ = SecureBytes{};
    stopped_ = Error{code, why};
    return tl::unexpected<Error>(*stopped_);
}

Status CardAuthor::have_pin(const DeskCard& card) {
    if (!pin_.empty()) return {};
    if (const auto why = barred(card.pin, card.tries)) return stop(ErrorCode::locked, *why);
    auto pin = parts_.ask(card);
    if (!pin) return tl::unexpected<Error>(pin.error());
    pin_ = std::move(*pin);
    return {};
}

tl::unexpected<Error> CardAuthor::failed(const wire::CardFailed& failure) {
    switch (failure.fault) {
        case CardFault::pin_wrong:
            return stop(ErrorCode::locked, "the card's PIN was wrong; " + tries_of(failure.tries));
        case CardFault::pin_last_try:
            return stop(ErrorCode::locked, *barred(PinState::ready, 1));
        case CardFault::pin_blocked:
            return stop(ErrorCode::locked, *barred(PinState::blocked, 0));
        case CardFault::pin_missing:
            return stop(ErrorCode::locked, "the card does not take its PIN for slot 9C");
        case CardFault::pin_malformed:
            return stop(ErrorCode::locked, "a PIN has six to eight digits; it was not tried");
        case CardFault::gone:
        case CardFault::busy:
        case CardFault::timeout:
        case CardFault::unreadable:
            access_ = Access::away;
            if (proof_ == Pin::unproven && failure.fault != CardFault::busy) pin_ = SecureBytes{};
            if (failure.fault == CardFault::timeout) desk_.reset();  // the worker has ended, or is of no use
            return fail(ErrorCode::unavailable, failure.fault == CardFault::busy ? "another program holds the card"
                                                                                 : "the card went in the middle");
        case CardFault::no_application:
        case CardFault::no_key:
        case CardFault::unsupported:
        case CardFault::internal:
            break;
    }
    return stop(ErrorCode::corrupt, "the card has no key in slot 9C that signs");
}

Result<crypto::Signature> CardAuthor::sign(crypto::Label label, ByteSpan bytes) {
    if (stopped_) return tl::unexpected<Error>(*stopped_);
    const auto card = find();
    if (!card) return tl::unexpected<Error>(card.error());
    if (auto asked = have_pin(*card); !asked) return tl::unexpected<Error>(asked.error());
    const auto der = desk_->sign(*card, crypto::sha256({label.bytes(), bytes}), pin_.span());
    if (!der) return failed(der.error());
    auto signature = crypto::es256_from_der(*der);
    if (!signature || !crypto::verify_es256(key_, label, bytes, *signature))
        return stop(ErrorCode::corrupt, "the card signs with another key than its certificate in slot 9C names");
    proof_ = Pin::right;
    access_ = Access::open;
    return signature;
}

Status CardAuthor::prepare() {
    const auto signature = sign("sekimori authority is here 1", {});
    if (!signature) return tl::unexpected<Error>(signature.error());
    return {};
}

}  // namespace sekimori::fleet
