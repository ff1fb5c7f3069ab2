// SPDX-License-Identifier: Apache-2.0
#include "fleet/io/files.hpp"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "protocol/channel.hpp"

namespace sekimori::fleet {
namespace {

constexpr std::size_t kMaxLine = 1024;

tl::unexpected<Error> failed(const std::string& path) {
    const int error = errno;
    const bool full = error == ENOSPC || error == EDQUOT;
    return fail(full              ? ErrorCode::full
                : error == ENOENT ? ErrorCode::not_found
                                  : ErrorCode::io,
                path + ": " + std::string(strerrordesc_np(error)));
}

bool write_all(int fd, ByteSpan content) {
    while (!content.empty()) {
        const ssize_t count = write(fd, content.data(), content.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        content = content.subspan(static_cast<std::size_t>(count));
    }
    return true;
}

// The file of this name, which nobody else writes meanwhile: another writer would rename it away. It is one name for
// all, so that what a crash leaves, perhaps a key, is written over by the next. Ours alone: with another owner, another
// mode or a second name it would be somebody else's to read or write when it is in place.
Result<UniqueFd> alone_at(const std::string& path) {
    for (;;) {
        UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
        if (!fd) return failed(path);
        int done = -1;
        while ((done = flock(fd.get(), LOCK_EX)) != 0 && errno == EINTR) {
        }
        struct stat held {};
        struct stat there {};
        if (done != 0 || fstat(fd.get(), &held) != 0) return failed(path);
        // Who had it before us has renamed it: what is held is not the file of this name any more.
        if (lstat(path.c_str(), &there) != 0 || there.st_ino != held.st_ino || there.st_dev != held.st_dev) continue;
        if (!S_ISREG(held.st_mode) || held.st_uid != geteuid() || held.st_nlink != 1)
            return fail(ErrorCode::refused, path + ": no file of this account's alone");
        if (fchmod(fd.get(), 0600) != 0) return failed(path);
        return fd;
    }
}

Status take_place(const std::string& beside, const std::string& path) {
    if (rename(beside.c_str(), path.c_str()) != 0) return failed(path);
    const UniqueFd directory(
        open(std::filesystem::absolute(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || fsync(directory.get()) != 0) return failed(path);
    return {};
}

}  // namespace

Status write_file(const std::string& path, ByteSpan content) {
    const std::string beside = path + ".new";
    const auto fd = alone_at(beside);
    if (!fd) return tl::unexpected<Error>(fd.error());
    if (ftruncate(fd->get(), 0) != 0 || !write_all(fd->get(), content) || fsync(fd->get()) != 0) return failed(beside);
    return take_place(beside, path);
}

Status write_whole(const std::string& path, const std::function<Status(std::FILE*)>& write) {
    const std::string beside = path + ".new";
    const auto fd = alone_at(beside);
    if (!fd) return tl::unexpected<Error>(fd.error());
    if (ftruncate(fd->get(), 0) != 0) return failed(beside);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(fdopen(dup(fd->get()), "w"), fclose);
    if (!file) return failed(beside);
    if (auto written = write(file.get()); !written) {
        (void)unlink(beside.c_str());
        return written;
    }
    if (std::fflush(file.get()) != 0 || fsync(fd->get()) != 0) return failed(beside);
    return take_place(beside, path);
}

Result<SecureBytes> read_file(const std::string& path, std::size_t most) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat info {};
    if (!fd || fstat(fd.get(), &info) != 0) return failed(path);
    const auto size = static_cast<std::size_t>(info.st_size);
    if (!S_ISREG(info.st_mode) || size > most) return fail(ErrorCode::too_large, path + ": no file of ours");
    SecureBytes content(size);
    if (content.size() != size) return fail(ErrorCode::internal, "out of memory");
    for (std::size_t at = 0; at < size;) {
        const ssize_t count = read(fd.get(), content.data() + at, size - at);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return failed(path);
        at += static_cast<std::size_t>(count);
    }
    return content;
}

Result<SecureBytes> read_line_of(int fd) {
    SecureBytes line(kMaxLine);
    if (line.size() != kMaxLine) return fail(ErrorCode::internal, "out of memory");
    std::size_t used = 0;
    for (;;) {
        if (used == kMaxLine) return fail(ErrorCode::too_large, "the line is too long");
        const ssize_t count = read(fd, line.data() + used, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(ErrorCode::io, "a passphrase or PIN can't be read");
        if (count == 0 || line.data()[used] == '\n') break;
        ++used;
    }
    line.truncate(used);
    if (used == 0) return fail(ErrorCode::invalid_argument, "a passphrase or PIN is empty");
    return line;
}

Status own_directory(const std::string& path) {
    if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed(path);
    struct stat info {};
    if (lstat(path.c_str(), &info) != 0) return failed(path);
    if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid() || (info.st_mode & 0077) != 0)
        return fail(ErrorCode::refused, path + ": must be a directory of this account's own (0700)");
    return {};
}

}  // namespace sekimori::fleet
