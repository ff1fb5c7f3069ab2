// SPDX-License-Identifier: Apache-2.0
#include "session_lock/rescue/shelf.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace sekimori::rescue {
namespace {

constexpr const char* kCode = "code";
constexpr const char* kFresh = "code.new";
constexpr const char* kTriesFile = "tries";
constexpr const char* kFreshTries = "tries.new";
constexpr const char* kUsed = "used";
constexpr char kWhole = '.', kSpoilt = 'x';

tl::unexpected<Error> failed(const char* what) {
    return fail(errno == ENOSPC || errno == EDQUOT ? ErrorCode::full : ErrorCode::io, what);
}

Status write_file(int directory, const char* name, std::string_view text) {
    const UniqueFd file(openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return failed("the rescue code can't be stored");
    if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) || fsync(file.get()) != 0)
        return failed("the rescue code can't be stored");
    return {};
}

Status gone(int directory, const char* name) {
    return unlinkat(directory, name, 0) == 0 || errno == ENOENT ? Status{} : failed("an old rescue code stays");
}

}  // namespace

Result<Shelf> Shelf::open(const std::string& directory) {
    UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io, directory + " can't be opened");
    struct stat info {};
    if (fstat(fd.get(), &info) != 0 || info.st_uid != geteuid() || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return fail(ErrorCode::refused, directory + " is not root's alone");
    while (flock(fd.get(), LOCK_EX) != 0)
        if (errno != EINTR) return failed("the rescue code is in use");
    return Shelf(std::move(fd));
}

Status Shelf::renew(const Seal& seal) {
    const int at = directory_.get();
    // The old code ends before its tries are as good as new, and `used` goes last: whatever is cut off in between, no
    // code has more tries than it was given, and no use is forgotten without a new code.
    if (auto written = write_file(at, kFresh, write_seal(seal)); !written) return written;
    if (auto written = write_file(at, kFreshTries, std::string(kTries, kWhole)); !written) return written;
    if (auto old = gone(at, kCode); !old) return old;
    if (fsync(at) != 0 || renameat(at, kFreshTries, at, kTriesFile) != 0 || renameat(at, kFresh, at, kCode) != 0 ||
        fsync(at) != 0)
        return failed("the rescue code can't be stored");
    if (auto old = gone(at, kUsed); !old) return old;
    return fsync(at) == 0 ? Status{} : failed("the rescue code can't be stored");
}

Result<Seal> Shelf::sealed() const {
    const UniqueFd file(openat(directory_.get(), kCode, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!file) return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io, "there is no rescue code");
    std::array<char, kMaxSeal> text{};
    const ssize_t size = read(file.get(), text.data(), text.size());
    if (size < 0) return failed("the rescue code can't be read");
    return read_seal({text.data(), static_cast<std::size_t>(size)});
}

Status Shelf::spend_a_try() {
    const UniqueFd file(openat(directory_.get(), kTriesFile, O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    if (!file) return failed("the tries can't be counted");
    std::array<char, kTries> tries{};
    if (pread(file.get(), tries.data(), tries.size(), 0) != static_cast<ssize_t>(tries.size()))
        return fail(ErrorCode::corrupt, "the tries can't be counted");
    std::size_t at = 0;
    while (at < kTries && tries.at(at) != kWhole) ++at;
    if (at == kTries) return fail(ErrorCode::locked, "this code was tried too often");
    if (pwrite(file.get(), &kSpoilt, 1, static_cast<off_t>(at)) != 1 || fsync(file.get()) != 0)
        return failed("the try can't be counted");
    return {};
}

Status Shelf::put_away() {
    const int at = directory_.get();
    (void)utimensat(at, kCode, nullptr, AT_SYMLINK_NOFOLLOW);  // now
    if (renameat(at, kCode, at, kUsed) != 0 || fsync(at) != 0) return failed("the rescue code can't be put away");
    return {};
}

Status Shelf::use(const SecureBytes& code) {
    const auto kept = sealed();
    if (!kept) return tl::unexpected<Error>(kept.error());
    if (auto spent = spend_a_try(); !spent) return spent;
    if (auto opened = open_seal(*kept, code); !opened) return opened;
    return put_away();
}

}  // namespace sekimori::rescue
