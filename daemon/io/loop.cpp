// SPDX-License-Identifier: Apache-2.0
#include "daemon/io/loop.hpp"

#include <glib-unix.h>

#include <algorithm>

namespace sekimori::daemon {
namespace {

using Callback = std::function<void()>;

// GLib holds the closure until the dispatch that uses it has returned, and calls the notifier once.
void drop(gpointer data) noexcept { delete static_cast<Callback*>(data); }

// The broker has no exceptions of its own; one from the library (no memory) ends the process: fail closed.
void run(gpointer data) noexcept { (*static_cast<Callback*>(data))(); }

gboolean on_fd(gint, GIOCondition, gpointer data) noexcept {
    run(data);
    return G_SOURCE_CONTINUE;
}
gboolean on_time(gpointer data) noexcept {
    run(data);
    return G_SOURCE_REMOVE;
}

}  // namespace

void Source::reset() noexcept {
    if (id_ == 0) return;
    // A timer that has fired is gone already: look before removing, GLib warns otherwise.
    if (GSource* source = g_main_context_find_source_by_id(nullptr, id_); source != nullptr) g_source_destroy(source);
    id_ = 0;
}

Source watch_readable(int fd, std::function<void()> callback) {
    const auto condition = static_cast<GIOCondition>(G_IO_IN | G_IO_HUP | G_IO_ERR);
    return Source(
        g_unix_fd_add_full(G_PRIORITY_DEFAULT, fd, condition, on_fd, new Callback(std::move(callback)), drop));
}

Source watch_writable(int fd, std::function<void()> callback) {
    const auto condition = static_cast<GIOCondition>(G_IO_OUT | G_IO_HUP | G_IO_ERR);
    return Source(
        g_unix_fd_add_full(G_PRIORITY_DEFAULT, fd, condition, on_fd, new Callback(std::move(callback)), drop));
}

Source after(Millis delay, std::function<void()> callback) {
    const auto wait = static_cast<guint>(std::clamp<long long>(delay.count(), 0, 24LL * 3600 * 1000));
    return Source(g_timeout_add_full(G_PRIORITY_DEFAULT, wait, on_time, new Callback(std::move(callback)), drop));
}

}  // namespace sekimori::daemon
