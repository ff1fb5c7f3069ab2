// SPDX-License-Identifier: Apache-2.0
#include "session_lock/events.hpp"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <time.h>

#include <algorithm>

namespace sekimori::lockd {
namespace {

constexpr std::uint64_t kAccuracyUsec = 1000;

}  // namespace

// Held until the callback returns, though it may drop its own Source.
void Source::call(void* data) {
    const Callback callback = static_cast<Held*>(data)->callback;
    callback();
}

Result<Loop> Loop::make() {
    sigset_t ends;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &ends, nullptr);
    sd_event* event = nullptr;
    if (sd_event_default(&event) < 0) return fail(ErrorCode::internal, "no event loop");
    Loop loop(event);
    if (sd_event_add_signal(event, nullptr, SIGTERM, nullptr, nullptr) < 0 ||
        sd_event_add_signal(event, nullptr, SIGINT, nullptr, nullptr) < 0 || sd_event_set_watchdog(event, 1) < 0)
        return fail(ErrorCode::internal, "no event loop");
    return loop;
}

Source Loop::readable(int fd, Source::Callback callback) {
    Source source;
    source.held_ = std::make_shared<Source::Held>();
    source.held_->callback = std::move(callback);
    const auto on_io = [](sd_event_source*, int, std::uint32_t, void* data) noexcept {
        Source::call(data);
        return 0;
    };
    if (sd_event_add_io(event_.get(), &source.held_->source, fd, EPOLLIN, on_io, source.held_.get()) < 0) quit(70);
    return source;
}

Source Loop::modified(const std::string& path, Source::Callback callback) {
    Source source;
    source.held_ = std::make_shared<Source::Held>();
    source.held_->callback = std::move(callback);
    const auto on_change = [](sd_event_source*, const inotify_event*, void* data) noexcept {
        Source::call(data);
        return 0;
    };
    if (sd_event_add_inotify(event_.get(), &source.held_->source, path.c_str(), IN_MODIFY | IN_DELETE_SELF, on_change,
                             source.held_.get()) < 0)
        return {};
    return source;
}

Source Loop::after(Millis delay, Source::Callback callback) {
    Source source;
    source.held_ = std::make_shared<Source::Held>();
    source.held_->callback = std::move(callback);
    const auto on_time = [](sd_event_source*, std::uint64_t, void* data) noexcept {
        Source::call(data);
        return 0;
    };
    const auto due = static_cast<std::uint64_t>(std::max((now() + delay).count(), Millis::rep{0})) * 1000;
    if (sd_event_add_time(event_.get(), &source.held_->source, CLOCK_BOOTTIME, due, kAccuracyUsec, on_time,
                          source.held_.get()) < 0)
        quit(70);
    return source;
}

int Loop::run() { return std::max(sd_event_loop(event_.get()), 0); }

Millis Loop::now() {
    timespec time{};
    (void)clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::seconds{time.tv_sec} + Millis{time.tv_nsec / 1'000'000};
}

}  // namespace sekimori::lockd
