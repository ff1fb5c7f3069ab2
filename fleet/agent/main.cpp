// SPDX-License-Identifier: Apache-2.0
// sekimori-fleet: carries bytes between the broker and the fleet's server.
//
//     sekimori-fleet [--config FILE] [--state DIR]
//
// Exit: 0 told to end; 64 command line or configuration; 70 internal. A supervisor starts it anew; without it a
// terminal works on for as long as it may be offline.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include <string>
#include <string_view>

#include "crypto/system.hpp"
#include "event/log.hpp"
#include "fleet/agent/courier.hpp"
#include "fleet/io/files.hpp"
#include "protocol/config.hpp"

namespace sekimori::fleet {
namespace {

enum Exit : int { kUsage = 64, kInternal = 70 };

void harden() {
    const rlimit none{0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)umask(077);
}

int run(const std::string& path, const std::string& directory) {
    const auto config = load_config(path);
    if (!config) {
        log_error("{}", config.error().message);
        return kUsage;
    }
    if (auto own = own_directory(directory); !own) {
        log_error("{}", own.error().message);
        return kUsage;
    }
    auto loop = Loop::make();
    if (!loop) {
        log_error("{}", loop.error().message);
        return kInternal;
    }
    crypto::SystemRng rng;
    Papers papers(directory);
    BrokerLink broker(*loop, config->workers_dir + "/fleet.sock");
    const Courier courier(*loop, broker, papers, rng);
    broker.connect();
    (void)sd_notify(0, "READY=1");
    return loop->run();
}

}  // namespace
}  // namespace sekimori::fleet

int main(int argc, char** argv) {
    using namespace sekimori::fleet;
    std::string path = "/etc/sekimori/sekimori.conf";
    std::string directory = "/var/lib/sekimori-fleet";
    for (int i = 1; i < argc; i += 2) {
        const std::string_view option = argv[i];
        if (i + 1 == argc || (option != "--config" && option != "--state")) {
            sekimori::log_error("usage: sekimori-fleet [--config FILE] [--state DIR]");
            return kUsage;
        }
        (option == "--config" ? path : directory) = argv[i + 1];
    }
    harden();
    return run(path, directory);
}
