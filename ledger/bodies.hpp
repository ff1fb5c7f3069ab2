// SPDX-License-Identifier: Apache-2.0
// What stands in a statement's body, type by type, and in the blobs that it names. Bodies stay in the chain for ever:
// nothing there names a person. Names and logins lie in blobs, which can be destroyed.
#pragma once

#include "core/media.hpp"
#include "core/records.hpp"
#include "ledger/statement.hpp"
#include "protocol/schema.hpp"

namespace sekimori {

// Who did it and from where; every body holds one.
struct By {
    std::optional<PersonId> person;
    std::string where;
    std::optional<PersonId> second{};  // where it takes two
    static constexpr auto kFields = std::tuple{field<1>(&By::person), field<2>(&By::where, 128), field<3>(&By::second)};
};

struct AuthorityBody {
    Bytes author;  // a public key: its size tells the algorithm (signer.hpp)
    crypto::PublicKey sequencer{};
    static constexpr auto kFields =
        std::tuple{field<1>(&AuthorityBody::author, kMaxAuthorKey), field<2>(&AuthorityBody::sequencer)};
};

inline constexpr std::size_t kMaxGroups = 64;  // of one person

struct PersonBody {  // subject: the person; blob: PersonBlob
    Role role{};
    std::uint32_t min_fingers{2};
    std::vector<GroupId> groups{};  // whose terminals get the person's blobs; empty: those of the author's terminal
    By by;
    static constexpr auto kFields = std::tuple{field<1>(&PersonBody::role), field<2>(&PersonBody::min_fingers),
                                               field<3>(&PersonBody::groups, kMaxGroups), field<15>(&PersonBody::by)};
};
struct PersonBlob {
    std::string login, name, min_fingers_reason;
    static constexpr auto kFields = std::tuple{field<1>(&PersonBlob::login, 64), field<2>(&PersonBlob::name, 256),
                                               field<3>(&PersonBlob::min_fingers_reason, 512)};
};

struct AccountBody {  // subject: the person; blob: AccountBlob
    By by;
    static constexpr auto kFields = std::tuple{field<15>(&AccountBody::by)};
};
struct AccountBlob {
    std::string name, scope;
    std::optional<std::uint32_t> uid;
    static constexpr auto kFields =
        std::tuple{field<1>(&AccountBlob::name, 64), field<2>(&AccountBlob::scope, 64), field<3>(&AccountBlob::uid)};
};

// subject: the person; blob: DetailsBlob. In force from effective_at on. It takes the place of every earlier one that
// has not begun when it is issued: the office's last word about the future counts.
struct DetailsBody {
    By by;
    static constexpr auto kFields = std::tuple{field<15>(&DetailsBody::by)};
};
struct DetailsBlob {
    std::string staff_number, name, kana, section, employment;
    std::vector<AccountBlob> accounts;
    std::uint64_t leaves_at{};  // wall ms, 0: not known
    static constexpr auto kFields =
        std::tuple{field<1>(&DetailsBlob::staff_number, 32), field<2>(&DetailsBlob::name, 256),
                   field<3>(&DetailsBlob::kana, 256),        field<4>(&DetailsBlob::section, 128),
                   field<5>(&DetailsBlob::employment, 64),   field<6>(&DetailsBlob::accounts, 16),
                   field<7>(&DetailsBlob::leaves_at)};
};

struct CardBody {  // subject: the card; blob: the card's secret, if it has one
    PersonId person;
    CardType type{};
    CardSlot slot{};
    CardKey key;
    Bytes spki;
    std::uint8_t scheme{};
    Bytes public_id;
    std::uint8_t ic_code{};
    std::uint64_t expires_at{};
    std::optional<std::uint64_t> lent_until{};  // a temporary card, and who approved it
    std::optional<PersonId> approver{};
    By by;
    static constexpr auto kFields =
        std::tuple{field<1>(&CardBody::person),        field<2>(&CardBody::type),       field<3>(&CardBody::slot),
                   field<4>(&CardBody::key),           field<5>(&CardBody::spki, 1024), field<6>(&CardBody::scheme),
                   field<7>(&CardBody::public_id, 64), field<8>(&CardBody::ic_code),    field<9>(&CardBody::expires_at),
                   field<10>(&CardBody::lent_until),   field<11>(&CardBody::approver),  field<15>(&CardBody::by)};
};

struct FingerBody {  // subject: the finger; blob: the template
    PersonId person;
    std::string finger, driver, device_id;
    std::uint8_t modality{}, format{1}, on_chip{}, stages{};
    By by;
    static constexpr auto kFields = std::tuple{
        field<1>(&FingerBody::person),         field<2>(&FingerBody::finger, 64), field<3>(&FingerBody::driver, 64),
        field<4>(&FingerBody::device_id, 128), field<5>(&FingerBody::modality),   field<6>(&FingerBody::format),
        field<7>(&FingerBody::on_chip),        field<8>(&FingerBody::stages),     field<15>(&FingerBody::by)};
};

struct PolicyBody {
    std::string json;
    By by;
    static constexpr auto kFields = std::tuple{field<1>(&PolicyBody::json, 48 * 1024), field<15>(&PolicyBody::by)};
};

// A storage device that may be plugged in, until the statement's `expires_at`. subject: the person who approved it;
// blob: MediaBlob, theirs.
struct MediaBody {
    std::uint16_t vendor{}, product{};
    std::string serial;
    std::vector<TerminalId> terminals;  // none: everywhere
    By by;
    static constexpr auto kFields = std::tuple{field<1>(&MediaBody::vendor), field<2>(&MediaBody::product),
                                               field<3>(&MediaBody::serial, media::kMaxSerial),
                                               field<4>(&MediaBody::terminals, 64), field<15>(&MediaBody::by)};
};
struct MediaBlob {
    std::string reason;
    static constexpr auto kFields = std::tuple{field<1>(&MediaBlob::reason, 512)};
};

struct RoleBody {           // subject: the person
    std::uint32_t roles{};  // Roles::bits(): all that the person has from now on
    By by;
    static constexpr auto kFields = std::tuple{field<1>(&RoleBody::roles), field<15>(&RoleBody::by)};
};

// The statement's expires_at is the end of these three.
struct ExemptionBody {  // subject: the person; blob: ReasonBlob
    By by;
    static constexpr auto kFields = std::tuple{field<15>(&ExemptionBody::by)};
};
struct SecretBody {  // subject: the person; blob: SecretBlob
    SecretUse use{};
    By by;
    static constexpr auto kFields = std::tuple{field<1>(&SecretBody::use), field<15>(&SecretBody::by)};
};
struct BreakGlassBody {  // subject: the person; blob: SecretBlob
    TerminalId terminal;
    By by;
    static constexpr auto kFields = std::tuple{field<1>(&BreakGlassBody::terminal), field<15>(&BreakGlassBody::by)};
};
struct ReasonBlob {
    std::string reason;
    static constexpr auto kFields = std::tuple{field<1>(&ReasonBlob::reason, 512)};
};
struct SecretBlob {
    std::string handle;  // its public part; empty: a password
    Bytes hash;          // salted and slow (crypto/slow_hash.hpp)
    std::string reason;
    static constexpr auto kFields = std::tuple{field<1>(&SecretBlob::handle, 16), field<2>(&SecretBlob::hash, 128),
                                               field<3>(&SecretBlob::reason, 512)};
};

enum class WithdrawReason : std::uint8_t { withdrawn, used };
struct WithdrawBody {  // subject: the statement
    WithdrawReason why{};
    By by;
    static constexpr auto kFields = std::tuple{field<1>(&WithdrawBody::why), field<15>(&WithdrawBody::by)};
};

struct ConfirmBody {  // subject: the suspend statement
    By by;
    static constexpr auto kFields = std::tuple{field<15>(&ConfirmBody::by)};
};

enum class Target : std::uint8_t { person, card, key };
// suspend, revoke, offboard, reinstate, return. subject: the person or card; `key` where a key is meant.
struct ActBody {
    Target target{};
    std::optional<CardKey> key;
    DenyReason reason{};
    By by;
    static constexpr auto kFields = std::tuple{field<1>(&ActBody::target), field<2>(&ActBody::key),
                                               field<3>(&ActBody::reason), field<15>(&ActBody::by)};
};

}  // namespace sekimori

namespace sekimori::wire {
template <>
inline constexpr std::uint64_t kLast<Target> = 2;
template <>
inline constexpr std::uint64_t kLast<Role> = static_cast<std::uint64_t>(Role::auditor);
template <>
inline constexpr std::uint64_t kLast<SecretUse> = static_cast<std::uint64_t>(SecretUse::password);
template <>
inline constexpr std::uint64_t kLast<WithdrawReason> = static_cast<std::uint64_t>(WithdrawReason::used);
template <>
inline constexpr std::uint64_t kLast<DenyReason> = static_cast<std::uint64_t>(DenyReason::left);
}  // namespace sekimori::wire
