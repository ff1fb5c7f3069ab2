// SPDX-License-Identifier: Apache-2.0
// Monitor: a thread with a context of its own that watches the allowed readers and tells every change at once, also
// while a request is being served. Survives the absence and the restart of pcscd.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

#include "smartcard/pcsc/presence_tracker.hpp"
#include "smartcard/pcsc/reader_filter.hpp"
#include "smartcard/pcsc/service_wait.hpp"

namespace sekimori::smartcard::pcsc {

class Monitor {
  public:
    // Called on the monitor's thread.
    using Tell = std::function<void(const PresenceEvent&)>;

    // Starts at once.
    Monitor(ReaderFilter filter, Tell tell);
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;
    Monitor(Monitor&&) = delete;
    Monitor& operator=(Monitor&&) = delete;
    // Ends the thread and waits for it.
    ~Monitor();

  private:
    void run();
    [[nodiscard]] LONG look();
    [[nodiscard]] LONG wait();
    void forget();
    void tell_changes(const std::vector<ReaderState>& now);

    ReaderFilter filter_;
    Tell tell_;
    PresenceTracker tracker_;
    Context context_;
    std::mutex opening_;  // context_'s life against cancel()
    std::vector<ReaderState> states_;
    bool looked_{false};
    ServiceWait service_;
    std::atomic<bool> stop_{false};
    std::atomic<bool> ended_{false};
    std::thread thread_;
};

}  // namespace sekimori::smartcard::pcsc
