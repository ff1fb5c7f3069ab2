// SPDX-License-Identifier: Apache-2.0
// sekimori-authority: the fleet's sequencer and what the people do who hold its passphrase (sekimori-authority(8)).
//
// Exit: 0 done; 1 refused or failed; 2 usage; 3 the server is not reachable, or the card is away; 70 internal (run:
// start it again).
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include "crypto/system.hpp"
#include "event/log.hpp"
#include "fleet/authority/verbs.hpp"

namespace sekimori::fleet {
namespace {

void harden() {
    const rlimit none{0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)umask(077);
}

int exit_of(const Error& error) {
    if (error.code == ErrorCode::invalid_argument) return 2;
    if (error.code == ErrorCode::internal) return 70;
    const bool away =
        error.code == ErrorCode::unavailable || error.code == ErrorCode::gone || error.code == ErrorCode::timeout;
    return away ? 3 : 1;
}

int run(int argc, char** argv) {
    auto clock = crypto::SystemClock::make();
    if (!clock) return 70;
    crypto::SystemRng rng;
    const auto words = parse_words(argc, argv);
    const Status done = words ? perform(*words, *clock, rng) : Status(tl::unexpected<Error>(words.error()));
    if (done) return 0;
    (void)fprintf(stderr, "sekimori-authority: %s\n", done.error().message.c_str());
    if (done.error().code == ErrorCode::invalid_argument) (void)fputs(kUsage, stderr);
    return exit_of(done.error());
}

}  // namespace
}  // namespace sekimori::fleet

int main(int argc, char** argv) {
    sekimori::fleet::harden();
    return sekimori::fleet::run(argc, argv);
}
