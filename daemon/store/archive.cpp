// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/archive.hpp"

#include <algorithm>

#include "crypto/aead.hpp"
#include "daemon/store/describe.hpp"

namespace sekimori::daemon {
namespace {

constexpr crypto::Label kMagic("SEKIMORI BACKUP");  // 16 bytes with its zero
constexpr std::uint16_t kVersion = 1;
constexpr crypto::Label kSealing("sekimori backup 1");
constexpr crypto::Label kCheck("sekimori backup 1 check");

std::array<std::uint8_t, 8> sum_of(ByteSpan bytes) {
    std::array<std::uint8_t, 8> sum{};
    std::ranges::copy_n(crypto::sha256({bytes}).begin(), sum.size(), sum.begin());
    return sum;
}

// The contents: records of kind(1) | length(4, big-endian) | bytes, ended by a record of kind end.
enum class Kind : std::uint8_t { end = 0, keys = 1, entry = 2, statement = 3, pending = 4, person_key = 5, blob = 6 };

void put_record(Bytes& out, Kind kind, ByteSpan bytes) {
    out.push_back(static_cast<std::uint8_t>(kind));
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(bytes.size() >> shift));
    out.insert(out.end(), bytes.begin(), bytes.end());
}

template <class T>
Status put_tlv(Bytes& out, Kind kind, const T& value) {
    const auto bytes = encode_tlv(value);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    put_record(out, kind, bytes->span());
    return {};
}

tl::unexpected<Error> malformed() { return fail(ErrorCode::malformed, "backup: its content does not parse"); }

template <class T>
Status take_tlv(std::vector<T>& into, ByteSpan bytes) {
    auto value = decode_tlv<T>(bytes);
    if (!value) return tl::unexpected<Error>(value.error());
    into.push_back(std::move(*value));
    return {};
}

struct Contents {
    std::vector<Keys> keys;
    std::vector<SignedEntry> entries;
    std::vector<SignedStatement> statements, pending;
    std::map<PersonId, Bytes> person_keys;
    std::map<Hash, Bytes> blobs;
};

Status take_record(Contents& contents, Kind kind, ByteSpan bytes) {
    switch (kind) {
        case Kind::keys: {
            auto keys = Keys::decode(bytes);
            if (!keys) return tl::unexpected<Error>(keys.error());
            contents.keys.push_back(std::move(*keys));
            return {};
        }
        case Kind::entry:
            return take_tlv(contents.entries, bytes);
        case Kind::statement:
            return take_tlv(contents.statements, bytes);
        case Kind::pending:
            return take_tlv(contents.pending, bytes);
        case Kind::person_key: {
            PersonId person;
            if (bytes.size() <= person.bytes.size()) return malformed();
            std::ranges::copy(bytes.first(person.bytes.size()), person.bytes.begin());
            const ByteSpan wrapped = bytes.subspan(person.bytes.size());
            contents.person_keys.insert_or_assign(person, Bytes(wrapped.begin(), wrapped.end()));
            return {};
        }
        case Kind::blob:
            contents.blobs.insert_or_assign(hash_of_blob(bytes), Bytes(bytes.begin(), bytes.end()));
            return {};
        case Kind::end:
            break;
    }
    return fail(ErrorCode::unsupported, "backup: holds something of a later version");
}

}  // namespace

std::array<std::uint8_t, ArchiveHeader::kSize> encode_header(const ArchiveHeader& header) {
    std::array<std::uint8_t, ArchiveHeader::kSize> out{};
    auto at = std::ranges::copy(kMagic.bytes(), out.begin()).out;
    *at++ = kVersion >> 8;
    *at++ = kVersion & 0xff;
    *at++ = header.cost.log2_n;
    *at++ = header.cost.r;
    *at++ = header.cost.p;
    at = std::ranges::copy(header.salt, at).out;
    at = std::ranges::copy(header.check, at).out;
    std::ranges::copy(sum_of(ByteSpan(out).first(ArchiveHeader::kSize - 8)), at);
    return out;
}

Result<ArchiveHeader> parse_header(ByteSpan file) {
    if (file.size() > kMaxArchive) return fail(ErrorCode::too_large, "backup: the file is too large");
    if (file.size() < 18 || !std::ranges::equal(file.first(16), kMagic.bytes()))
        return fail(ErrorCode::malformed, "backup: the file is no backup of Sekimori");
    if (file[16] != 0 || file[17] != kVersion)
        return fail(ErrorCode::unsupported, "backup: written by a later version");
    if (file.size() < ArchiveHeader::kSize + crypto::kSealOverhead)
        return fail(ErrorCode::corrupt, "backup: the file is cut off");
    if (!std::ranges::equal(sum_of(file.first(ArchiveHeader::kSize - 8)), file.subspan(ArchiveHeader::kSize - 8, 8)))
        return fail(ErrorCode::corrupt, "backup: the file is damaged");
    ArchiveHeader header;
    header.cost = {file[18], file[19], file[20]};
    std::ranges::copy(file.subspan(21, 16), header.salt.begin());
    std::ranges::copy(file.subspan(37, 16), header.check.begin());
    if (!crypto::acceptable(header.cost)) return fail(ErrorCode::unsupported, "backup: its cost is out of bounds");
    return header;
}

