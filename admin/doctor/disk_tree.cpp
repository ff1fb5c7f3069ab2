// SPDX-License-Identifier: Apache-2.0
#include "admin/doctor/disk_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

namespace sekimori::doctor {
namespace {

struct CloseDirectory {
    void operator()(DIR* directory) const noexcept { closedir(directory); }
};

bool is(const UniqueFd& fd, mode_t type) {
    struct stat status {};
    return fd.get() >= 0 && fstat(fd.get(), &status) == 0 && (status.st_mode & S_IFMT) == type;
}

}  // namespace

Result<UniqueFd> DiskTree::open_root(const std::string& directory) {
    UniqueFd root(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (root.get() < 0) return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io, directory);
    return root;
}

// errno tells why there is none.
UniqueFd DiskTree::open(const std::string& path, int flags) const {
    open_how how{};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_IN_ROOT;
    return UniqueFd(static_cast<int>(syscall(SYS_openat2, root_.get(), path.c_str(), &how, sizeof(how))));
}

Result<std::string> DiskTree::read(const std::string& path) const {
    // Without waiting for the other end of a pipe that somebody put there.
    const UniqueFd fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd.get() < 0) return fail(errno == ENOENT || errno == ENOTDIR ? ErrorCode::not_found : ErrorCode::io, path);
    if (!is(fd, S_IFREG)) return fail(ErrorCode::io, path);
    std::string content;
    std::array<char, 16384> block{};
    for (;;) {
        const ssize_t size = ::read(fd.get(), block.data(), block.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return fail(ErrorCode::io, path);
        if (size == 0) return content;
        content.append(block.data(), static_cast<std::size_t>(size));
        if (content.size() > kMaxTreeFile) return fail(ErrorCode::too_large, path);
    }
}

std::vector<std::string> DiskTree::list(const std::string& directory) const {
    std::vector<std::string> names;
    UniqueFd fd = open(directory, O_RDONLY | O_DIRECTORY);
    const std::unique_ptr<DIR, CloseDirectory> open_directory(fd ? fdopendir(fd.get()) : nullptr);
    if (!open_directory) return names;
    (void)fd.release();  // the stream's now
    while (const dirent* entry = readdir(open_directory.get())) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

bool DiskTree::is_directory(const std::string& path) const { return is(open(path, O_PATH), S_IFDIR); }

bool DiskTree::exists(const std::string& path) const { return open(path, O_PATH).get() >= 0; }

}  // namespace sekimori::doctor
