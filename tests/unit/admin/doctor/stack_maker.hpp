// SPDX-License-Identifier: Apache-2.0
// Random PAM stacks of pam_debug.so, whose lines say what each call returns; the same seed makes the same stacks.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

namespace sekimori::doctor::test {

class StackMaker {
  public:
    // Included files are named below `directory`.
    StackMaker(std::uint32_t seed, std::string directory) : random_(seed), directory_(std::move(directory)) {}
    // The service "subject", perhaps `other`, and the files they include.
    [[nodiscard]] std::map<std::string, std::string> files();

  private:
    [[nodiscard]] std::size_t pick(std::size_t count) { return random_() % count; }
    [[nodiscard]] bool chance(std::size_t percent) { return pick(100) < percent; }
    [[nodiscard]] std::string one_of(const std::vector<std::string>& words) { return words[pick(words.size())]; }
    [[nodiscard]] std::string code();
    [[nodiscard]] std::string control();
    [[nodiscard]] std::string module_line(const std::string& type);
    [[nodiscard]] std::string lines(std::size_t count, int depth);
    [[nodiscard]] std::string included(int depth);

    std::mt19937 random_;
    std::string directory_;
    std::map<std::string, std::string> files_;
};

}  // namespace sekimori::doctor::test
