// SPDX-License-Identifier: Apache-2.0
// The tree below a directory: its symbolic links, absolute ones too, never lead out of it.
#pragma once

#include "admin/doctor/tree.hpp"
#include "protocol/channel.hpp"

namespace sekimori::doctor {

class DiskTree final : public Tree {
  public:
    // Failures: not_found, io.
    [[nodiscard]] static Result<UniqueFd> open_root(const std::string& directory);
    explicit DiskTree(UniqueFd root) noexcept : root_(std::move(root)) {}

    [[nodiscard]] Result<std::string> read(const std::string& path) const override;
    [[nodiscard]] std::vector<std::string> list(const std::string& directory) const override;
    [[nodiscard]] bool is_directory(const std::string& path) const override;
    [[nodiscard]] bool exists(const std::string& path) const override;

  private:
    [[nodiscard]] UniqueFd open(const std::string& path, int flags) const;
    UniqueFd root_;
};

}  // namespace sekimori::doctor
