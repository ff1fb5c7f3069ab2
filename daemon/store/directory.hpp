// SPDX-License-Identifier: Apache-2.0
// The store's directory: ours alone, one process at a time, and the small files in it that are not the database.
#pragma once

#include <string>

#include "core/ports.hpp"
#include "core/result.hpp"
#include "protocol/channel.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::daemon {

// Held for the store's life; the lock ends with the process, however it ends.
class DirectoryLock {
  public:
    // Errors: not_found, refused (not ours, or open to others), busy (another process holds it), io.
    [[nodiscard]] static Result<DirectoryLock> take(const std::string& directory);

  private:
    explicit DirectoryLock(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

// A whole small file, bounded. Errors: not_found, refused (a link, not ours, or readable by others), too_large, io.
[[nodiscard]] Result<SecureBytes> read_private(const std::string& path, std::size_t most);
// Makes `path` (0600) with this content so that it is there whole or not at all, and durable. Errors: full, io.
[[nodiscard]] Status write_private(const std::string& path, ByteSpan content);
[[nodiscard]] Status sync_directory(const std::string& directory);

// pwrite until all is written. Errors: full, io.
[[nodiscard]] Status write_at(int fd, ByteSpan content, std::size_t offset);
[[nodiscard]] Status sync_data(int fd);
// Errors as errno says: full for ENOSPC, EDQUOT and EFBIG, else io.
[[nodiscard]] tl::unexpected<Error> system_failed(const char* what);

// The top key: read from `directory`/top.key; made there at the first opening (`fresh`).
enum class Age : std::uint8_t { fresh, existing };
[[nodiscard]] Result<SecureBytes> host_top_key(const std::string& directory, Age ledger, Rng& rng);

}  // namespace sekimori::daemon
