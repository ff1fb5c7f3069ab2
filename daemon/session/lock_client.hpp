// SPDX-License-Identifier: Apache-2.0
// LockClient: the broker's end of lock.sock. What lockd says is a claim about sessions; it opens nothing.
#pragma once

#include <functional>
#include <string>

#include "daemon/workers/worker_link.hpp"

namespace sekimori::daemon {

// Told of what lockd sees. Calls come from the loop.
class LockListener {
  public:
    virtual ~LockListener() = default;
    virtual void lockd_up() = 0;
    virtual void lockd_down() = 0;
    virtual void session_facts(const wire::SessionFacts& facts) = 0;
    virtual void session_event(const std::string& id, const session::Event& event) = 0;
    virtual void machine_slept() = 0;
};

class LockClient {
  public:
    explicit LockClient(WorkerLinkOptions options);
    void listen(LockListener* listener) { listener_ = listener; }
    [[nodiscard]] bool up() const noexcept { return link_.up(); }

    // Errors: gone (no lockd).
    Status watch(const std::string& id, Millis whole, Millis alone);
    Status lock(const std::string& id);
    Status end(const std::string& id, wire::EndScope scope);
    Status forget(const std::string& id);

  private:
    Status on_message(wire::MessageType type, ByteSpan bytes);
    template <class T, class Handler>
    Status take(ByteSpan bytes, Handler handler);

    LockListener* listener_{nullptr};
    WorkerLink link_;
};

}  // namespace sekimori::daemon
