// SPDX-License-Identifier: Apache-2.0
#include "session_lock/lockers.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <string_view>

namespace sekimori::lockd {
namespace {

constexpr std::size_t kMaxLockers = 16;

struct CloseDir {
    void operator()(DIR* directory) const noexcept { (void)closedir(directory); }
};

// Name and effective user of a process. From its status: a locker that is not dumpable has a directory of root's.
struct Who {
    std::string name;
    uid_t uid{static_cast<uid_t>(-1)};
};

std::string_view value_of(std::string_view text, std::string_view key) {
    const std::size_t at = text.find(key);
    if (at == std::string_view::npos) return "";
    text.remove_prefix(at + key.size());
    return text.substr(0, text.find('\n'));
}

Who look_at(int proc, const std::string& pid) {
    const UniqueFd file(openat(proc, (pid + "/status").c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 1024> buffer{};
    const ssize_t size = file ? read(file.get(), buffer.data(), buffer.size()) : -1;
    if (size <= 0) return {};
    const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
    Who who{std::string(value_of(text, "Name:\t")), {}};
    std::string_view uids = value_of(text, "\nUid:\t");  // real, effective, ...
    uids.remove_prefix(std::min(uids.find('\t') + 1, uids.size()));
    if (std::from_chars(uids.data(), uids.data() + uids.size(), who.uid).ec != std::errc()) return {};
    return who;
}

}  // namespace

const std::vector<std::string>& known_lockers() {
    static const std::vector<std::string> names{
        "xsecurelock",  "i3lock",          "swaylock",        "gtklock",         "hyprlock",
        "gnome-shell",  "kscreenlocker_g", "cinnamon-screen", "mate-screensave", "xfce4-screensav",
        "light-locker", "slock",           "physlock",        "vlock",           "waylock"};
    return names;
}

bool Lockers::look(uid_t uid) {
    const std::unique_ptr<DIR, CloseDir> proc(opendir("/proc"));
    if (!proc) return alive();
    const int at = dirfd(proc.get());
    // A process that goes while it is looked at is not one that is alive: readdir's losses do no harm.
    for (const dirent* entry = readdir(proc.get()); entry != nullptr; entry = readdir(proc.get())) {
        const std::string text(entry->d_name);
        pid_t pid = 0;
        if (std::from_chars(text.data(), text.data() + text.size(), pid).ptr != text.data() + text.size()) continue;
        const bool known = std::any_of(watches_.begin(), watches_.end(), [&](const Watch& w) { return w.pid == pid; });
        const auto shows = [&] {
            const Who who = look_at(at, text);
            return who.uid == uid && std::find(names_.begin(), names_.end(), who.name) != names_.end();
        };
        if (known || watches_.size() >= kMaxLockers || !shows()) continue;
        UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
        // Once more while the pidfd is held: now it is this process that was read of.
        if (!pidfd || !shows()) continue;
        if (pollfd item{pidfd.get(), POLLIN, 0}; poll(&item, 1, 0) != 0) continue;  // ended meanwhile
        Watch watch{pid, std::move(pidfd), Source()};
        loop_.watch(watch.source, watch.pidfd.get(), Wait::read, [this, pid] { ended(pid); });
        watches_.push_back(std::move(watch));
    }
    return alive();
}

void Lockers::ended(pid_t pid) {
    std::erase_if(watches_, [&](const Watch& watch) { return watch.pid == pid; });
    if (watches_.empty()) last_gone_();
}

}  // namespace sekimori::lockd
