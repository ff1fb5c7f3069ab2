// SPDX-License-Identifier: Apache-2.0
// Replays corpora through a fuzz target as an ordinary test: every file, everything that it may be cut to, and each of
// its bytes with a bit turned over.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/target.hpp"

namespace {

constexpr std::size_t kMaxVariants = 512;  // of one file and one kind

using Bytes = std::vector<std::uint8_t>;

void feed(const Bytes& bytes) { (void)LLVMFuzzerTestOneInput(bytes.data(), bytes.size()); }

Bytes read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::size_t replay(const Bytes& bytes) {
    std::size_t count = 1;
    feed(bytes);
    const std::size_t step = std::max<std::size_t>(1, bytes.size() / kMaxVariants);
    for (std::size_t at = 0; at < bytes.size(); at += step, count += 2) {
        // A copy of exactly this size, so that a sanitizer sees the first byte beyond it.
        feed(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(at)));
        Bytes turned = bytes;
        turned[at] = static_cast<std::uint8_t>(turned[at] ^ (1U << (at % 8)));
        feed(turned);
    }
    return count;
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t files = 0;
    std::size_t inputs = 0;
    for (int i = 1; i < argc; ++i)
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
            if (!entry.is_regular_file()) continue;
            inputs += replay(read(entry.path()));
            ++files;
        }
    std::printf("%zu files, %zu inputs\n", files, inputs);
    return files == 0 ? 1 : 0;
}
