// SPDX-License-Identifier: Apache-2.0
// sekimori-lab-bridge: a CCID reader of QEMU's takes software cards.
//
//     sekimori-lab-bridge --qemu SOCKET --cards SOCKET
//
// QEMU was started with, or was given by QMP:
//     -device usb-ccid,id=reader -chardev socket,id=slot,path=SOCKET,server=on,wait=off
//     -device ccid-card-passthru,chardev=slot,bus=reader.0
// Prints "ready" once cards can connect. Ends by a signal (0), or when QEMU went away (1).
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "tests/lab/cards/socket_address.hpp"
#include "tests/lab/qemu/bridge.hpp"
#include "tests/lab/reader/listener.hpp"

namespace sekimori::lab {
namespace {

constexpr int kBacklog = 4;
constexpr std::chrono::seconds kPatience{10};

Outcome<void> run(const std::string& qemu, const std::string& cards, std::chrono::milliseconds answer_time) {
    sigset_t ending;
    ::sigemptyset(&ending);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&ending, signal);
    ::sigprocmask(SIG_BLOCK, &ending, nullptr);
    const UniqueFd signals(::signalfd(-1, &ending, SFD_CLOEXEC));

    auto connected = connect_to_reader(qemu, kPatience, signals.get());
    if (!connected) return tl::unexpected(connected.error());
    auto listening = listen_at(cards, kBacklog);
    if (!listening) return tl::unexpected(listening.error());
    std::puts("ready");
    std::fflush(stdout);
    Bridge bridge(std::move(*connected), std::move(*listening), answer_time);
    auto ended = bridge.run(signals.get());
    ::unlink(cards.c_str());
    return ended;
}

}  // namespace
}  // namespace sekimori::lab

int main(int argc, char** argv) {
    CLI::App app("A CCID reader of QEMU's takes software cards.");
    std::string qemu;
    std::string cards;
    int milliseconds = 10'000;
    app.add_option("--qemu", qemu, "the socket of ccid-card-passthru's chardev")->required();
    app.add_option("--cards", cards, "where cards connect")->required();
    app.add_option("--answer-ms", milliseconds, "what a card may take for one answer");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    const auto ended = sekimori::lab::run(qemu, cards, std::chrono::milliseconds{milliseconds});
    if (ended) return 0;
    std::fprintf(stderr, "sekimori-lab-bridge: %s\n", ended.error().c_str());
    return 1;
}
