// SPDX-License-Identifier: Apache-2.0
// Files that the caller names, opened with the caller's own rights.
#pragma once

#include <string>

#include "admin/failure.hpp"
#include "protocol/channel.hpp"

namespace sekimori::admin {

inline constexpr std::size_t kMaxFile = 6 * 1024 * 1024;  // fits into the bus's 8 MiB with JSON's escapes

// The whole content. Failures: not_found, io, too_large.
[[nodiscard]] Outcome<std::string> read_file(const std::string& path, std::size_t most = kMaxFile);
// A regular file, for reading. Failures: not_found, io.
[[nodiscard]] Outcome<UniqueFd> open_file(const std::string& path);

// A file that gets its name only when it is whole, and never takes the place of another one.
class NewFile {
  public:
    // Failures: exists, io.
    [[nodiscard]] static Outcome<NewFile> create(const std::string& path);
    NewFile(NewFile&&) noexcept = default;
    NewFile& operator=(NewFile&&) = delete;
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile();  // removes what was not kept
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    // Synced and named. Failures: exists, io.
    [[nodiscard]] Outcome<void> keep();

  private:
    NewFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
    [[nodiscard]] std::string partial() const { return path_ + ".partial"; }
    std::string path_;
    UniqueFd fd_;
};

}  // namespace sekimori::admin
