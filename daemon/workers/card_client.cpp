// SPDX-License-Identifier: Apache-2.0
#include "daemon/workers/card_client.hpp"

#include <algorithm>
#include <array>

namespace sekimori::daemon {
namespace {

constexpr std::size_t kMaxPending = 16;
constexpr std::size_t kMaxNames = 64;  // readers that ever came by

}  // namespace

CardRequest& CardRequest::operator=(CardRequest&& other) noexcept {
    if (this != &other) {
        drop();
        client_ = std::exchange(other.client_, nullptr);
        number_ = other.number_;
    }
    return *this;
}

void CardRequest::drop() noexcept {
    if (client_ != nullptr) std::exchange(client_, nullptr)->forget(number_);
}

CardClient::CardClient(WorkerLinkOptions options)
    : link_(std::move(options), {[this](wire::MessageType type, ByteSpan bytes) { return on_message(type, bytes); },
                                 [this] {
                                     for (auto* listener : std::vector(listeners_)) listener->readers_changed();
                                 },
                                 [this] { on_down(); }}) {}

std::vector<CardVisit> CardClient::present() const {
    std::vector<CardVisit> visits;
    visits.reserve(visits_.size());
    for (const auto& [reader, counter] : visits_) visits.push_back({reader, counter});
    return visits;
}

bool CardClient::is_present(const CardVisit& visit) const {
    const auto found = visits_.find(visit.reader);
    return found != visits_.end() && found->second == visit.counter;
}

std::string CardClient::reader_name(const CardVisit& visit) const {
    return visit.reader < names_.size() ? names_[visit.reader] : "";
}

std::uint32_t CardClient::index_of(const std::string& reader) {
    const auto at = std::find(names_.begin(), names_.end(), reader);
    if (at != names_.end()) return static_cast<std::uint32_t>(at - names_.begin());
    names_.push_back(reader);
    return static_cast<std::uint32_t>(names_.size() - 1);
}

template <class T>
CardRequest CardClient::ask(T message, const CardVisit& visit, CardCallback callback) {
    const wire::Request number = next_++;
    message.request = number;
    message.reader = reader_name(visit);
    message.counter = visit.counter;
    const bool full = pending_.size() >= kMaxPending;
    pending_[number] = std::move(callback);
    if (full || !link_.send(message)) {
        // The answer comes from the loop all the same, so that callers have one shape to handle.
        if (deferred_.size() > kMaxPending) deferred_.erase(deferred_.begin());  // long fired
        deferred_.push_back(soon([this, number] { deliver(number, WorkerLost{}, true); }));
    }
    return {this, number};
}

CardRequest CardClient::identify(const CardVisit& visit, CardCallback callback) {
    return ask(wire::Identify{}, visit, std::move(callback));
}

CardRequest CardClient::read(const CardVisit& visit, CardSlot slot, CardCallback callback) {
    wire::ReadCard message;
    message.slot = slot;
    return ask(std::move(message), visit, std::move(callback));
}

CardRequest CardClient::sign(const CardVisit& visit, wire::SignChallenge challenge, CardCallback callback) {
    return ask(std::move(challenge), visit, std::move(callback));
}

CardRequest CardClient::lite_s(const CardVisit& visit, const wire::Block& rc, CardCallback callback) {
    wire::LiteSChallenge message;
    message.rc = rc;
    return ask(std::move(message), visit, std::move(callback));
}

Status CardClient::lite_s_authenticate(const CardRequest& request, const wire::Block& state, const wire::Block& mac_a) {
    wire::LiteSAuthenticate message;
    message.request = request.number();
    message.state = state;
    message.mac_a = mac_a;
    return link_.send(message);
}

void CardClient::forget(wire::Request number) noexcept {
    if (pending_.erase(number) == 0) return;  // answered: the worker has let the card go by itself
    wire::Release message;
    message.request = number;
    (void)link_.send(message);
}

void CardClient::deliver(wire::Request number, CardAnswer answer, bool last) {
    const auto found = pending_.find(number);
    if (found == pending_.end()) return;  // dropped meanwhile
    // The callback may drop its own request: it is held here until it returns.
    const CardCallback callback = found->second;
    if (last) pending_.erase(found);
    callback(std::move(answer));
}

template <class T>
Status CardClient::answer(ByteSpan bytes, bool last) {
    auto message = wire::decode<T>(bytes);
    if (!message) return tl::unexpected<Error>(message.error());
    if (message->request == 0 || message->request >= next_) return fail(ErrorCode::malformed, "an answer to nothing");
    const wire::Request number = message->request;
    deliver(number, std::move(*message), last);
    return {};
}

Status CardClient::on_readers(ByteSpan bytes) {
    auto message = wire::decode<wire::Readers>(bytes);
    if (!message) return tl::unexpected<Error>(message.error());
    std::vector<std::string> now;
    for (const auto& reader : message->readers) {
        if (names_.size() >= kMaxNames && std::find(names_.begin(), names_.end(), reader.name) == names_.end())
            return fail(ErrorCode::too_large, "too many readers");
        (void)index_of(reader.name);
        now.push_back(reader.name);
    }
    readers_ = std::move(now);
    std::vector<CardVisit> gone;
    for (const auto& [reader, counter] : visits_)
        if (std::find(readers_.begin(), readers_.end(), names_[reader]) == readers_.end())
            gone.push_back({reader, counter});
    for (const CardVisit& visit : gone) {
        visits_.erase(visit.reader);
        for (auto* listener : std::vector(listeners_)) listener->card_removed(visit);
    }
    for (auto* listener : std::vector(listeners_)) listener->readers_changed();
    return {};
}

Status CardClient::on_present(ByteSpan bytes) {
    auto message = wire::decode<wire::CardPresent>(bytes);
    if (!message) return tl::unexpected<Error>(message.error());
    if (std::find(readers_.begin(), readers_.end(), message->reader) == readers_.end())
        return fail(ErrorCode::malformed, "a card in no reader");
    const CardVisit visit{index_of(message->reader), message->counter};
    if (const auto old = visits_.find(visit.reader); old != visits_.end()) {
        if (old->second == visit.counter) return {};
        const CardVisit left{old->first, old->second};
        visits_.erase(old);
        for (auto* listener : std::vector(listeners_)) listener->card_removed(left);
    }
    visits_[visit.reader] = visit.counter;
    for (auto* listener : std::vector(listeners_)) listener->card_inserted(visit);
    return {};
}

Status CardClient::on_absent(ByteSpan bytes) {
    auto message = wire::decode<wire::CardAbsent>(bytes);
    if (!message) return tl::unexpected<Error>(message.error());
    const auto found = visits_.find(index_of(message->reader));
    if (found == visits_.end()) return {};
    const CardVisit visit{found->first, found->second};
    visits_.erase(found);
    for (auto* listener : std::vector(listeners_)) listener->card_removed(visit);
    return {};
}

Status CardClient::on_message(wire::MessageType type, ByteSpan bytes) {
    using M = wire::MessageType;
    struct Row {
        M type;
        Status (CardClient::*handler)(ByteSpan);
    };
    static constexpr std::array kNews{Row{M::readers, &CardClient::on_readers},
                                      Row{M::card_present, &CardClient::on_present},
                                      Row{M::card_absent, &CardClient::on_absent}};
    for (const Row& row : kNews)
        if (row.type == type) return (this->*row.handler)(bytes);
    struct AnswerRow {
        M type;
        Status (CardClient::*handler)(ByteSpan, bool);
        bool last;
    };
    static constexpr std::array kAnswers{
        AnswerRow{M::identified, &CardClient::answer<wire::Identified>, true},
        AnswerRow{M::signed_challenge, &CardClient::answer<wire::SignedChallenge>, true},
        AnswerRow{M::card_data, &CardClient::answer<wire::CardData>, true},
        AnswerRow{M::card_failed, &CardClient::answer<wire::CardFailed>, true},
        AnswerRow{M::lite_s_answer, &CardClient::answer<wire::LiteSAnswer>, false},
        AnswerRow{M::lite_s_confirmed, &CardClient::answer<wire::LiteSConfirmed>, true},
    };
    for (const AnswerRow& row : kAnswers)
        if (row.type == type) return (this->*row.handler)(bytes, row.last);
    return fail(ErrorCode::malformed, "not a card worker's message");
}

void CardClient::on_down() {
    readers_.clear();
    const auto gone = present();
    visits_.clear();
    for (const CardVisit& visit : gone)
        for (auto* listener : std::vector(listeners_)) listener->card_removed(visit);
    std::vector<wire::Request> open;
    open.reserve(pending_.size());
    for (const auto& [number, callback] : pending_) open.push_back(number);
    for (const wire::Request number : open) deliver(number, WorkerLost{}, true);
    for (auto* listener : std::vector(listeners_)) listener->readers_changed();
}

}  // namespace sekimori::daemon
