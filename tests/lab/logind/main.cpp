// SPDX-License-Identifier: Apache-2.0
// sekimori-lab-logind: stands in for logind on the bus that DBUS_SYSTEM_BUS_ADDRESS names, until that bus ends.
#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/lab/logind/stand_in.hpp"

namespace {

gboolean on_signal(gpointer loop) noexcept {
    g_main_loop_quit(static_cast<GMainLoop*>(loop));
    return G_SOURCE_CONTINUE;
}
void on_lost(GDBusConnection*, const char* name, gpointer loop) noexcept {
    std::fprintf(stderr, "the name %s is not to be had\n", name);
    g_main_loop_quit(static_cast<GMainLoop*>(loop));
}

}  // namespace

int main() {
    // Never on the system's own bus.
    const char* address = std::getenv("DBUS_SYSTEM_BUS_ADDRESS");
    if (address == nullptr || std::string(address).find("/run/dbus/") != std::string::npos) {
        std::fprintf(stderr, "DBUS_SYSTEM_BUS_ADDRESS must name a laboratory's bus\n");
        return 64;
    }
    GDBusConnection* bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, nullptr, nullptr);
    if (bus == nullptr) return 69;
    GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
    g_unix_signal_add(SIGTERM, on_signal, loop);
    g_unix_signal_add(SIGINT, on_signal, loop);
    {
        sekimori::lab::logind::StandIn stand_in(bus);
        const auto own = [&](const char* name) {
            return g_bus_own_name_on_connection(bus, name, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, nullptr, on_lost, loop,
                                                nullptr);
        };
        const guint names[] = {own("org.freedesktop.login1"), own("org.freedesktop.systemd1")};
        g_main_loop_run(loop);
        for (const guint name : names) g_bus_unown_name(name);
    }
    g_main_loop_unref(loop);
    g_object_unref(bus);
    return 0;
}
