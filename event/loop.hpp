// SPDX-License-Identifier: Apache-2.0
// sd-event as objects: a loop, and sources that end with their owner. Timers run on CLOCK_BOOTTIME, as the core's
// deadlines do: a machine that slept finds them passed.
#pragma once

#include <systemd/sd-event.h>

#include <functional>
#include <memory>
#include <string>

#include "core/instant.hpp"
#include "core/result.hpp"

namespace sekimori {

enum class Wait : std::uint8_t { read, write, both };

class Source {
  public:
    using Callback = std::function<void()>;
    Source() noexcept = default;
    [[nodiscard]] explicit operator bool() const noexcept { return held_ != nullptr; }
    void reset() noexcept { held_.reset(); }

  private:
    friend class Loop;
    struct Held {
        Callback callback;
        sd_event_source* source{nullptr};
        Held() = default;
        Held(const Held&) = delete;
        Held& operator=(const Held&) = delete;
        ~Held() { sd_event_source_disable_unref(source); }
    };
    static void call(void* data);
    std::shared_ptr<Held> held_;
};

class Loop {
  public:
    // Errors: internal.
    [[nodiscard]] static Result<Loop> make();
    // Calls back whenever `fd` is ready or hung up, and no more for what `source` waited for before: a descriptor can
    // be watched once only (epoll_ctl(2), EEXIST). `fd` must outlive the Source.
    void watch(Source& source, int fd, Wait wait, Source::Callback callback);
    // Calls back whenever the file is written or removed; an empty Source if it is not there.
    [[nodiscard]] Source modified(const std::string& path, Source::Callback callback);
    // Once, not before `delay` has passed.
    [[nodiscard]] Source after(Millis delay, Source::Callback callback);
    // Until quit(), SIGTERM or SIGINT. Returns quit()'s code, 0 for a signal.
    [[nodiscard]] int run();
    void quit(int code) { (void)sd_event_exit(event_.get(), code); }
    [[nodiscard]] sd_event* get() const noexcept { return event_.get(); }
    [[nodiscard]] static Millis now();

  private:
    struct Unref {
        void operator()(sd_event* event) const noexcept { sd_event_unref(event); }
    };
    explicit Loop(sd_event* event) : event_(event) {}
    std::unique_ptr<sd_event, Unref> event_;
};

}  // namespace sekimori
