// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/keys.hpp"

#include "crypto/aead.hpp"
#include "crypto/kdf.hpp"

namespace sekimori::daemon {
namespace {

struct MemberRecord {
    Bytes authority;
    TerminalId terminal;
    GroupId home;
    SecureBytes box;
    std::vector<Member::GroupKey> groups;
    static constexpr auto kFields =
        std::tuple{field<1>(&MemberRecord::authority, kMaxAuthorKey), field<2>(&MemberRecord::terminal),
                   field<3>(&MemberRecord::home), field<4>(&MemberRecord::box, 32),
                   field<5>(&MemberRecord::groups, kMaxGroupKeys)};
};
struct KeysRecord {
    std::uint8_t fmt{1};
    LedgerId ledger;
    SecureBytes author, sequencer, group;
    std::optional<MemberRecord> member;
    static constexpr auto kFields = std::tuple{field<1>(&KeysRecord::fmt),        field<2>(&KeysRecord::ledger),
                                               field<3>(&KeysRecord::author, 32), field<4>(&KeysRecord::sequencer, 32),
                                               field<5>(&KeysRecord::group, 32),  field<0x8006>(&KeysRecord::member)};
};

Bytes associated(std::string_view name) {
    return crypto::concat({crypto::Label("sekimori sealed 1").bytes(), crypto::bytes_of(name)});
}

}  // namespace

Result<Sealer> Sealer::make(ByteSpan top_key) {
    if (top_key.size() != crypto::kKeySize)
        return fail(ErrorCode::invalid_argument, "store: the top key must have 32 bytes");
    auto key = crypto::hkdf(top_key, "sekimori keys 1");
    if (!key) return tl::unexpected<Error>(key.error());
    return Sealer(std::move(*key));
}

Result<Bytes> Sealer::seal(std::string_view name, ByteSpan plain, Rng& rng) const {
    return crypto::seal(key_.span(), associated(name), plain, rng);
}
Result<SecureBytes> Sealer::open(std::string_view name, ByteSpan sealed) const {
    return crypto::open(key_.span(), associated(name), sealed);
}

Status Sealer::put(const Database& database, std::string_view name, ByteSpan plain, Rng& rng) const {
    const auto sealed = seal(name, plain, rng);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    return database
        .query("INSERT INTO keys(name, sealed) VALUES(?, ?) ON CONFLICT DO UPDATE SET sealed=excluded.sealed")
        .bind(name)
        .bind(ByteSpan(*sealed))
        .run();
}

Result<SecureBytes> Sealer::get(const Database& database, std::string_view name) const {
    Query query = database.query("SELECT sealed FROM keys WHERE name=?");
    const auto step = query.bind(name).step();
    if (!step) return tl::unexpected<Error>(step.error());
    if (*step == Query::Step::done) return fail(ErrorCode::not_found, "store: no key of this name");
    auto plain = open(name, query.blob(0));
    if (!plain) return fail(ErrorCode::corrupt, "store: the keys do not open: another top key, or damaged");
    return plain;
}

const Member::GroupKey* Member::find(const GroupId& group, std::uint32_t generation) const {
    for (const GroupKey& one : groups)
        if (one.group == group && one.generation == generation) return &one;
    return nullptr;
}

const Member::GroupKey* Member::newest(const GroupId& group) const {
    const GroupKey* found = nullptr;
    for (const GroupKey& one : groups)
        if (one.group == group && (found == nullptr || one.generation > found->generation)) found = &one;
    return found;
}

Root Keys::root() const {
    if (member) return {ledger, member->authority, std::nullopt};
    const crypto::PublicKey& key = author.public_key();
    return {ledger, Bytes(key.begin(), key.end()), sequencer->public_key()};
}

Result<Keys> Keys::make(Rng& rng) {
    auto ledger = rng.draw<LedgerId>();
    auto author = crypto::SigningKey::generate(rng);
    auto sequencer = crypto::SigningKey::generate(rng);
    SecureBytes group(crypto::kKeySize);
    if (!ledger) return tl::unexpected<Error>(ledger.error());
    if (!author) return tl::unexpected<Error>(author.error());
    if (!sequencer) return tl::unexpected<Error>(sequencer.error());
    if (group.size() != crypto::kKeySize) return fail(ErrorCode::internal, "store: out of memory");
    if (auto drawn = rng.fill(group.span()); !drawn) return tl::unexpected<Error>(drawn.error());
    return Keys{*ledger, std::move(*author), std::move(*sequencer), std::move(group)};
}

Result<SecureBytes> Keys::encode() const {
    KeysRecord record;
    record.ledger = ledger;
    record.author = SecureBytes(author.seed());
    if (sequencer) record.sequencer = SecureBytes(sequencer->seed());
    record.group = group.clone();
    if (member) {
        MemberRecord& fleet = record.member.emplace();
        fleet.authority = member->authority;
        fleet.terminal = member->terminal;
        fleet.home = member->home;
        fleet.box = SecureBytes(member->box.seed());
        for (const Member::GroupKey& one : member->groups)
            fleet.groups.push_back({one.group, one.generation, one.key.clone()});
    }
    return encode_tlv(record);
}

Result<Keys> Keys::decode(ByteSpan bytes) {
    auto record = decode_tlv<KeysRecord>(bytes);
    if (!record) return tl::unexpected<Error>(record.error());
    if (record->fmt != 1 || record->group.size() != crypto::kKeySize)
        return fail(ErrorCode::malformed, "store: the keys are of another format");
    auto author = crypto::SigningKey::from_seed(record->author.span());
    if (!author) return tl::unexpected<Error>(author.error());
    Keys keys{record->ledger, std::move(*author), std::nullopt, std::move(record->group), std::nullopt};
    if (!record->member) {
        auto sequencer = crypto::SigningKey::from_seed(record->sequencer.span());
        if (!sequencer) return tl::unexpected<Error>(sequencer.error());
        keys.sequencer = std::move(*sequencer);
        return keys;
    }
    MemberRecord& fleet = *record->member;
    auto box = crypto::BoxKey::from_seed(fleet.box.span());
    if (!box) return tl::unexpected<Error>(box.error());
    if (!is_author_key(fleet.authority)) return fail(ErrorCode::malformed, "store: the authority's key is none");
    keys.member.emplace(
        Member{std::move(fleet.authority), fleet.terminal, fleet.home, std::move(*box), std::move(fleet.groups)});
    return keys;
}

}  // namespace sekimori::daemon
