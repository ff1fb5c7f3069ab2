// SPDX-License-Identifier: Apache-2.0
// The broker's main loop: GLib's default context, one thread. A Source is a watch or a timer that ends with its object.
#pragma once

#include <functional>
#include <utility>

#include "core/instant.hpp"

namespace sekimori::daemon {

class Source {
  public:
    Source() noexcept = default;
    explicit Source(unsigned id) noexcept : id_(id) {}
    Source(Source&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
    Source& operator=(Source&& other) noexcept {
        if (this != &other) {
            reset();
            id_ = std::exchange(other.id_, 0);
        }
        return *this;
    }
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    ~Source() { reset(); }
    void reset() noexcept;
    [[nodiscard]] explicit operator bool() const noexcept { return id_ != 0; }

  private:
    unsigned id_{0};
};

// Calls back whenever `fd` is readable, hung up or in error, until the Source ends. `fd` must outlive it.
// A callback may destroy the Source that called it (its closure lives until it returns).
[[nodiscard]] Source watch_readable(int fd, std::function<void()> callback);
// The same whenever `fd` takes more.
[[nodiscard]] Source watch_writable(int fd, std::function<void()> callback);
// Calls back once, not before `delay` has passed; the Source is spent then.
[[nodiscard]] Source after(Millis delay, std::function<void()> callback);
// Calls back from the loop, after what runs now has returned.
[[nodiscard]] inline Source soon(std::function<void()> callback) { return after(Millis{0}, std::move(callback)); }

}  // namespace sekimori::daemon
