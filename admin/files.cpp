// SPDX-License-Identifier: Apache-2.0
#include "admin/files.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sekimori::admin {
namespace {

tl::unexpected<Failure> no(const std::string& path, int error) {
    const char* code = error == ENOENT ? "not_found" : error == EEXIST ? "exists" : "io";
    return refuse(code, path + ": " + std::strerror(error));
}

}  // namespace

Outcome<UniqueFd> open_file(const std::string& path) {
    // O_NONBLOCK: a FIFO of that name must not hold us up.
    UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return no(path, errno);
    struct stat about {};
    if (fstat(fd.get(), &about) != 0) return no(path, errno);
    if (!S_ISREG(about.st_mode)) return refuse("io", path + ": not a regular file");
    return fd;
}

Outcome<std::string> read_file(const std::string& path, std::size_t most) {
    const auto fd = open_file(path);
    if (!fd) return tl::unexpected<Failure>(fd.error());
    std::string content;
    char block[16 * 1024];
    for (;;) {
        const ssize_t got = read(fd->get(), block, sizeof block);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return no(path, errno);
        if (got == 0) return content;
        if (content.size() + static_cast<std::size_t>(got) > most) return refuse("too_large", path + ": too large");
        content.append(block, static_cast<std::size_t>(got));
    }
}

Outcome<NewFile> NewFile::create(const std::string& path) {
    struct stat about {};
    if (lstat(path.c_str(), &about) == 0) return no(path, EEXIST);
    const std::string partial = path + ".partial";
    UniqueFd fd(open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return no(partial, errno);
    return NewFile(path, std::move(fd));
}

NewFile::~NewFile() {
    if (fd_) unlink(partial().c_str());
}

Outcome<void> NewFile::keep() {
    if (fsync(fd_.get()) != 0) return no(path_, errno);
    if (renameat2(AT_FDCWD, partial().c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) != 0) {
        // File systems without that flag (NFS, FAT) have no hard links either: the check at the start has to do.
        if (errno != EINVAL || rename(partial().c_str(), path_.c_str()) != 0) return no(path_, errno);
    }
    fd_.reset();
    return {};
}

}  // namespace sekimori::admin
