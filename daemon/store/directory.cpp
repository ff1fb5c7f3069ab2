// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/directory.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace sekimori::daemon {

tl::unexpected<Error> system_failed(const char* what) {
    const int cause = errno;
    const bool full = cause == ENOSPC || cause == EDQUOT || cause == EFBIG;
    return fail(full ? ErrorCode::full : ErrorCode::io,
                std::string("store: ") + what + ": " + (full ? "no space" : "errno " + std::to_string(cause)));
}

Result<DirectoryLock> DirectoryLock::take(const std::string& directory) {
    struct stat facts {};
    if (stat(directory.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode))
        return fail(ErrorCode::not_found, "store: there is no directory " + directory);
    if (facts.st_uid != geteuid() || (facts.st_mode & 077) != 0)
        return fail(ErrorCode::refused, "store: " + directory + " must be ours and closed to others (0700)");
    UniqueFd fd(open((directory + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return system_failed("opening the lock file");
    if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return fail(ErrorCode::busy, "store: another process has " + directory + " open");
        return system_failed("locking");
    }
    return DirectoryLock(std::move(fd));
}

Result<SecureBytes> read_private(const std::string& path, std::size_t most) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd) {
        if (errno == ENOENT) return fail(ErrorCode::not_found, "store: there is no " + path);
        if (errno == ELOOP) return fail(ErrorCode::refused, "store: " + path + " is a link");
        return system_failed("opening a file");
    }
    struct stat facts {};
    if (fstat(fd.get(), &facts) != 0) return system_failed("fstat");
    if (!S_ISREG(facts.st_mode) || facts.st_uid != geteuid() || (facts.st_mode & 077) != 0)
        return fail(ErrorCode::refused, "store: " + path + " must be ours and closed to others (0600)");
    if (facts.st_size < 0 || static_cast<std::size_t>(facts.st_size) > most)
        return fail(ErrorCode::too_large, "store: " + path + " is too large");
    SecureBytes content(static_cast<std::size_t>(facts.st_size));
    std::size_t at = 0;
    while (at < content.size()) {
        const ssize_t got = pread(fd.get(), content.data() + at, content.size() - at, static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return system_failed("reading a file");
        at += static_cast<std::size_t>(got);
    }
    return content;
}

Status write_private(const std::string& path, ByteSpan content) {
    const std::string temporary = path + ".new";
    (void)unlink(temporary.c_str());
    const UniqueFd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return system_failed("making a file");
    Status status = write_at(fd.get(), content, 0);
    if (status && fsync(fd.get()) != 0) status = system_failed("fsync");
    if (status && rename(temporary.c_str(), path.c_str()) != 0) status = system_failed("rename");
    if (!status) {
        (void)unlink(temporary.c_str());
        return status;
    }
    return sync_directory(path.substr(0, path.rfind('/')));
}

Status sync_directory(const std::string& directory) {
    const UniqueFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || fsync(fd.get()) != 0) return system_failed("fsync of the directory");
    return {};
}

Status write_at(int fd, ByteSpan content, std::size_t offset) {
    while (!content.empty()) {
        const ssize_t put = pwrite(fd, content.data(), content.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return system_failed("writing");
        offset += static_cast<std::size_t>(put);
        content = content.subspan(static_cast<std::size_t>(put));
    }
    return {};
}

Status sync_data(int fd) {
    if (fdatasync(fd) != 0) return system_failed("fdatasync");
    return {};
}

Result<SecureBytes> host_top_key(const std::string& directory, Age ledger, Rng& rng) {
    constexpr std::size_t kSize = 32;
    const std::string path = directory + "/top.key";
    auto key = read_private(path, kSize);
    if (key && key->size() != kSize) return fail(ErrorCode::corrupt, "store: top.key has a wrong size");
    if (key || key.error().code != ErrorCode::not_found) return key;
    // A new key would not open an old ledger, and a second file of that name would hide that the first one is lost.
    if (ledger == Age::existing) return fail(ErrorCode::corrupt, "store: the ledger is here but its top.key is gone");
    SecureBytes fresh(kSize);
    if (fresh.size() != kSize) return fail(ErrorCode::internal, "store: out of memory");
    if (auto drawn = rng.fill(fresh.span()); !drawn) return tl::unexpected<Error>(drawn.error());
    if (auto written = write_private(path, fresh.span()); !written) return tl::unexpected<Error>(written.error());
    return fresh;
}

}  // namespace sekimori::daemon
