// SPDX-License-Identifier: Apache-2.0
#include "event/loop.hpp"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <time.h>

#include <algorithm>

namespace sekimori {
namespace {

constexpr std::uint64_t kAccuracyUsec = 1000;
constexpr int kInternal = 70;

std::uint32_t events_of(Wait wait) noexcept {
    return wait == Wait::read ? EPOLLIN : wait == Wait::write ? EPOLLOUT : EPOLLIN | EPOLLOUT;
}

}  // namespace

// A copy: the callback may drop its own Source.
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
    if (sd_event_new(&event) < 0) return fail(ErrorCode::internal, "no event loop");
    Loop loop(event);
    if (sd_event_add_signal(event, nullptr, SIGTERM, nullptr, nullptr) < 0 ||
        sd_event_add_signal(event, nullptr, SIGINT, nullptr, nullptr) < 0 || sd_event_set_watchdog(event, 1) < 0)
        return fail(ErrorCode::internal, "no event loop");
    return loop;
}

void Loop::watch(Source& source, int fd, Wait wait, Source::Callback callback) {
    source.reset();
    source.held_ = std::make_shared<Source::Held>();
    source.held_->callback = std::move(callback);
    const auto on_io = [](sd_event_source*, int, std::uint32_t, void* data) noexcept {
        Source::call(data);
        return 0;
    };
    if (sd_event_add_io(event_.get(), &source.held_->source, fd, events_of(wait), on_io, source.held_.get()) < 0)
        quit(kInternal);
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
        quit(kInternal);
    return source;
}

int Loop::run() { return std::max(sd_event_loop(event_.get()), 0); }

Millis Loop::now() {
    timespec time{};
    (void)clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::seconds{time.tv_sec} + Millis{time.tv_nsec / 1'000'000};
}

}  // namespace sekimori
