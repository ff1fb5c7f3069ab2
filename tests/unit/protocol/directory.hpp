// SPDX-License-Identifier: Apache-2.0
// A directory that goes with its test.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace sekimori::test {

class Directory {
  public:
    Directory() {
        std::string pattern = std::filesystem::temp_directory_path() / "sekimori-protocol-XXXXXX";
        path_ = mkdtemp(pattern.data());
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    ~Directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string path(std::string_view name) const { return path_ + "/" + std::string(name); }
    std::string write(std::string_view name, std::string_view text) const {
        const std::string file = path(name);
        std::filesystem::create_directories(std::filesystem::path(file).parent_path());
        std::ofstream(file) << text;
        return file;
    }

  private:
    std::string path_;
};

}  // namespace sekimori::test
