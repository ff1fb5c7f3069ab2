// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/kept_view.hpp"

#include "crypto/aead.hpp"
#include "crypto/kdf.hpp"
#include "daemon/store/build_id.hpp"
#include "daemon/store/directory.hpp"
#include "ledger/image.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::string_view kName = "view";
constexpr crypto::Label kLabel("sekimori kept view 1");
constexpr std::size_t kMostBytes = std::size_t{256} << 20;

struct KeyRecord {
    std::uint8_t fmt{1};
    SecureBytes key;
    Hash rows{};
    static constexpr auto kFields =
        std::tuple{field<1>(&KeyRecord::fmt), field<2>(&KeyRecord::key, 32), field<3>(&KeyRecord::rows)};
};

Bytes associated(const Keys& keys) {
    const Bytes author = keys.root().author;
    return crypto::concat({kLabel.bytes(), keys.ledger.bytes, author});
}

}  // namespace

Status look_at_rows(const Database& database, const Chain& chain, std::size_t most, RowsSeen& seen) {
    const auto wrong = [](std::uint64_t seq) {
        return fail(ErrorCode::corrupt, "ledger: entry " + std::to_string(seq) + ": not the one that was verified");
    };
    return each_link(database, seen.seq, most, [&](const StoredLink& stored) -> Status {
        const auto entry = decode_tlv<SignedEntry>(stored.entry);
        const auto statement = decode_tlv<SignedStatement>(stored.statement);
        if (!entry || !statement || stored.seq > chain.hashes.size() || entry->hash() != chain.hashes[stored.seq - 1])
            return wrong(stored.seq);
        const auto placed = decode_tlv<Entry>(entry->bytes);
        if (!placed || placed->statement != statement->hash()) return wrong(stored.seq);
        seen.digest = crypto::sha256({ByteSpan(seen.digest), stored.entry, stored.statement});
        seen.seq = stored.seq;
        return {};
    });
}

ViewKeeper::ViewKeeper(const std::string& directory) : path_(directory + "/view"), build_(build_id()) {}

Result<KeptView> ViewKeeper::load(const Database& database, const Sealer& sealer, const Keys& keys) const {
    const auto kept = sealer.get(database, kName);
    if (!kept) return tl::unexpected<Error>(kept.error());
    const auto record = decode_tlv<KeyRecord>(kept->span());
    if (!record) return tl::unexpected<Error>(record.error());
    SecureBytes plain;
    {
        const auto sealed = read_private(path_, kMostBytes);
        if (!sealed) return tl::unexpected<Error>(sealed.error());
        auto opened = crypto::open(record->key.span(), associated(keys), sealed->span());
        if (!opened) return tl::unexpected<Error>(opened.error());
        plain = std::move(*opened);
    }
    auto chain = read_image(plain.span(), build_);
    if (!chain) return tl::unexpected<Error>(chain.error());
    const RowsSeen rows{chain->head.seq, record->rows};
    return KeptView{std::move(*chain), rows};
}

Status ViewKeeper::keep(const Database& database, const Sealer& sealer, const Keys& keys, const Chain& chain,
                        const RowsSeen& rows, Rng& rng) const {
    if (build_.empty()) return {};
    KeyRecord record;
    record.key = SecureBytes(crypto::kKeySize);
    record.rows = rows.digest;
    if (record.key.size() != crypto::kKeySize) return fail(ErrorCode::internal, "store: out of memory");
    if (auto drawn = rng.fill(record.key.span()); !drawn) return drawn;
    const auto key = encode_tlv(record);
    if (!key) return tl::unexpected<Error>(key.error());
    Bytes plain = write_image(chain, build_);
    const auto sealed = crypto::seal(record.key.span(), associated(keys), plain, rng);
    wipe(plain);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    if (auto written = write_private(path_, *sealed); !written) return written;
    return sealer.put(database, kName, key->span(), rng);
}

Status ViewKeeper::drop(const Database& database) {
    return database.query("DELETE FROM keys WHERE name=?").bind(kName).run();
}

}  // namespace sekimori::daemon
