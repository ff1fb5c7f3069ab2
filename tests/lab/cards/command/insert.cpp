// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <optional>

#include "tests/lab/cards/card_connection.hpp"
#include "tests/lab/cards/card_folder.hpp"
#include "tests/lab/cards/command/commands.hpp"

namespace sekimori::lab {
namespace {

struct Request {
    std::string folder;
    std::string socket;
    std::vector<std::string> faults;
    bool stay = false;
    double seconds = 0;
    double wait = 10;
};

struct Wanted {
    Misbehaviour misbehaviour;
    Faults faults;
};

Outcome<void> add_fault(Wanted& wanted, const std::string& text) {
    Misbehaviour& card = wanted.misbehaviour;
    if (text == "wrong-key") {
        card.signing = Signing::WrongKey;
    } else if (text == "replay") {
        card.signing = Signing::Replay;
    } else if (text == "blocked") {
        card.pin_blocked = true;
    } else if (text == "first-6f00") {
        card.first_command_fails = true;
    } else if (text == "keep-login") {
        card.warm_reset = WarmReset::KeepsLogin;
    } else if (text == "wrong-ck") {
        card.wrong_card_key = true;
    } else if (text == "stale-rc") {
        card.stale_challenge = true;
    } else if (text.starts_with("swap:")) {
        auto next = load_card(text.substr(5));
        if (!next) return tl::unexpected(next.error());
        wanted.faults.push_back(faults::swap_before_signature(std::move(*next)));
    } else {
        auto fault = parse_fault(text);
        if (!fault) return tl::unexpected(fault.error());
        wanted.faults.push_back(std::move(*fault));
    }
    return {};
}

// A pipe, a socket or a terminal on stdin can end the insertion by its end; the /dev/null of a background job can't.
bool stdin_counts() {
    struct stat info {};
    return ::fstat(STDIN_FILENO, &info) == 0 &&
           (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode) || ::isatty(STDIN_FILENO) != 0);
}

// Returns once the card is to come out, or is out.
void keep_in(CardConnection& connection, int signals, double seconds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    bool watch_stdin = stdin_counts();
    while (!connection.wait_until_out(std::chrono::milliseconds{0})) {
        if (seconds > 0 && std::chrono::steady_clock::now() >= deadline) return;
        constexpr int look_again_ms = 50;
        std::array<pollfd, 2> items{pollfd{signals, POLLIN, 0}, pollfd{watch_stdin ? STDIN_FILENO : -1, POLLIN, 0}};
        if (::poll(items.data(), items.size(), look_again_ms) <= 0) continue;
        if (items[0].revents != 0) return;
        if (items[1].revents != 0) {
            std::array<char, 256> dropped{};
            const ssize_t n = ::read(STDIN_FILENO, dropped.data(), dropped.size());
            if (n == 0) return;
            watch_stdin = n > 0;  // a background job may not read its terminal
        }
    }
}

int insert(const Request& request) {
    const auto fail = [](const std::string& what) {
        std::fprintf(stderr, "sekimori-lab-card: %s\n", what.c_str());
        return kFailed;
    };
    // Before the connection's thread exists, so that it inherits the mask.
    sigset_t ending;
    ::sigemptyset(&ending);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&ending, signal);
    ::sigprocmask(SIG_BLOCK, &ending, nullptr);
    ::signal(SIGTTIN, SIG_IGN);
    const UniqueFd signals(::signalfd(-1, &ending, SFD_CLOEXEC));

    Wanted wanted;
    for (const std::string& text : request.faults) {
        if (const auto added = add_fault(wanted, text); !added) {
            fail(added.error());
            return kUsage;
        }
    }
    auto card = load_card(request.folder, wanted.misbehaviour);
    if (!card) return fail(card.error());
    CardConnection connection(std::move(*card), std::move(wanted.faults));
    connection.on_reader_loss(request.stay ? ReaderLoss::Reinserts : ReaderLoss::Ends);
    const auto patience = std::chrono::milliseconds(static_cast<long>(request.wait * 1000));
    const auto start = std::chrono::steady_clock::now();
    if (const auto in = connection.insert(request.socket, patience); !in) return fail(in.error());
    const auto left =
        patience - std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
    if (!connection.wait_until_taken(left)) return fail("the reader did not take the card");
    std::puts("inserted");
    std::fflush(stdout);

    keep_in(connection, signals.get(), request.seconds);
    connection.pull();
    if (connection.counters().out == CardConnection::Out::ByReader) return fail("the reader went away");
    return kDone;
}

}  // namespace

void add_insert_command(CLI::App& app, int& code) {
    auto request = std::make_shared<Request>();
    CLI::App* command = app.add_subcommand("insert", "puts a card into a reader and keeps it in");
    command->add_option("folder", request->folder, "a folder that `new` made")->required();
    command->add_option("--socket", request->socket, "the reader's socket, or tcp:PORT of a vpcd on this machine")
        ->required();
    command->add_option("--seconds", request->seconds, "pull the card after so long; else at EOF on stdin or a signal");
    command->add_option("--wait", request->wait, "how many seconds the reader may take to power the card");
    command->add_flag("--stay", request->stay, "when pcscd restarts, be in again as a real card would be");
    command->add_option("--fault", request->faults, "misbehaviour; may be given several times (README.md lists them)")
        ->allow_extra_args(false);
    command->callback([request, &code] { code = insert(*request); });
}

}  // namespace sekimori::lab
