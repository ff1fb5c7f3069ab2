// SPDX-License-Identifier: Apache-2.0
#include "ledger/headed_walk.hpp"

namespace sekimori {

Result<TrailRecord> HeadedWalk::take(std::uint64_t seq, const SignedRow& row) {
    Result<TrailRecord> record;
    if (walk_) {
        record = walk_->take(seq, row);
    } else {
        if (seq > head_.seq) return fail(ErrorCode::corrupt, "the rows up to the signed head are missing");
        const auto anchor = anchor_behind(seq, row.bytes);
        if (!anchor) return tl::unexpected<Error>(anchor.error());
        record = decode_tlv<TrailRecord>(row.bytes);
        walk_.emplace(*anchor);
    }
    if (!record || seq != head_.seq) return record;
    if (walk_->next().previous != head_.hash)
        return fail(ErrorCode::corrupt, "is not the one whose head the terminal signed");
    met_ = true;
    return record;
}

}  // namespace sekimori
