// SPDX-License-Identifier: Apache-2.0
// A small thing that one key signs and others carry: heartbeats, acknowledgements, heads of a trail, wrapped keys. A
// record is a struct with kFields, kLabel, `fmt` and `ledger`; what was signed are its bytes, verified before they are
// parsed.
#pragma once

#include "ledger/signer.hpp"
#include "ledger/tlv.hpp"

namespace sekimori {

inline constexpr std::uint8_t kRecordFormat = 1;

struct SignedRecord {
    Bytes bytes;
    crypto::Signature signature{};
    static constexpr auto kFields =
        std::tuple{field<1>(&SignedRecord::bytes, 1024), field<2>(&SignedRecord::signature)};
};

// Errors: too_large, invalid_argument, what the signer says.
template <class Record>
[[nodiscard]] Result<SignedRecord> sign_record(const Record& record, const Signer& signer) {
    auto bytes = encode_tlv_plain(record);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    if (bytes->size() > 1024) return fail(ErrorCode::too_large, "record: too large");
    const auto signature = signer(Record::kLabel, *bytes);
    if (!signature) return tl::unexpected<Error>(signature.error());
    return SignedRecord{std::move(*bytes), *signature};
}

// `key`: a public key (signer.hpp). Errors: mismatch (not signed by it, or of another ledger), malformed, unsupported.
template <class Record>
[[nodiscard]] Result<Record> open_record(const SignedRecord& sealed, ByteSpan key, const LedgerId& ledger) {
    if (auto good = verify_by(key, Record::kLabel, sealed.bytes, sealed.signature); !good)
        return tl::unexpected<Error>(good.error());
    auto record = decode_tlv<Record>(sealed.bytes);
    if (!record) return record;
    if (record->fmt != kRecordFormat) return fail(ErrorCode::unsupported, "record: a later format");
    if (record->ledger != ledger) return fail(ErrorCode::mismatch, "record: of another ledger");
    return record;
}

// The same from and to the bytes that travel.
template <class Record>
[[nodiscard]] Result<Record> open_record(ByteSpan sealed, ByteSpan key, const LedgerId& ledger) {
    const auto parsed = decode_tlv<SignedRecord>(sealed);
    if (!parsed) return tl::unexpected<Error>(parsed.error());
    return open_record<Record>(*parsed, key, ledger);
}

}  // namespace sekimori
