// SPDX-License-Identifier: Apache-2.0
// What arrives at journald and at a syslog daemon, on the sockets that they have: every event, in the trail's order,
// each in one datagram.
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>

#include <algorithm>
#include <cstring>

#include "daemon/store/forward.hpp"
#include "protocol/channel.hpp"
#include "tests/unit/daemon/store_fixture.hpp"
#include "tests/unit/own_mounts.hpp"

namespace sekimori::daemon {
namespace {

using test::in_child;
using test::kNoMount;
using test::mount_of_our_own;

UniqueFd listen_at(const char* path) {
    UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd.reset();
    return fd;
}

// Sent before the store answered: nothing is waited for.
std::vector<std::string> arrived(const UniqueFd& fd) {
    std::vector<std::string> all;
    pollfd ready{fd.get(), POLLIN, 0};
    while (poll(&ready, 1, 0) == 1) {
        char buffer[4096];
        const ssize_t size = recv(fd.get(), buffer, sizeof buffer, MSG_TRUNC);
        if (size < 0 || static_cast<std::size_t>(size) > sizeof buffer) break;
        all.emplace_back(buffer, static_cast<std::size_t>(size));
    }
    return all;
}

class StoreForward : public StoreTest {
  protected:
    // In a child, with a directory of its own in which the socket is: three events, one of them before anybody listens.
    // What `check` says of the other two.
    std::string forwards(const char* to, const char* directory_of_socket, const char* socket,
                         const std::function<std::string(const AuditRow&, const std::string&)>& check) {
        return in_child([&]() -> std::string {
            StoreOptions with = options();
            with.forward = to;
            auto opened = Store::open(std::move(with), clock, rng);
            if (!opened) return "opening: " + opened.error().message;
            store = std::move(*opened);
            if (auto told = mount_of_our_own(directory_of_socket, "size=1m,mode=0755"); !told.empty()) return told;
            if (!store->append(event("login"))) return "an event that nobody hears is not recorded";
            const std::string path = socket;
            for (auto slash = path.find('/', 5); slash != std::string::npos; slash = path.find('/', slash + 1))
                (void)mkdir(path.substr(0, slash).c_str(), 0755);
            const UniqueFd fd = listen_at(socket);
            if (!fd) return "bind";
            AuditEvent good = event("card.revoke", PersonId{{7}});
            good.who = PersonId{{8}};
            good.where = "tty1\nPRIORITY=0";
            AuditEvent bad = event("login");
            bad.success = false;
            bad.reason = "no_match";
            if (!store->append_all({good, bad})) return "append";
            const auto rows = store->audit({});
            const auto heard = arrived(fd);
            if (!rows || rows->size() != 3) return "rows";
            if (heard.size() != 2) return std::to_string(heard.size()) + " datagrams arrived";
            for (std::size_t i = 0; i < heard.size(); ++i)
                if (auto told = check((*rows)[i + 1], heard[i]); !told.empty()) return told + ": " + heard[i];
            return "";
        });
    }
};

// Each field on a line of its own, as journald's native protocol has those without a line's end in them.
TEST_F(StoreForward, JournaldHearsEachFieldOfEachEvent) {
    const auto told =
        forwards("journal", "/run", "/run/systemd/journal/socket", [](const AuditRow& row, const std::string& heard) {
            std::string wanted;
            for (const std::string& field : journal_fields(row)) wanted += field + "\n";
            // libsystemd says beside it from which line of ours it came.
            const bool said = heard.starts_with(wanted) && heard.substr(wanted.size()).starts_with("CODE_");
            return said ? "" : "not the fields that were to come";
        });
    if (told == kNoMount) GTEST_SKIP() << told;
    EXPECT_EQ(told, "");
}

TEST_F(StoreForward, ASyslogDaemonHearsALineAnEvent) {
    const auto told = forwards("syslog", "/dev", "/dev/log", [](const AuditRow& row, const std::string& heard) {
        const int priority = LOG_AUTHPRIV | (row.event.success ? LOG_NOTICE : LOG_WARNING);
        const std::string line = syslog_line(row);
        if (!heard.starts_with("<" + std::to_string(priority) + ">")) return "not its priority";
        if (heard.find(": " + line) != heard.size() - line.size() - 2) return "not the line that was to come";
        return heard.find('\n') == std::string::npos ? "" : "more than a line";
    });
    if (told == kNoMount) GTEST_SKIP() << told;
    EXPECT_EQ(told, "");
}

}  // namespace
}  // namespace sekimori::daemon
