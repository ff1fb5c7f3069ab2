// SPDX-License-Identifier: Apache-2.0
// Small files of one's own, 0600, that are there as a whole or as they were: written beside, synchronised, renamed.
#pragma once

#include <cstdio>
#include <functional>
#include <string>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::fleet {

// Durable, and whole for whoever reads it meanwhile; of several that write it at once the last one's stays. 0600.
// Errors: full, io, not_found (the directory), refused (what lies beside it is not ours alone).
[[nodiscard]] Status write_file(const std::string& path, ByteSpan content);
// The same of what is written piece by piece. Nothing takes the file's place where `write` fails. Errors: its own; as
// above.
[[nodiscard]] Status write_whole(const std::string& path, const std::function<Status(std::FILE*)>& write);
// Errors: not_found, too_large, io.
[[nodiscard]] Result<SecureBytes> read_file(const std::string& path, std::size_t most);
// One line from a descriptor (a passphrase), without its end. Errors: io, too_large, invalid_argument (nothing).
[[nodiscard]] Result<SecureBytes> read_line_of(int fd);
// A directory of one's own, 0700, made if it is not there. Errors: refused (somebody else may write there), io.
[[nodiscard]] Status own_directory(const std::string& path);

}  // namespace sekimori::fleet
