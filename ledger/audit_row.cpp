// SPDX-License-Identifier: Apache-2.0
#include "ledger/audit_row.hpp"

namespace sekimori {
namespace {

constexpr crypto::Label kRow("sekimori audit 1");
constexpr crypto::Label kRowHash("sekimori audit 1 hash");

}  // namespace

Hash hash_of_row(ByteSpan bytes) { return crypto::sha256({kRowHash.bytes(), bytes}); }

Result<SignedRow> sign_row(const TrailRecord& record, const crypto::SigningKey& key) {
    auto bytes = encode_tlv_plain(record);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    const auto signature = key.sign(kRow, *bytes);
    if (!signature) return tl::unexpected<Error>(signature.error());
    return SignedRow{std::move(*bytes), *signature};
}

Status verify_row(const SignedRow& row, const crypto::PublicKey& key) {
    return crypto::verify(key, kRow, row.bytes, row.signature);
}

Result<TrailAnchor> anchor_behind(std::uint64_t seq, ByteSpan row) {
    const auto record = decode_tlv<TrailRecord>(row);
    if (!record || record->seq != seq) return fail(ErrorCode::corrupt, "does not parse, or stands at another's place");
    return TrailAnchor{seq + 1, hash_of_row(row), record->next_key};
}

Result<TrailRecord> TrailWalk::take(std::uint64_t seq, const SignedRow& row) {
    if (seq != at_.seq) return fail(ErrorCode::corrupt, "missing");
    auto record = decode_tlv<TrailRecord>(row.bytes);
    if (!record || record->seq != seq) return fail(ErrorCode::corrupt, "does not parse, or stands at another's place");
    if (record->previous != at_.previous) return fail(ErrorCode::corrupt, "does not follow the row before");
    if (!verify_row(row, at_.key) || (record->signer && *record->signer != at_.key))
        return fail(ErrorCode::corrupt, "its signature is not good");
    at_ = {seq + 1, hash_of_row(row.bytes), record->next_key};
    return record;
}

}  // namespace sekimori
