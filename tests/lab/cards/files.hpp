// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "tests/lab/bytes.hpp"

namespace sekimori::lab {

/// The whole file, at most 1 MiB.
Outcome<Bytes> read_file(const std::string& path);
/// Replaces the file in one step: a reader sees the old or the new content.
Outcome<void> write_file(const std::string& path, ByteView content);

/// NAME=VALUE lines.
using Record = std::map<std::string, std::string>;
Outcome<Record> read_record(const std::string& path);
Outcome<void> write_record(const std::string& path, const Record& record);
/// The value, or a failure that names what is missing.
Outcome<std::string> field(const Record& record, const std::string& name);

}  // namespace sekimori::lab
