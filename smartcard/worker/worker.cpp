// SPDX-License-Identifier: Apache-2.0
#include "smartcard/worker/worker.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include "smartcard/card/authority.hpp"
#include "smartcard/card/card.hpp"
#include "smartcard/card/lite_s.hpp"
#include "smartcard/worker/deadline.hpp"
#include "smartcard/worker/exit_codes.hpp"
#include "smartcard/worker/log.hpp"

namespace sekimori::smartcard {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Millis kIdle = std::chrono::hours{1};  // how long one wait for the broker is; any length would do

constexpr std::size_t kMaxInbox = 64;

// Of an order that uses a card; a Release itself and what is no order have none.
template <class... Order>
std::optional<wire::Request> request_of(ByteSpan bytes) {
    std::optional<wire::Request> request;
    const auto look = [&]<class T>(std::optional<T>) {
        if (const auto order = wire::decode<T>(bytes)) request = order->request;
    };
    (look(std::optional<Order>{}), ...);
    return request;
}

template <class T>
tl::unexpected<Failure> same(const CardResult<T>& failed) {
    return tl::unexpected<Failure>(failed.error());
}

}  // namespace

Worker::Worker(Channel& channel, WorkerParts parts) : channel_(channel), parts_(std::move(parts)) {}

template <class Message, Worker::Next (Worker::*Handle)(const Message&)>
Worker::Next Worker::decoded(ByteSpan bytes) {
    const auto message = wire::decode<Message>(bytes);
    return message ? (this->*Handle)(*message) : Next::violation;
}

template <class Message, Worker::Next (Worker::*Handle)(const Message&)>
constexpr Worker::Handler Worker::row() {
    return {Message::kType, &Worker::decoded<Message, Handle>};
}

// Everything that a broker may say to a card worker; the authority reads and signs, and that is all.
const Worker::Handler* Worker::handler_of(std::uint16_t type) const {
    static constexpr std::array kHandlers{
        row<wire::SignChallenge, &Worker::sign>(),
        row<wire::ReadCard, &Worker::read_card>(),
        row<wire::Release, &Worker::release>(),
        row<wire::Retire, &Worker::retire>(),
        row<wire::Identify, &Worker::identify>(),
        row<wire::LiteSChallenge, &Worker::lite_s_challenge>(),
        row<wire::LiteSAuthenticate, &Worker::lite_s_authenticate>(),
    };
    constexpr std::size_t kOfTheAuthority = 4;
    const std::span<const Handler> mine =
        std::span(kHandlers).first(parts_.purpose == Purpose::authority ? kOfTheAuthority : kHandlers.size());
    const auto at = std::ranges::find_if(
        mine, [&](const Handler& handler) { return static_cast<std::uint16_t>(handler.type) == type; });
    return at == mine.end() ? nullptr : &*at;
}

// The oldest message; with it everything that waits behind it is taken in, so that a Release is seen before its order.
Result<SecureBytes> Worker::next(Millis limit) {
    while (inbox_.size() < kMaxInbox) {
        auto bytes = channel_.receive(inbox_.empty() ? std::optional(limit) : std::nullopt);
        if (!bytes && bytes.error().code == ErrorCode::busy) break;
        if (!bytes) {
            inbox_.clear();  // also what waited: nobody is there to be answered
            return bytes;
        }
        inbox_.push_back(std::move(*bytes));
    }
    SecureBytes oldest = std::move(inbox_.front());
    inbox_.pop_front();
    return oldest;
}

// Whether nobody wants the order any more: it waited behind another one, and its Release came meanwhile. A PIN in it
// must not be tried.
bool Worker::released(ByteSpan order) const {
    const auto of =
        request_of<wire::Identify, wire::SignChallenge, wire::ReadCard, wire::LiteSChallenge, wire::LiteSAuthenticate>(
            order);
    return of && std::ranges::any_of(inbox_, [&](const SecureBytes& later) {
               const auto release = wire::decode<wire::Release>(later.span());
               return release && release->request == *of;
           });
}

