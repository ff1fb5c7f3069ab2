// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/launcher/records.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>

namespace sekimori::lab::launcher {
namespace {

constexpr std::size_t max_record_bytes = 4096;
// Longer than the supervisor needs for all of its children.
constexpr std::chrono::milliseconds supervisor_grace{15000};
constexpr std::chrono::milliseconds orphan_grace{2000};

tl::unexpected<Error> cannot(const char* what, const std::string& path) {
    return fail(ErrorCode::io, std::string("cannot ") + what + " " + path + ": " + std::strerror(errno));
}

std::string read_own_file(const std::string& path) {
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    struct stat info {};
    if (!file || fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_uid != geteuid()) {
        return {};
    }
    std::array<char, max_record_bytes> content{};
    const ssize_t got = read(file.get(), content.data(), content.size());
    return got > 0 ? std::string(content.data(), static_cast<std::size_t>(got)) : std::string();
}

}  // namespace

Status replace_file(const std::string& path, const std::string& content, mode_t mode) {
    const std::string aside = path + ".new";
    unlink(aside.c_str());
    {
        const UniqueFd file(open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
        if (!file || fchmod(file.get(), mode) != 0 ||
            write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
            return cannot("write", aside);
        }
    }
    if (rename(aside.c_str(), path.c_str()) != 0) {
        return cannot("write", path);
    }
    return {};
}

Status write_records(const Layout& layout, const std::vector<NamedProcess>& processes) {
    std::ostringstream full;
    std::ostringstream pids;
    for (const NamedProcess& each : processes) {
        full << each.name << ' ' << each.process.pid << ' ' << each.process.start << '\n';
        pids << each.name << ' ' << each.process.pid << '\n';
    }
    return replace_file(layout.processes(), full.str(), 0644).and_then([&] {
        return replace_file(layout.pids(), pids.str(), 0644);
    });
}

std::vector<NamedProcess> read_records(const Layout& layout) {
    std::istringstream in(read_own_file(layout.processes()));
    std::vector<NamedProcess> processes;
    NamedProcess next;
    while (in >> next.name >> next.process.pid >> next.process.start) {
        processes.push_back(next);
    }
    return in.eof() ? processes : std::vector<NamedProcess>();
}

void remove_records(const Layout& layout) {
    unlink(layout.pids().c_str());
    unlink(layout.processes().c_str());
}

void end_recorded(const Layout& layout) {
    const std::vector<NamedProcess> recorded = read_records(layout);
    const auto supervisor = std::ranges::find(recorded, supervisor_name, &NamedProcess::name);
    if (supervisor != recorded.end()) {
        end_process(supervisor->process, supervisor_grace);
    }
    for (const NamedProcess& orphan : recorded) {
        end_process(orphan.process, orphan_grace);
    }
}

Result<UniqueFd> take_lock(const Layout& layout) {
    UniqueFd lock(open(layout.lock().c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!lock) {
        return cannot("open", layout.lock());
    }
    if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        return fail(ErrorCode::busy, "a lab is up in " + layout.folder() + " already (sekimori-lab down --dir " +
                                         layout.folder() + " ends it)");
    }
    return lock;
}

}  // namespace sekimori::lab::launcher
