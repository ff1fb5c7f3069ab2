// SPDX-License-Identifier: Apache-2.0
#include "biometric/dialogue.hpp"

#include <array>
#include <utility>

#include "core/build.hpp"

namespace sekimori::biometric {

struct Dialogue::Handler {
    wire::MessageType type;
    State allowed;
    bool (Dialogue::*handle)(ByteSpan);
};

// Everything the broker may say. Anything else ends the process.
const std::span<const Dialogue::Handler> Dialogue::kHandlers = [] {
    using enum wire::MessageType;
    static constexpr std::array rows{
        Handler{worker_welcome, State::greeting, &Dialogue::welcome},
        Handler{retire, State::serving, &Dialogue::retire},
        Handler{gallery_item, State::serving, &Dialogue::gallery_item},
        Handler{wire::MessageType::verify, State::serving, &Dialogue::verify},
        Handler{wire::MessageType::enrol_finger, State::serving, &Dialogue::enrol_finger},
        Handler{wire::MessageType::stop, State::serving, &Dialogue::stop},
    };
    return std::span<const Handler>(rows);
}();

Dialogue::Dialogue(BiometricPort& port, World world) : port_(port), world_(std::move(world)) { port_.set_sink(*this); }

template <class T>
void Dialogue::send(const T& message) {
    const auto bytes = wire::encode(message);
    if (!bytes) {
        world_.log("a message of our own does not encode: " + bytes.error().message);
        leave(Fate::stuck);
    } else if (const auto sent = world_.send(bytes->span()); !sent) {
        world_.log("the broker does not take our messages: " + sent.error().message);
        leave(Fate::retired);
    }
}

void Dialogue::start() { send(wire::WorkerHello{wire::WorkerClass::finger, kBuild}); }

void Dialogue::receive(ByteSpan message) {
    if (leaving_ != Fate::running) return;
    const auto type = wire::type_of(message);
    if (!type) return malformed("not one of our messages");
    for (const Handler& row : kHandlers) {
        if (static_cast<std::uint16_t>(row.type) != *type) continue;
        if (row.allowed != state_) return malformed("a message out of turn");
        if (!(this->*row.handle)(message)) return malformed("a message that does not fit");
        return;
    }
    malformed("an unknown message");
}

void Dialogue::malformed(const char* what) {
    world_.log(std::string("the broker sent ") + what);
    leave(Fate::violated);
}

void Dialogue::broker_gone() { leave(Fate::retired); }

void Dialogue::leave(Fate fate) {
    if (leaving_ != Fate::running) return;
    leaving_ = fate;
    collecting_.reset();
    waiting_.reset();
    on_event(Stopped{});
}

Fate Dialogue::fate() const noexcept { return session_ ? Fate::running : leaving_; }

bool Dialogue::welcome(ByteSpan message) {
    if (!wire::decode<wire::WorkerWelcome>(message)) return false;
    state_ = State::serving;
    send_scanners();
    return true;
}

bool Dialogue::retire(ByteSpan message) {
    if (!wire::decode<wire::Retire>(message)) return false;
    leave(Fate::retired);
    return true;
}

bool Dialogue::gallery_item(ByteSpan message) {
    auto item = wire::decode<wire::GalleryItem>(message);
    if (!item) return false;
    if (item->index == 0)
        collecting_ = Wanted{.request = item->request, .purpose = Purpose::verify, .limit = {}, .gallery = {}};
    if (!collecting_ || collecting_->request != item->request || collecting_->gallery.size() != item->index ||
        item->index >= wire::kMaxGallery)
        return false;
    collecting_->gallery.push_back(std::move(item->data));
    return true;
}

bool Dialogue::verify(ByteSpan message) {
    const auto asked = wire::decode<wire::Verify>(message);
    if (!asked) return false;
    Wanted wanted{.request = asked->request, .purpose = Purpose::verify, .limit = {}, .gallery = {}};
    if (collecting_) {
        if (collecting_->request != asked->request) return false;
        wanted = std::move(*collecting_);
        collecting_.reset();
    }
    if (wanted.gallery.size() != asked->count) return false;
    wanted.limit = Millis{asked->deadline_ms};
    want(std::move(wanted));
    return true;
}

bool Dialogue::enrol_finger(ByteSpan message) {
    const auto asked = wire::decode<wire::EnrolFinger>(message);
    if (!asked) return false;
    want({.request = asked->request,
          .purpose = Purpose::enrol,
          .limit = Millis{asked->stage_deadline_ms},
          .gallery = {}});
    return true;
}

bool Dialogue::stop(ByteSpan message) {
    const auto asked = wire::decode<wire::Stop>(message);
    if (!asked) return false;
    if (collecting_ && collecting_->request == asked->request) collecting_.reset();
    if (waiting_ && waiting_->request == asked->request) waiting_.reset();
    // A request that is over is no fault: our answer and its Stop have crossed.
    if (session_ && session_->request() == asked->request) on_event(Stopped{});
    return true;
}

void Dialogue::want(Wanted wanted) {
    if (session_ && (!session_->answered() || waiting_)) {
        send(wire::FingerFailed{wanted.request, wire::FingerFault::busy});
    } else if (session_) {
        waiting_ = std::move(wanted);
    } else {
        begin(std::move(wanted));
    }
}

void Dialogue::begin(Wanted wanted) {
    if (port_.scanners().empty()) {
        send(wire::FingerFailed{wanted.request, wire::FingerFault::no_scanner});
        return;
    }
    if (wanted.purpose == Purpose::verify) {
        if (const auto selected = port_.select_gallery(wanted.gallery); !selected) {
            const bool absent = selected.error().code == ErrorCode::unavailable;
            send(wire::FingerFailed{wanted.request,
                                    absent ? wire::FingerFault::no_scanner : wire::FingerFault::bad_template});
            return;
        }
    }
    session_.emplace(wanted.request, wanted.purpose, wanted.limit, world_.now());
    Action first = Session::kFirst;
    perform(first);
}

void Dialogue::on_event(Event event) {
    events_.push_back(std::move(event));
    // An order may be answered from inside it: the answer waits until the step that gave the order is over.
    if (!draining_) drain();
}

void Dialogue::drain() {
    draining_ = true;
    while (!events_.empty()) {
        Event event = std::move(events_.front());
        events_.pop_front();
        if (!session_) continue;
        for (Action& action : session_->step(std::move(event), world_.now())) perform(action);
        if (session_->done()) put_away();
    }
    draining_ = false;
}

void Dialogue::put_away() {
    port_.forget_gallery();
    const bool lost = session_->sensor_lost();
    session_.reset();
    events_.clear();  // the next request starts without a past
    if (lost) leave(Fate::sensor_lost);
    if (leaving_ == Fate::running && waiting_) begin(*std::exchange(waiting_, std::nullopt));
}

void Dialogue::perform(Action& action) {
    std::visit(
        [this](auto& one) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(one)>, Order>) {
                switch (one) {
                    case Order::open:
                        return port_.open();
                    case Order::scan:
                        return port_.scan(session_->purpose(), Continuation::fresh);
                    case Order::go_on:
                        return port_.scan(session_->purpose(), Continuation::go_on);
                    case Order::cancel_scan:
                        return port_.cancel_scan();
                    case Order::close:
                        return port_.close();
                    case Order::give_up:
                        world_.log("the sensor does not answer");
                        return leave(Fate::stuck);
                }
            } else {
                send(one);
            }
        },
        action);
}

void Dialogue::send_scanners() {
    wire::Scanners list{port_.scanners()};
    if (list.scanners.size() > 8) list.scanners.resize(8);
    send(list);
}

void Dialogue::on_scanners_changed() {
    if (state_ == State::serving && leaving_ == Fate::running) send_scanners();
}

std::optional<Millis> Dialogue::deadline() const noexcept { return session_ ? session_->deadline() : std::nullopt; }
std::optional<Millis> Dialogue::still_at() const noexcept { return session_ ? session_->still_at() : std::nullopt; }

}  // namespace sekimori::biometric
