// SPDX-License-Identifier: Apache-2.0
// The finger's part of a flow: the gallery of the one person whom the card named, and what comes of it.
#include "daemon/auth/flow.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

template <class... F>
struct Overload : F... {
    using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

MessageId hint_of(wire::RetryHint hint) {
    switch (hint) {
        case wire::RetryHint::general:
            return MessageId::retry_general;
        case wire::RetryHint::too_short:
            return MessageId::retry_too_short;
        case wire::RetryHint::center:
            return MessageId::retry_center;
        case wire::RetryHint::remove_finger:
            return MessageId::retry_remove;
    }
    return MessageId::retry_general;
}

Reason reason_of(wire::FingerFault fault) {
    switch (fault) {
        case wire::FingerFault::timeout:
        case wire::FingerFault::already_there:
            return Reason::finger_timeout;
        case wire::FingerFault::bad_template:
            return Reason::fingers_missing;
        case wire::FingerFault::busy:
            return Reason::busy;
        case wire::FingerFault::no_scanner:
        case wire::FingerFault::gone:
        case wire::FingerFault::too_hot:
        case wire::FingerFault::refused:
        case wire::FingerFault::internal:
            return Reason::no_scanner;
    }
    return Reason::internal;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

void Flow::arm() {
    finger_.drop();
    gallery_.clear();
    std::vector<SecureBytes> templates;
    for (const FingerRecord& finger : broker_.store.fingers_of(resolved_->person.id)) {
        auto data = broker_.store.finger_data(finger.id);
        if (!data) {
            log_error("a template is left out: {}", data.error().message);
            continue;
        }
        if (templates.size() == wire::kMaxGallery) break;
        gallery_.push_back(finger.id);
        templates.push_back(std::move(*data));
    }
    if (templates.empty()) return feed(event::FingerFailed{Reason::fingers_missing});
    finger_ = broker_.fingers.verify(std::move(templates), policy_.finger,
                                     [this](FingerAnswer answer) { on_finger(std::move(answer)); });
}

void Flow::on_finger(FingerAnswer answer) {
    std::visit(
        Overload{[this](const FingerWorkerLost&) { feed(event::FingerFailed{Reason::finger_worker_lost}); },
                 [this](const wire::Armed&) { feed(event::FingerArmed{}); },
                 [this](const wire::FingerRetry& retry) { feed(event::FingerRetry{hint_of(retry.hint)}); },
                 [this](const wire::FingerMatched& matched) {
                     const auto proof =
                         FingerVerifier::verify({transaction_.id, resolved_->person.id}, gallery_, matched.index);
                     if (!proof) return feed(event::FingerFailed{Reason::protocol_error});
                     feed(event::FingerMatched{*proof});
                 },
                 [this](const wire::FingerNoMatch&) { feed(event::FingerNoMatch{charges_.worst(boottime()).tries}); },
                 [this](const wire::FingerFailed& failed) { feed(event::FingerFailed{reason_of(failed.fault)}); },
                 [this](const auto&) { feed(event::FingerFailed{Reason::protocol_error}); }},
        answer);
}

}  // namespace sekimori::daemon
