// SPDX-License-Identifier: Apache-2.0
// sekimori-gate: run once at every start, as root, on the console. Ends with 0 when an authorised person has shown both
// factors, and never else with 0; whatever gives somebody a prompt waits for that (sekimori-gate.service).
#include <libintl.h>
#include <locale.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "session_lock/gate/attempt.hpp"
#include "session_lock/gate/rescue.hpp"

namespace {

using namespace sekimori::gate;

// SIGTERM and its like as a descriptor, so that a question at the console ends with the unit.
int open_stop() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) sigaddset(&set, number);
    if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC);
}

std::string text_of_environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

void choose_language() {
    if (!shows_japanese(text_of_environment("TERM"), text_of_environment("LANG"))) return;
    if (setlocale(LC_ALL, "") == nullptr) setlocale(LC_ALL, "C.UTF-8");
    textdomain("sekimori");
}

const char* tr(const char* english) { return gettext(english); }

Millis since_boot() {
    timespec time{};
    (void)clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::duration_cast<Millis>(std::chrono::seconds{time.tv_sec} +
                                              std::chrono::nanoseconds{time.tv_nsec});
}

// The same again is no news.
struct Told {
    Round round{Round::granted};
    Rescue rescue{Rescue::not_yet};
    bool operator==(const Told&) const = default;
};

void tell(Console& console, Round round) {
    if (round == Round::granted) console.line(tr("This machine is open."));
    if (round == Round::unavailable) console.line(tr("The card reader or the scanner is not ready yet; trying again."));
    if (round == Round::locked_out) console.line(tr("Too many failures. Try again later."));
}

}  // namespace

int main() {
    const int stop = open_stop();
    if (stop < 0) return EXIT_FAILURE;
    choose_language();
    Console console(STDIN_FILENO, STDOUT_FILENO, stop);
    console.line(tr("This machine is closed. Nobody logs in before a card and a finger were shown here."));
    Told before;
    const Round end = run_rounds({
        [&] { return attempt(console); },
        [&](Millis time, Rescue rescue) { return console.wait(time, rescue_exists() ? rescue : Rescue::not_yet); },
        [&](Round round, Rescue rescue) {
            const Told now{round, rescue_exists() ? rescue : Rescue::not_yet};
            if (now.round != before.round) tell(console, round);
            if (now != before && now.rescue == Rescue::offered) {
                console.forget_keys();
                console.line(tr("Press Enter to type the rescue code from the sealed envelope."));
            }
            before = now;
        },
        since_boot,
        [&] { rescue(console); },
    });
    return end == Round::granted ? EXIT_SUCCESS : EXIT_FAILURE;
}
