// SPDX-License-Identifier: Apache-2.0
#include "daemon/listeners.hpp"

#include <stdlib.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <array>
#include <string_view>

namespace sekimori::daemon {
namespace {

Result<Listeners> passed() {
    Listeners listeners;
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(1, &names);
    for (int i = 0; i < count; ++i) {
        UniqueFd fd(SD_LISTEN_FDS_START + i);
        const std::string_view name(names[i]);
        if (sd_is_socket(fd.get(), AF_UNIX, SOCK_SEQPACKET, 1) > 0) {
            if (name == "auth") listeners.auth = std::move(fd);
            if (name == "card") listeners.card = std::move(fd);
            if (name == "finger") listeners.finger = std::move(fd);
            if (name == "lock") listeners.lock = std::move(fd);
        }
        free(names[i]);
    }
    free(names);
    return listeners;
}

}  // namespace

Result<Listeners> make_listeners(const Config& config) {
    auto listeners = passed();
    if (!listeners) return listeners;
    if (listeners->auth && listeners->card && listeners->finger && listeners->lock) return listeners;
    // The root-owned /run/sekimori is what proves the broker to its clients: in production nobody else makes sockets
    // there.
    if (config.lab == LabMode::off)
        return fail(ErrorCode::refused,
                    "the sockets auth, card, finger and lock were not passed: start sekimorid through its sockets");
    struct Own {
        UniqueFd Listeners::*member;
        std::string path;
        mode_t mode;
    };
    const std::array own{Own{&Listeners::auth, config.run_dir + "/auth.sock", 0666},
                         Own{&Listeners::card, config.workers_dir + "/card.sock", 0600},
                         Own{&Listeners::finger, config.workers_dir + "/finger.sock", 0600},
                         Own{&Listeners::lock, config.workers_dir + "/lock.sock", 0600}};
    for (const Own& one : own) {
        if ((*listeners).*one.member) continue;
        auto fd = listen_at(one.path, one.mode);
        if (!fd) return tl::unexpected<Error>(fd.error());
        (*listeners).*one.member = std::move(*fd);
    }
    return listeners;
}

}  // namespace sekimori::daemon