Result<SecureBytes> encode_archive(const Archive& archive) {
    Bytes out;
    const auto keys = archive.keys.encode();
    if (!keys) return tl::unexpected<Error>(keys.error());
    Status status;
    put_record(out, Kind::keys, keys->span());
    for (const Link& link : archive.links) {
        if (status) status = put_tlv(out, Kind::entry, link.entry);
        if (status) status = put_tlv(out, Kind::statement, link.statement);
    }
    for (const SignedStatement& denial : archive.pending)
        if (status) status = put_tlv(out, Kind::pending, denial);
    for (const auto& [person, wrapped] : archive.person_keys)
        put_record(out, Kind::person_key, crypto::concat({person.bytes, wrapped}));
    for (const auto& [hash, sealed] : archive.blobs) put_record(out, Kind::blob, sealed);
    put_record(out, Kind::end, {});
    SecureBytes secure(out);
    wipe(out);  // the keys stood at its beginning
    if (!status) return tl::unexpected<Error>(status.error());
    if (secure.size() != out.size()) return fail(ErrorCode::internal, "backup: out of memory");
    return secure;
}

Result<Archive> decode_archive(ByteSpan plain) {
    Contents contents;
    for (;;) {
        if (plain.size() < 5) return malformed();
        const auto kind = static_cast<Kind>(plain[0]);
        std::size_t size = 0;
        for (std::size_t i = 1; i < 5; ++i) size = (size << 8) | plain[i];
        plain = plain.subspan(5);
        if (size > plain.size()) return malformed();
        if (kind == Kind::end) break;
        if (auto taken = take_record(contents, kind, plain.first(size)); !taken)
            return tl::unexpected<Error>(taken.error());
        plain = plain.subspan(size);
    }
    if (!plain.empty() || contents.keys.size() != 1 || contents.entries.size() != contents.statements.size())
        return malformed();
    Archive archive{std::move(contents.keys.front()),
                    {},
                    std::move(contents.pending),
                    std::move(contents.person_keys),
                    std::move(contents.blobs)};
    for (std::size_t i = 0; i < contents.entries.size(); ++i)
        archive.links.push_back({std::move(contents.entries[i]), std::move(contents.statements[i])});
    return archive;
}

Result<SecureBytes> pack_archive(const Archive& archive, ByteSpan passphrase, const crypto::ScryptCost& cost,
                                 Rng& rng) {
    ArchiveHeader header;
    header.cost = cost;
    if (auto drawn = rng.fill(header.salt); !drawn) return tl::unexpected<Error>(drawn.error());
    const auto secret = crypto::scrypt(passphrase, header.salt, cost);
    if (!secret) return tl::unexpected<Error>(secret.error());
    const auto key = crypto::hkdf(secret->span(), kSealing);
    const auto check = crypto::hkdf(secret->span(), kCheck);
    if (!key) return tl::unexpected<Error>(key.error());
    if (!check) return tl::unexpected<Error>(check.error());
    std::ranges::copy_n(check->data(), 16, header.check.begin());
    const auto plain = encode_archive(archive);
    if (!plain) return tl::unexpected<Error>(plain.error());
    const auto head = encode_header(header);
    const auto sealed = crypto::seal(key->span(), head, plain->span(), rng);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    if (head.size() + sealed->size() > kMaxArchive) return fail(ErrorCode::too_large, "backup: too large");
    SecureBytes file(crypto::concat({head, *sealed}));
    if (file.empty()) return fail(ErrorCode::internal, "backup: out of memory");
    return file;
}

Result<Archive> unpack_archive(ByteSpan file, ByteSpan passphrase) {
    const auto header = parse_header(file);
    if (!header) return tl::unexpected<Error>(header.error());
    const auto secret = crypto::scrypt(passphrase, header->salt, header->cost);
    if (!secret) return tl::unexpected<Error>(secret.error());
    const auto key = crypto::hkdf(secret->span(), kSealing);
    const auto check = crypto::hkdf(secret->span(), kCheck);
    if (!key) return tl::unexpected<Error>(key.error());
    if (!check) return tl::unexpected<Error>(check.error());
    if (!SecureBytes::equal(check->span().first(16), header->check))
        return fail(ErrorCode::refused, "backup: the passphrase is wrong");
    const auto plain = crypto::open(key->span(), file.first(ArchiveHeader::kSize), file.subspan(ArchiveHeader::kSize));
    if (!plain) return fail(ErrorCode::corrupt, "backup: the file is damaged");
    return decode_archive(plain->span());
}

BlobSource source_of(const Archive& archive) {
    return {[&](const PersonId& person) -> Result<Bytes> {
                const auto at = archive.person_keys.find(person);
                if (at == archive.person_keys.end()) return fail(ErrorCode::not_found, "the person's key is missing");
                return at->second;
            },
            [&](const Hash& hash) -> Result<Bytes> {
                const auto at = archive.blobs.find(hash);
                if (at == archive.blobs.end()) return fail(ErrorCode::not_found, "a blob is missing");
                return at->second;
            }};
}

Result<Chain> verify_archive(const Archive& archive) {
    auto chain = verify_chain(archive.keys.root(), archive.links);
    if (!chain) return chain;
    for (const SignedStatement& denial : archive.pending) {
        const auto statement = open_statement(denial, archive.keys.author.public_key(), archive.keys.ledger);
        if (!statement) return fail(ErrorCode::corrupt, "backup: a denial: " + statement.error().message);
        if (auto heard = chain->ledger.hear(*statement, denial.hash()); !heard)
            return fail(ErrorCode::corrupt, heard.error().message);
    }
    const BlobSource source = source_of(archive);
    if (auto described = describe(chain->ledger, archive.keys, source); !described)
        return tl::unexpected<Error>(described.error());
    return chain;
}

}  // namespace sekimori::daemon
