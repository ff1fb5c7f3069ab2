// SPDX-License-Identifier: Apache-2.0
#include "daemon/rescue/rescue_watch.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

std::optional<Millis> time_of(const std::string& path) {
    struct stat info {};
    if (lstat(path.c_str(), &info) != 0) return std::nullopt;
    return std::chrono::duration_cast<Millis>(std::chrono::seconds{info.st_mtim.tv_sec} +
                                              std::chrono::nanoseconds{info.st_mtim.tv_nsec});
}

}  // namespace

RescueState rescue_state(const std::string& directory) {
    if (const auto used = time_of(directory + "/used")) return {RescueState::Kind::used, used};
    if (const auto made = time_of(directory + "/code")) return {RescueState::Kind::ready, made};
    return {};
}

RescueWatch::RescueWatch(Store& store, std::string directory, const std::string& state_directory)
    : store_(store), directory_(std::move(directory)), seen_(state_directory + "/rescue") {
    changes_.reset(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    // Watched first and looked at afterwards: what happens in between is not missed. No directory: no code.
    if (changes_ && inotify_add_watch(changes_.get(), directory_.c_str(), IN_MOVED_TO | IN_ONLYDIR) >= 0)
        source_ = watch_readable(changes_.get(), [this] {
            std::array<char, 4096> events{};
            while (read(changes_.get(), events.data(), events.size()) > 0) {
            }
            look();
        });
    look();
}

void RescueWatch::look() {
    const RescueState state = rescue_state(directory_);
    if (state.kind != RescueState::Kind::used) return;
    const std::string time = std::to_string(state.since.value_or(Millis{0}).count());
    std::string known;
    std::ifstream(seen_) >> known;
    if (known == time) return;
    AuditEvent event;
    event.what = "rescue.use";
    event.service = "sekimori-gate";
    event.where = "console";
    event.success = true;
    event.reason = "root shell";
    if (auto written = store_.append(event); !written)
        return log_error("the use of the rescue code is not in the trail: {}", written.error().message);
    // Written twice if it is cut off here: better than never.
    if (!(std::ofstream(seen_, std::ios::trunc) << time << '\n').flush())
        log_error("{} can't be written: the use of the rescue code will be in the trail once more", seen_);
}

}  // namespace sekimori::daemon
