// SPDX-License-Identifier: Apache-2.0
#include "session_lock/user_slice.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <utility>

namespace sekimori::lockd {
namespace {

// The kernel may hold a change back for some milliseconds, and forgets it if the slice goes meanwhile; of a file that
// went with its cgroup it says nothing at all. So it is also looked at, as long as an end is waited for.
constexpr Millis kAgain{200};

enum class Left : std::uint8_t { none, processes };

// A slice that is not there holds nobody. One that can't be understood is not taken for empty.
Left left_in(const std::string& events) {
    std::ifstream file(events);
    if (!file) return access(events.c_str(), F_OK) != 0 && errno == ENOENT ? Left::none : Left::processes;
    std::string key, value;
    while (file >> key >> value)
        if (key == "populated") return value == "0" ? Left::none : Left::processes;
    return access(events.c_str(), F_OK) != 0 && errno == ENOENT ? Left::none : Left::processes;
}

}  // namespace

const std::vector<std::string>& cgroup_roots() {
    static const std::vector<std::string> roots{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
    return roots;
}

void UserSlice::when_empty(uid_t uid, Source::Callback emptied) {
    const auto counted = std::find_if(roots_.begin(), roots_.end(), [](const std::string& root) {
        return access((root + "/cgroup.controllers").c_str(), F_OK) == 0;
    });
    if (counted == roots_.end()) return;  // logind's word is waited for
    events_ = *counted + "/user.slice/user-" + std::to_string(uid) + ".slice/cgroup.events";
    emptied_ = std::move(emptied);
    // Watched first and read afterwards: what changes in between is not missed.
    changes_ = loop_.modified(events_, [this] { look(); });
    soon_ = loop_.after(Millis{0}, [this] { look(); });
}

void UserSlice::look() {
    if (!emptied_) return;
    if (left_in(events_) != Left::none) {
        soon_ = loop_.after(kAgain, [this] { look(); });
        return;
    }
    changes_.reset();
    soon_.reset();
    const Source::Callback emptied = std::exchange(emptied_, nullptr);
    emptied();  // `this` may end in the call
}

}  // namespace sekimori::lockd
