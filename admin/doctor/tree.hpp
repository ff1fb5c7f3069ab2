// SPDX-License-Identifier: Apache-2.0
// Tree: the files that are examined: this machine's, those below --root, or a test's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace sekimori::doctor {

inline constexpr std::size_t kMaxTreeFile = 1024 * 1024;

// Paths are absolute, as the examined system sees them.
class Tree {
  public:
    Tree() = default;
    virtual ~Tree() = default;
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;
    Tree(Tree&&) = delete;
    Tree& operator=(Tree&&) = delete;

    // A regular file's content. Failures: not_found, too_large, io (not readable, a directory, ...).
    [[nodiscard]] virtual Result<std::string> read(const std::string& path) const = 0;
    // Names in a directory, sorted; none when there is no such directory.
    [[nodiscard]] virtual std::vector<std::string> list(const std::string& directory) const = 0;
    [[nodiscard]] virtual bool is_directory(const std::string& path) const = 0;
    [[nodiscard]] virtual bool exists(const std::string& path) const = 0;
};

// Files in memory.
class MemoryTree final : public Tree {
  public:
    std::map<std::string, std::string> files;

    [[nodiscard]] Result<std::string> read(const std::string& path) const override;
    [[nodiscard]] std::vector<std::string> list(const std::string& directory) const override;
    [[nodiscard]] bool is_directory(const std::string& path) const override;
    [[nodiscard]] bool exists(const std::string& path) const override;
};

}  // namespace sekimori::doctor