int Worker::run() {
    while (true) {
        Millis limit = kIdle;
        if (lite_) {
            limit = std::chrono::duration_cast<Millis>(lite_->until - Clock::now());
            if (limit <= Millis{0}) drop_lite_session();
            limit = std::max(limit, Millis{0});
        }
        const auto bytes = next(limit);
        if (bytes && released(bytes->span())) continue;
        if (!bytes) {
            if (bytes.error().code == ErrorCode::timeout) continue;
            drop_lite_session();
            if (bytes.error().code == ErrorCode::gone) return kExitDone;
            log_event("broker", {{"error", name_of(bytes.error().code)}});
            return kExitViolation;
        }
        const auto type = wire::type_of(bytes->span());
        const Handler* handler = type ? handler_of(*type) : nullptr;
        switch (handler == nullptr ? Next::violation : (this->*handler->handle)(bytes->span())) {
            case Next::go_on:
                break;
            case Next::retire:
                return kExitDone;
            case Next::violation:
                log_event("violation", {{"type", type ? std::to_string(*type) : "none"}});
                return kExitViolation;
        }
    }
}

SecureBytes Worker::too_late(wire::Request request) const {
    auto bytes = wire::encode(wire::CardFailed{request, CardFault::timeout, 0});
    return bytes ? std::move(*bytes) : SecureBytes{};
}

// Opens the card, works, and believes the result only if it is still the same card; then the card is powered down.
template <class Order, class Work>
auto Worker::with_card(const Order& order, Start start, Work work) -> decltype(work(std::declval<Visit&>())) {
    drop_lite_session();
    apdus_ = 0;
    if (!parts_.admits(order.reader)) return failure(CardFault::gone);
    const Deadline guard(parts_.limit, channel_.fd(), too_late(order.request));
    auto visit = parts_.open(order.reader, order.counter, start);
    if (!visit) return same(visit);
    auto result = work(**visit);
    apdus_ = (*visit)->count();
    const bool believed = result || result.error().fault == CardFault::unreadable;
    if (believed && !(*visit)->same_visit()) return failure(CardFault::gone);
    return result;
}

template <class Message>
Worker::Next Worker::send(const Message& message) {
    if (const auto sent = channel_.send(message); !sent) {
        // The end of the connection is seen by the next receive; a broker that does not read is no broker.
        if (sent.error().code != ErrorCode::gone) return Next::violation;
    }
    return Next::go_on;
}

template <class Reply>
Worker::Next Worker::answer(wire::Request request, const char* what, CardResult<Reply> reply) {
    const char* result = reply ? "ok" : name_of(reply.error().fault);
    log_event(what, {{"request", std::to_string(request)}, {"result", result}, {"apdus", std::to_string(apdus_)}});
    if (reply) return send(*reply);
    return send(wire::CardFailed{request, reply.error().fault, reply.error().tries});
}

Worker::Next Worker::identify(const wire::Identify& order) {
    auto reply = with_card(order, Start::as_it_is, [&](Visit& visit) -> CardResult<wire::Identified> {
        auto references = smartcard::identify(visit);
        if (!references) return same(references);
        return wire::Identified{order.request, std::move(*references)};
    });
    return answer(order.request, "identify", std::move(reply));
}

Worker::Next Worker::sign(const wire::SignChallenge& order) {
    auto reply = with_card(order, Start::cold, [&](Visit& visit) -> CardResult<wire::SignedChallenge> {
        auto signature =
            parts_.purpose == Purpose::authority
                ? sign_as_authority(visit, order.scheme, order.digest, order.pin)
                : smartcard::sign(visit, SignOrder{order.type, order.slot, order.scheme, order.digest, order.pin});
        if (!signature) return same(signature);
        return wire::SignedChallenge{order.request, std::move(*signature)};
    });
    return answer(order.request, "sign", std::move(reply));
}

