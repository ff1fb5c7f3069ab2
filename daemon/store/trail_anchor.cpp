// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/trail_anchor.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::string_view kName = "audit";

}  // namespace

std::string cut_reason(std::uint64_t first_kept) { return "before " + std::to_string(first_kept); }

Result<TrailAnchor> get_anchor(const Database& database, const Sealer& sealer) {
    const auto bytes = sealer.get(database, kName);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    TrailAnchor anchor;
    if (bytes->size() == anchor.key.size()) {  // nothing was ever cut: the key of row 1 alone
        std::copy(bytes->span().begin(), bytes->span().end(), anchor.key.begin());
        return anchor;
    }
    auto read = decode_tlv<TrailAnchor>(bytes->span());
    if (!read || read->seq == 0) return fail(ErrorCode::corrupt, "audit: where the trail begins does not parse");
    return read;
}

Status put_anchor(const Database& database, const Sealer& sealer, const TrailAnchor& anchor, Rng& rng) {
    if (anchor.seq == 1) return sealer.put(database, kName, anchor.key, rng);
    const auto bytes = encode_tlv(anchor);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    return sealer.put(database, kName, bytes->span(), rng);
}

Result<SignedRow> read_row(const Query& query, int first_column) {
    SignedRow row;
    row.bytes = query.blob(first_column);
    const auto signature = query.fixed<64>(first_column + 1);
    if (!signature) return tl::unexpected<Error>(signature.error());
    row.signature = *signature;
    return row;
}

}  // namespace sekimori::daemon
