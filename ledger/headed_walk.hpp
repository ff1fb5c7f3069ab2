// SPDX-License-Identifier: Apache-2.0
// A terminal's trail as somebody keeps it who is not believed, against a head that the terminal signed: hashes bind
// every row up to the head's, and the keys in those sign what stands behind it. So a walk can begin at any row, and
// needs no key of a row before.
#pragma once

#include <optional>

#include "ledger/audit_row.hpp"
#include "ledger/fleet_records.hpp"

namespace sekimori {

class HeadedWalk {
  public:
    // Precondition: the head's signature was verified.
    explicit HeadedWalk(const TrailHead& head) : head_(head) {}
    // The next row; the first one is any up to the head's. Errors: corrupt, with what is wrong about it. What was taken
    // before is believed only if all of it is, and met().
    [[nodiscard]] Result<TrailRecord> take(std::uint64_t seq, const SignedRow& row);
    // Whether the head's own row was among them.
    [[nodiscard]] bool met() const noexcept { return met_; }

  private:
    TrailHead head_;
    std::optional<TrailWalk> walk_;
    bool met_{false};
};

}  // namespace sekimori