CardResult<wire::CardData> Worker::card_data(wire::Request request, CardContent content) const {
    wire::CardData data;
    data.request = request;
    data.ic_code = content.ic_code;
    data.reference = std::move(content.reference);
    if (content.certificate.empty()) return data;
    // Read anew for each enrolment: there are few, and the directory may have changed.
    const auto roots = Roots::load(parts_.roots);
    if (!roots) log_event("roots", {{"error", roots.error().message}});
    auto facts = inspect(content.certificate, data.reference.type, roots ? &*roots : nullptr, std::time(nullptr));
    if (!facts) return same(facts);
    data.spki = std::move(facts->spki);
    data.scheme = facts->scheme;
    data.chain = facts->chain;
    data.not_before = facts->not_before;
    data.not_after = facts->not_after;
    return data;
}

Worker::Next Worker::read_card(const wire::ReadCard& order) {
    auto content = with_card(order, Start::cold, [&](Visit& visit) {
        return parts_.purpose == Purpose::authority ? read_authority(visit) : smartcard::read_card(visit, order.slot);
    });
    auto reply = content ? card_data(order.request, std::move(*content)) : CardResult<wire::CardData>(same(content));
    return answer(order.request, "read", std::move(reply));
}

Worker::Next Worker::lite_s_challenge(const wire::LiteSChallenge& order) {
    drop_lite_session();
    const auto work = [&]() -> CardResult<wire::LiteSAnswer> {
        if (!parts_.admits(order.reader)) return failure(CardFault::gone);
        auto visit = parts_.open(order.reader, order.counter, Start::cold);
        if (!visit) return same(visit);
        const auto polled = lite_s::poll(**visit);
        if (!polled) return same(polled);
        if (!*polled) return failure(CardFault::no_application);
        const auto blocks = lite_s::challenge(**visit, (*polled)->idm, order.rc);
        apdus_ = (*visit)->count();
        if (!blocks) return same(blocks);
        if (const auto still = (*visit)->same_visit(); !still) return same(still);
        lite_.emplace(LiteSession{order.request, std::move(*visit), (*polled)->idm, Clock::now() + parts_.limit});
        return wire::LiteSAnswer{order.request, blocks->id, blocks->ckv, blocks->mac_a, blocks->wcnt};
    };
    apdus_ = 0;
    const Deadline guard(parts_.limit, channel_.fd(), too_late(order.request));
    return answer(order.request, "lite-s challenge", work());
}

Worker::Next Worker::lite_s_authenticate(const wire::LiteSAuthenticate& order) {
    const auto work = [&]() -> CardResult<wire::LiteSConfirmed> {
        // The first round failed or lasted too long, and the broker had not heard of it yet.
        if (!lite_ || lite_->request != order.request) return failure(CardFault::timeout);
        const auto blocks = lite_s::authenticate(*lite_->visit, lite_->idm, order.state, order.mac_a);
        apdus_ = lite_->visit->count();
        if (!blocks) return same(blocks);
        if (const auto still = lite_->visit->same_visit(); !still) return same(still);
        return wire::LiteSConfirmed{order.request, blocks->state, blocks->mac_a};
    };
    apdus_ = 0;
    const Deadline guard(parts_.limit, channel_.fd(), too_late(order.request));
    auto reply = work();
    lite_.reset();
    return answer(order.request, "lite-s authenticate", std::move(reply));
}

// A request that ended meanwhile has let its card go already.
Worker::Next Worker::release(const wire::Release& order) {
    if (lite_ && lite_->request == order.request) drop_lite_session();
    return Next::go_on;
}

Worker::Next Worker::retire(const wire::Retire&) {
    drop_lite_session();
    log_event("retire");
    return Next::retire;
}

void Worker::drop_lite_session() {
    if (!lite_) return;
    const Deadline guard(parts_.limit, -1, SecureBytes{});
    lite_.reset();
}

}  // namespace sekimori::smartcard
