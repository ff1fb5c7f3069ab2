// SPDX-License-Identifier: Apache-2.0
#include "daemon/listeners.hpp"

#include <stdlib.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace sekimori::daemon {
namespace {

struct Named {
    std::string_view name;
    UniqueFd Listeners::*member;
    mode_t mode;  // of one that is made here
};
constexpr std::array kNamed{Named{"auth", &Listeners::auth, 0666},     Named{"card", &Listeners::card, 0600},
                            Named{"finger", &Listeners::finger, 0600}, Named{"lock", &Listeners::lock, 0600},
                            Named{"media", &Listeners::media, 0600},   Named{"fleet", &Listeners::fleet, 0600}};

// What systemd handed over; anything else that it did is closed.
Listeners passed() {
    Listeners listeners;
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(1, &names);
    for (int i = 0; i < count; ++i) {
        UniqueFd fd(SD_LISTEN_FDS_START + i);
        const auto named =
            std::find_if(kNamed.begin(), kNamed.end(), [&](const Named& n) { return n.name == names[i]; });
        if (named != kNamed.end() && sd_is_socket(fd.get(), AF_UNIX, SOCK_SEQPACKET, 1) > 0)
            listeners.*named->member = std::move(fd);
        free(names[i]);  // NOLINT(cppcoreguidelines-no-malloc): sd_listen_fds_with_names(3) gives them away
    }
    free(names);  // NOLINT(cppcoreguidelines-no-malloc)
    return listeners;
}

}  // namespace

Result<Listeners> make_listeners(const Config& config) {
    Listeners listeners = passed();
    if (std::all_of(kNamed.begin(), kNamed.end(),
                    [&](const Named& n) { return static_cast<bool>(listeners.*n.member); }))
        return listeners;
    // The root-owned /run/sekimori is what proves the broker to its clients: in production nobody else makes sockets
    // there.
    if (config.lab == LabMode::off)
        return fail(ErrorCode::refused,
                    "the sockets auth, card, finger, lock, media and fleet were not passed: start sekimorid through "
                    "its sockets");
    for (const Named& named : kNamed) {
        if (listeners.*named.member) continue;
        // PAM modules come to one directory, workers to another.
        const std::string& directory = named.member == &Listeners::auth ? config.run_dir : config.workers_dir;
        auto fd = listen_at(directory + "/" + std::string(named.name) + ".sock", named.mode);
        if (!fd) return tl::unexpected<Error>(fd.error());
        listeners.*named.member = std::move(*fd);
    }
    return listeners;
}

}  // namespace sekimori::daemon
