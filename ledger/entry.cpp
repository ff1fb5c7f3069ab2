// SPDX-License-Identifier: Apache-2.0
#include "ledger/entry.hpp"

namespace sekimori {
namespace {
constexpr crypto::Label kSignature("sekimori entry 1");
constexpr crypto::Label kHash("sekimori entry 1 hash");
}  // namespace

Hash SignedEntry::hash() const noexcept { return crypto::sha256({kHash.bytes(), bytes}); }

Result<SignedEntry> sign_entry(const Entry& entry, const crypto::SigningKey& sequencer) {
    auto bytes = encode_tlv_plain(entry);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    const auto signature = sequencer.sign(kSignature, *bytes);
    if (!signature) return tl::unexpected<Error>(signature.error());
    return SignedEntry{std::move(*bytes), *signature};
}

Result<Entry> check_entry(const SignedEntry& sealed, const Sequencer& sequencer, const LedgerId& ledger) {
    if (auto good = crypto::verify(sequencer.key, kSignature, sealed.bytes, sealed.signature); !good)
        return tl::unexpected<Error>(good.error());
    auto entry = decode_tlv<Entry>(sealed.bytes);
    if (!entry) return entry;
    if (entry->fmt != kEntryFormat) return fail(ErrorCode::unsupported, "entry: a later format");
    if (entry->ledger != ledger || entry->epoch != sequencer.epoch)
        return fail(ErrorCode::mismatch, "entry: of another ledger or epoch");
    return entry;
}

Result<Entry> open_entry(const SignedEntry& sealed, const Sequencer& sequencer, const LedgerId& ledger,
                         const ChainHead& head, const Hash& statement) {
    auto entry = check_entry(sealed, sequencer, ledger);
    if (!entry) return entry;
    if (entry->seq != head.seq + 1 || entry->previous != head.hash || entry->statement != statement)
        return fail(ErrorCode::mismatch, "entry: does not follow the one before, or places another statement");
    return entry;
}

}  // namespace sekimori
