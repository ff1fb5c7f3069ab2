// SPDX-License-Identifier: Apache-2.0
// sekimori.conf: whatever stands in it, every limit that is accepted is one that a login can be bounded by.
#include "protocol/config.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/fuzz/target.hpp"

namespace {

// A directory of this process, gone at its end.
class Directory {
  public:
    Directory() {
        std::string path = std::filesystem::temp_directory_path() / "sekimori-fuzz-XXXXXX";
        SEKIMORI_HOLDS(mkdtemp(path.data()) != nullptr);
        path_ = path;
    }
    ~Directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    [[nodiscard]] std::string file() const { return path_ / "sekimori.conf"; }

  private:
    std::filesystem::path path_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sekimori;
    static const Directory directory;
    std::ofstream(directory.file(), std::ios::binary).write(reinterpret_cast<const char*>(data), std::streamsize(size));
    const auto config = load_config(directory.file());
    if (!config) return 0;
    SEKIMORI_HOLDS(config->limits.card.count() > 0 && config->limits.finger.count() > 0);
    SEKIMORI_HOLDS(config->limits.finger <= std::chrono::minutes{1});
    SEKIMORI_HOLDS(config->limits.failures > 0 && config->limits.finger_tries > 0 && config->limits.finger_tries <= 3);
    SEKIMORI_HOLDS(config->readers.size() <= 16);
    return 0;
}
