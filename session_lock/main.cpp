// SPDX-License-Identifier: Apache-2.0
// sekimori-lockd: locks and ends sessions when the broker says so, proves that it happened, and locks by itself when
// the broker is gone.
//
//     sekimori-lockd [--config FILE]
//
// Exit: 0 told to end; 64 command line or configuration; 69 no system bus; 70 internal. After any of them a supervisor
// starts it anew; where that fails, what is bound ends (sekimori-end-bound.service).
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include <string>
#include <string_view>

#include "event/log.hpp"
#include "protocol/config.hpp"
#include "session_lock/broker_link.hpp"
#include "session_lock/warden.hpp"

namespace sekimori::lockd {
namespace {

enum Exit : int { kDone = 0, kUsage = 64, kNoBus = 69, kInternal = 70 };

void harden() {
    const rlimit none{0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)umask(077);
}

int run(const std::string& path) {
    const auto config = load_config(path);
    if (!config) {
        log_error("{}", config.error().message);
        return kUsage;
    }
    auto loop = Loop::make();
    if (!loop) {
        log_error("{}", loop.error().message);
        return kInternal;
    }
    std::vector<std::string> names = known_lockers();
    names.insert(names.end(), config->lockers.begin(), config->lockers.end());
    BrokerLink broker(*loop, config->workers_dir + "/lock.sock");
    // A laboratory's sessions are in no slice of systemd's: its kernel's counts would be somebody else's.
    static const std::vector<std::string> nowhere;
    Warden warden(*loop, broker, std::move(names), config->lab == LabMode::on ? nowhere : cgroup_roots());
    broker.use(warden);
    const Logind::Handlers handlers{[&](const std::string& at) { warden.changed(at); },
                                    [&](const std::string& id) { warden.removed(id); },
                                    [&](uid_t uid) { warden.user_removed(uid); }, [&] { warden.slept(); }};
    auto logind = Login1::open(*loop, handlers, [&] {
        log_error("the system bus is gone");
        loop->quit(kNoBus);
    });
    if (!logind) {
        log_error("{}", logind.error().message);
        return kNoBus;
    }
    warden.use(**logind);
    broker.connect();
    (void)sd_notify(0, "READY=1");
    return loop->run();
}

}  // namespace
}  // namespace sekimori::lockd

int main(int argc, char** argv) {
    using namespace sekimori::lockd;
    std::string path = "/etc/sekimori/sekimori.conf";
    if (argc == 3 && std::string_view(argv[1]) == "--config") {
        path = argv[2];
    } else if (argc != 1) {
        sekimori::log_error("usage: sekimori-lockd [--config FILE]");
        return kUsage;
    }
    harden();
    return run(path);
}
