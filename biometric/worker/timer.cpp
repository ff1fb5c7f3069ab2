// SPDX-License-Identifier: Apache-2.0
#include "biometric/worker/timer.hpp"

#include <utility>

namespace sekimori::biometric {
namespace {

gboolean call(GSource* /*source*/, GSourceFunc callback, gpointer data) { return callback(data); }

GSourceFuncs kFunctions{nullptr, nullptr, call, nullptr, nullptr, nullptr};

}  // namespace

Millis monotonic_now() noexcept { return Millis{g_get_monotonic_time() / 1000}; }

Timer::Timer(Manners manners, std::function<void()> due)
    : source_(g_source_new(&kFunctions, sizeof(GSource))), due_(std::move(due)) {
    g_source_set_priority(source_, manners == Manners::patient ? G_PRIORITY_LOW : G_PRIORITY_DEFAULT);
    g_source_set_callback(source_, dispatch, this, nullptr);
    g_source_attach(source_, nullptr);
}

Timer::~Timer() {
    g_source_destroy(source_);
    g_source_unref(source_);
}

void Timer::set(std::optional<Millis> at) noexcept {
    if (at == at_) return;
    at_ = at;
    g_source_set_ready_time(source_, at ? at->count() * 1000 : -1);
}

gboolean Timer::dispatch(gpointer self) noexcept {
    static_cast<Timer*>(self)->due_();
    return G_SOURCE_CONTINUE;
}

}  // namespace sekimori::biometric
