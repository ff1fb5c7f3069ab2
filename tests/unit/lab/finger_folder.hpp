// SPDX-License-Identifier: Apache-2.0
// A folder of a test's own, gone at its end.
#pragma once

#include <stdlib.h>

#include <array>
#include <filesystem>
#include <string>
#include <system_error>

namespace sekimori::lab {

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::array<char, 32> pattern{"/tmp/sekimori-lab-XXXXXX"};
        path_ = mkdtemp(pattern.data());
    }
    ~TemporaryFolder() {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace sekimori::lab
