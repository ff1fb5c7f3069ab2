// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/launcher/ready.hpp"

#include <gio/gio.h>
#include <glib-unix.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <deque>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "tests/lab/launcher/quote.hpp"

namespace sekimori::lab::launcher {
namespace {

constexpr std::size_t quoted_lines = 12;
constexpr std::size_t max_line = 400;

struct Unref {
    void operator()(void* object) const noexcept { g_object_unref(object); }
};
template <class T>
using Object = std::unique_ptr<T, Unref>;
struct UnrefLoop {
    void operator()(GMainLoop* loop) const noexcept { g_main_loop_unref(loop); }
};
using Loop = std::unique_ptr<GMainLoop, UnrefLoop>;

std::string last_lines(const std::string& file) {
    std::ifstream in(file);
    std::deque<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line.substr(0, max_line));
        if (lines.size() > quoted_lines) {
            lines.pop_front();
        }
    }
    std::string quoted;
    for (const std::string& line : lines) {
        quoted += "\n  " + line;
    }
    return quoted.empty() ? " and wrote nothing to " + file : "; the end of " + file + ":" + quoted;
}

class ReadyWait {
  public:
    ReadyWait(const Layout& layout, int control, std::chrono::milliseconds limit)
        : layout_(layout), control_(control), limit_(limit), loop_(g_main_loop_new(nullptr, FALSE)) {}

    Status run() {
        const guint timer = g_timeout_add(static_cast<guint>(limit_.count()), on_timeout, this);
        const guint watch =
            g_unix_fd_add(control_, static_cast<GIOCondition>(G_IO_IN | G_IO_HUP | G_IO_ERR), on_control, this);
        connect();
        g_main_loop_run(loop_.get());
        g_cancellable_cancel(cancellable_.get());
        for (const guint source : {timer, watch, retry_}) {
            if (source != 0 && g_main_context_find_source_by_id(nullptr, source) != nullptr) {
                g_source_remove(source);
            }
        }
        // What was cancelled calls back once more, and this object must still be there.
        while (pending_ > 0) {
            g_main_context_iteration(nullptr, TRUE);
        }
        return outcome_;
    }

  private:
    void connect() {
        const std::string address = "unix:path=" + bus_address_value(layout_.bus());
        ++pending_;
        g_dbus_connection_new_for_address(
            address.c_str(),
            static_cast<GDBusConnectionFlags>(G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                              G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION),
            nullptr, cancellable_.get(), on_connected, this);
    }

    void ask() {
        ++pending_;
        g_dbus_connection_call(bus_.get(), "org.sekimori.Broker", "/org/sekimori/Broker", "org.sekimori.Broker1",
                               "WaitReady", nullptr, nullptr, G_DBUS_CALL_FLAGS_NO_AUTO_START,
                               static_cast<gint>(limit_.count()), cancellable_.get(), on_answer, this);
    }

    // The broker or the bus is not there yet, or went away meanwhile.
    void try_again() {
        constexpr guint pause_ms = 25;
        if (!done_) {
            retry_ = g_timeout_add(pause_ms, on_retry, this);
        }
    }

    void finish(Status outcome) {
        if (!done_) {
            done_ = true;
            outcome_ = std::move(outcome);
            g_main_loop_quit(loop_.get());
        }
    }

    // One line of the supervisor's.
    void hear(const std::string& line) {
        const std::size_t blank = std::min(line.find(' '), line.size());
        const std::string word = line.substr(0, blank);
        const std::string rest = line.substr(std::min(blank + 1, line.size()));
        if (word == "failed") {
            finish(fail(ErrorCode::unavailable, rest));
        } else if (word == "exit") {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            last_dead_ = rest.substr(0, end);
            last_death_ = rest.substr(std::min(end + 1, rest.size()));
        } else if (word == "over") {
            finish(fail(ErrorCode::unavailable,
                        rest + " keeps dying (" + last_death_ + ")" + last_lines(layout_.log(rest))));
        }
    }

    void time_out() {
        const std::string when = "no login can be started after " + std::to_string(limit_.count()) + " ms: ";
        if (last_dead_.empty()) {
            finish(fail(ErrorCode::timeout, when + "the broker is not ready" + last_lines(layout_.log("broker")) +
                                                "\nthe card worker" + last_lines(layout_.log("card")) +
                                                "\nthe finger worker" + last_lines(layout_.log("finger"))));
        } else {
            finish(fail(ErrorCode::timeout,
                        when + last_dead_ + " died (" + last_death_ + ")" + last_lines(layout_.log(last_dead_))));
        }
    }

    static ReadyWait& self(gpointer data) { return *static_cast<ReadyWait*>(data); }

    static gboolean on_timeout(gpointer data) noexcept {
        self(data).time_out();
        return G_SOURCE_REMOVE;
    }

    static gboolean on_retry(gpointer data) noexcept {
        self(data).retry_ = 0;
        if (self(data).bus_ && g_dbus_connection_is_closed(self(data).bus_.get()) == FALSE) {
            self(data).ask();
        } else {
            self(data).connect();
        }
        return G_SOURCE_REMOVE;
    }

    static gboolean on_control(gint fd, GIOCondition, gpointer data) noexcept {
        std::array<char, 1024> line{};
        const ssize_t got = recv(fd, line.data(), line.size(), MSG_DONTWAIT);
        if (got > 0) {
            self(data).hear(std::string(line.data(), static_cast<std::size_t>(got)));
            return G_SOURCE_CONTINUE;
        }
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return G_SOURCE_CONTINUE;
        }
        self(data).finish(
            fail(ErrorCode::unavailable, "the supervisor is gone" + last_lines(self(data).layout_.log("supervisor"))));
        return G_SOURCE_REMOVE;
    }

    static void on_connected(GObject*, GAsyncResult* result, gpointer data) noexcept {
        --self(data).pending_;
        Object<GDBusConnection> bus(g_dbus_connection_new_for_address_finish(result, nullptr));
        if (self(data).done_) {
            return;
        }
        if (!bus) {
            self(data).try_again();
            return;
        }
        g_dbus_connection_set_exit_on_close(bus.get(), FALSE);
        self(data).bus_ = std::move(bus);
        self(data).ask();
    }

    static void on_answer(GObject* bus, GAsyncResult* result, gpointer data) noexcept {
        --self(data).pending_;
        GVariant* answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(bus), result, nullptr);
        if (answer == nullptr) {
            self(data).try_again();
            return;
        }
        g_variant_unref(answer);
        self(data).finish({});
    }

    const Layout& layout_;
    int control_;
    std::chrono::milliseconds limit_;
    Loop loop_;
    Object<GCancellable> cancellable_{g_cancellable_new()};
    Object<GDBusConnection> bus_;
    guint retry_ = 0;
    int pending_ = 0;
    bool done_ = false;
    Status outcome_;
    std::string last_dead_;
    std::string last_death_;
};

}  // namespace

Status wait_ready(const Layout& layout, int control, std::chrono::milliseconds limit) {
    return ReadyWait(layout, control, limit).run();
}

}  // namespace sekimori::lab::launcher
