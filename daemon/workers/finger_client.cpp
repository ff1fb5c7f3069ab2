// SPDX-License-Identifier: Apache-2.0
#include "daemon/workers/finger_client.hpp"

#include <array>

namespace sekimori::daemon {
namespace {

constexpr std::size_t kMaxPending = 16;

}  // namespace

FingerRequest& FingerRequest::operator=(FingerRequest&& other) noexcept {
    if (this != &other) {
        drop();
        client_ = std::exchange(other.client_, nullptr);
        number_ = other.number_;
    }
    return *this;
}

void FingerRequest::drop() noexcept {
    if (client_ != nullptr) std::exchange(client_, nullptr)->forget(number_);
}

FingerClient::FingerClient(WorkerLinkOptions options, std::function<void()> changed)
    : changed_(std::move(changed)),
      link_(std::move(options),
            {[this](wire::MessageType type, ByteSpan bytes) { return on_message(type, bytes); }, [this] { changed_(); },
             [this] {
                 scanners_.clear();
                 deliver(FingerWorkerLost{}, true);
                 changed_();
             }}) {}

FingerRequest FingerClient::start(FingerCallback callback) {
    if (deferred_.size() > kMaxPending) deferred_.erase(deferred_.begin());  // long fired
    const wire::Request number = next_++;
    if (callback_ != nullptr) {  // the driver never does this: transactions take turns
        deferred_.push_back(soon([callback = std::move(callback), number] {
            wire::FingerFailed failed;
            failed.request = number;
            failed.fault = wire::FingerFault::busy;
            callback(failed);
        }));
        return {};
    }
    current_ = number;
    callback_ = std::move(callback);
    return {this, number};
}

void FingerClient::send_or_lose(const Status& sent) {
    if (sent) return;
    const wire::Request number = current_;
    deferred_.push_back(soon([this, number] {
        if (current_ == number) deliver(FingerWorkerLost{}, true);
    }));
}

FingerRequest FingerClient::verify(std::vector<SecureBytes> gallery, Millis deadline, FingerCallback callback) {
    FingerRequest request = start(std::move(callback));
    const wire::Request number = next_ - 1;
    if (current_ != number) return request;
    Status sent;
    wire::Verify verify;
    verify.request = number;
    verify.deadline_ms = static_cast<std::uint32_t>(deadline.count());
    for (SecureBytes& data : gallery) {
        wire::GalleryItem item;
        item.request = number;
        item.index = verify.count++;
        item.data = std::move(data);
        if (sent) sent = link_.send(item);
    }
    if (sent) sent = link_.send(verify);
    send_or_lose(sent);
    return request;
}

FingerRequest FingerClient::enrol(Millis stage_deadline, FingerCallback callback) {
    FingerRequest request = start(std::move(callback));
    const wire::Request number = next_ - 1;
    if (current_ != number) return request;
    wire::EnrolFinger message;
    message.request = number;
    message.stage_deadline_ms = static_cast<std::uint32_t>(stage_deadline.count());
    send_or_lose(link_.send(message));
    return request;
}

void FingerClient::forget(wire::Request number) noexcept {
    if (number != current_ || callback_ == nullptr) return;
    callback_ = nullptr;
    current_ = 0;
    wire::Stop message;
    message.request = number;
    (void)link_.send(message);
}

void FingerClient::deliver(FingerAnswer answer, bool last) {
    if (callback_ == nullptr) return;
    const FingerCallback callback = callback_;
    if (last) {
        callback_ = nullptr;
        current_ = 0;
    }
    callback(std::move(answer));
}

template <class T>
Status FingerClient::answer(ByteSpan bytes, bool last) {
    auto message = wire::decode<T>(bytes);
    if (!message) return tl::unexpected<Error>(message.error());
    if (message->request == 0 || message->request >= next_) return fail(ErrorCode::malformed, "an answer to nothing");
    if (message->request == current_) deliver(std::move(*message), last);
    return {};
}

Status FingerClient::on_scanners(ByteSpan bytes) {
    auto message = wire::decode<wire::Scanners>(bytes);
    if (!message) return tl::unexpected<Error>(message.error());
    scanners_ = std::move(message->scanners);
    changed_();
    return {};
}

Status FingerClient::on_message(wire::MessageType type, ByteSpan bytes) {
    using M = wire::MessageType;
    if (type == M::scanners) return on_scanners(bytes);
    struct Row {
        M type;
        Status (FingerClient::*handler)(ByteSpan, bool);
        bool last;
    };
    static constexpr std::array kAnswers{
        Row{M::armed, &FingerClient::answer<wire::Armed>, false},
        Row{M::finger_retry, &FingerClient::answer<wire::FingerRetry>, false},
        Row{M::enrol_stage, &FingerClient::answer<wire::EnrolStage>, false},
        Row{M::finger_matched, &FingerClient::answer<wire::FingerMatched>, true},
        Row{M::finger_no_match, &FingerClient::answer<wire::FingerNoMatch>, true},
        Row{M::finger_failed, &FingerClient::answer<wire::FingerFailed>, true},
        Row{M::enrol_done, &FingerClient::answer<wire::EnrolDone>, true},
    };
    for (const Row& row : kAnswers)
        if (row.type == type) return (this->*row.handler)(bytes, row.last);
    return fail(ErrorCode::malformed, "not a finger worker's message");
}

}  // namespace sekimori::daemon
