// SPDX-License-Identifier: Apache-2.0
// Stands in for broker and workers in the launcher's tests. Which one it is, its name says; how it behaves, a file
// "NAME.mode" beside that name: "silent" (never ready), "crash" (ends at once), otherwise it is a good one. Each writes
// its environment to the lab's folder; the broker also what it was told of its workers.
#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr const char* interface_xml =
    "<node><interface name='org.sekimori.Broker1'><method name='WaitReady'/></interface></node>";

struct Broker {
    fs::path folder;
    std::string mode;
    std::map<std::string, pid_t> workers;
    std::vector<GDBusMethodInvocation*> waiting;
};

std::string mode_of(const fs::path& name) {
    std::string mode;
    std::ifstream(name.string() + ".mode") >> mode;
    return mode;
}

void answer(Broker& broker) {
    if (broker.mode == "silent" || broker.workers.size() < 2) {
        return;
    }
    for (GDBusMethodInvocation* invocation : broker.waiting) {
        g_dbus_method_invocation_return_value(invocation, nullptr);
    }
    broker.waiting.clear();
}

gboolean on_registration(gint fd, GIOCondition, gpointer data) {
    Broker& broker = *static_cast<Broker*>(data);
    std::array<char, 64> line{};
    const ssize_t got = recv(fd, line.data(), line.size() - 1, 0);
    if (got <= 0) {
        return G_SOURCE_REMOVE;
    }
    std::istringstream in(line.data());
    std::string worker;
    pid_t pid = 0;
    in >> worker >> pid;
    broker.workers[worker] = pid;
    std::ofstream(broker.folder / "registered", std::ios::app) << getpid() << ' ' << worker << ' ' << pid << '\n';
    answer(broker);
    return G_SOURCE_CONTINUE;
}

void on_call(GDBusConnection*, const gchar*, const gchar*, const gchar*, const gchar*, GVariant*,
             GDBusMethodInvocation* invocation, gpointer data) {
    Broker& broker = *static_cast<Broker*>(data);
    broker.waiting.push_back(invocation);
    answer(broker);
}

constexpr GDBusInterfaceVTable vtable{on_call, nullptr, nullptr, {}};

void on_bus(GDBusConnection* bus, const gchar*, gpointer data) {
    GDBusNodeInfo* node = g_dbus_node_info_new_for_xml(interface_xml, nullptr);
    g_dbus_connection_register_object(bus, "/org/sekimori/Broker", node->interfaces[0], &vtable, data, nullptr,
                                      nullptr);
}

void on_name_lost(GDBusConnection*, const gchar*, gpointer) { std::_Exit(3); }

int run_broker(Broker& broker, int registry) {
    GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
    g_unix_fd_add(registry, G_IO_IN, on_registration, &broker);
    g_bus_own_name(G_BUS_TYPE_SYSTEM, "org.sekimori.Broker", G_BUS_NAME_OWNER_FLAGS_NONE, on_bus, nullptr, on_name_lost,
                   &broker, nullptr);
    g_main_loop_run(loop);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const fs::path self = argv[0];
    const std::string mode = mode_of(self);
    if (argc < 3 || mode == "crash") {
        std::fprintf(stderr, "this is how %s ends\n", self.filename().c_str());
        return 9;
    }
    const fs::path folder = fs::path(argv[2]).parent_path();
    std::ofstream log(folder / (self.filename().string() + ".environment"));
    for (char** variable = environ; *variable != nullptr; ++variable) {
        log << *variable << '\n';
    }
    log << "uid=" << getuid() << '\n';
    log.close();
    if (self.filename() == "sekimorid") {
        Broker broker{folder, mode, {}, {}};
        return run_broker(broker, argc < 5 ? -1 : std::atoi(argv[4]));
    }
    while (true) {
        pause();
    }
}
