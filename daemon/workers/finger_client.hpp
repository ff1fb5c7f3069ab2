// SPDX-License-Identifier: Apache-2.0
// FingerClient: the broker's questions to the finger worker. One request at a time; a FingerRequest is a guard:
// dropping it stops the sensor.
#pragma once

#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "daemon/workers/worker_link.hpp"

namespace sekimori::daemon {

struct FingerWorkerLost {};
using FingerAnswer = std::variant<FingerWorkerLost, wire::Armed, wire::FingerRetry, wire::FingerMatched,
                                  wire::FingerNoMatch, wire::FingerFailed, wire::EnrolStage, wire::EnrolDone>;
using FingerCallback = std::function<void(FingerAnswer)>;

class FingerClient;

class FingerRequest {
  public:
    FingerRequest() noexcept = default;
    FingerRequest(FingerClient* client, wire::Request number) noexcept : client_(client), number_(number) {}
    FingerRequest(FingerRequest&& other) noexcept
        : client_(std::exchange(other.client_, nullptr)), number_(other.number_) {}
    FingerRequest& operator=(FingerRequest&& other) noexcept;
    FingerRequest(const FingerRequest&) = delete;
    FingerRequest& operator=(const FingerRequest&) = delete;
    ~FingerRequest() { drop(); }
    void drop() noexcept;

  private:
    FingerClient* client_{nullptr};
    wire::Request number_{0};
};

class FingerClient {
  public:
    // `changed`: scanners came or went, or the worker did.
    FingerClient(WorkerLinkOptions options, std::function<void()> changed);

    [[nodiscard]] bool up() const noexcept { return link_.up(); }
    [[nodiscard]] const std::vector<wire::Scanner>& scanners() const noexcept { return scanners_; }
    [[nodiscard]] bool busy() const noexcept { return callback_ != nullptr; }

    // Answers come from the loop until one that ends the request. Errors of the start are answers too
    // (FingerFailed{busy}, lost). Precondition: gallery has 1..kMaxGallery items; they are sent and forgotten.
    [[nodiscard]] FingerRequest verify(std::vector<SecureBytes> gallery, Millis deadline, FingerCallback callback);
    [[nodiscard]] FingerRequest enrol(Millis stage_deadline, FingerCallback callback);

  private:
    friend class FingerRequest;
    [[nodiscard]] FingerRequest start(FingerCallback callback);
    void send_or_lose(const Status& sent);
    void forget(wire::Request number) noexcept;
    void deliver(FingerAnswer answer, bool last);
    Status on_message(wire::MessageType type, ByteSpan bytes);
    Status on_scanners(ByteSpan bytes);
    template <class T>
    Status answer(ByteSpan bytes, bool last);

    std::vector<wire::Scanner> scanners_;
    std::function<void()> changed_;
    FingerCallback callback_;
    wire::Request current_{0};
    wire::Request next_{1};
    std::vector<Source> deferred_;
    WorkerLink link_;
};

}  // namespace sekimori::daemon
