// SPDX-License-Identifier: Apache-2.0
// RowFile: a file in memory that goes to the broker with rows in it and comes back with the report behind them: more
// than fits into a message of the bus.
#pragma once

#include <vector>

#include "admin/failure.hpp"
#include "admin/json.hpp"
#include "protocol/channel.hpp"

namespace sekimori::admin {

class RowFile {
  public:
    // Failures: io.
    [[nodiscard]] static Outcome<RowFile> create(const std::vector<Json>& rows);
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    // Of the rows: the report begins there.
    [[nodiscard]] std::int64_t size() const noexcept { return size_; }
    // What stands behind `offset`. Failures: io, malformed.
    [[nodiscard]] Outcome<std::vector<Json>> read_from(std::int64_t offset) const;

  private:
    explicit RowFile(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
    std::int64_t size_{0};
};

}  // namespace sekimori::admin
