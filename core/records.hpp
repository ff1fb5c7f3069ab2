// SPDX-License-Identifier: Apache-2.0
// What the ledger knows of people, cards and fingers, as the broker reads it. Values only; the store makes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/factor.hpp"
#include "core/ids.hpp"
#include "core/instant.hpp"
#include "core/roles.hpp"

namespace sekimori {

// An account is (name, scope, uid at binding): a name that meanwhile has another uid is not the same account.
struct AccountRecord {
    std::string name;
    std::string scope;                 // "local" for now
    std::optional<std::uint32_t> uid;  // none: the account did not exist when it was bound (lab)
};

// The ledger knows the first three; by the calendar somebody active may be `waiting` for the first day or have `left`
// after the last one.
enum class PersonState : std::uint8_t { active, suspended, gone, waiting, left };

// What the personnel office says of somebody, from a day on (発令日). Each says all of it.
struct PersonDetails {
    Millis since{};  // wall
    std::string staff_number, name, kana, section, employment;
    std::vector<AccountRecord> accounts;  // empty: those that the person was registered with
    Millis leaves_at{};                   // wall; 0: not known to leave
};

struct PersonRecord {
    PersonId id;
    std::string login;  // handle for administrators; the id is what the ledger binds to
    std::string name;
    PersonState state{};
    Roles roles;
    std::vector<AccountRecord> accounts;
    std::uint32_t min_fingers{2};
    std::string min_fingers_reason;        // why fewer than two are enough
    Millis starts_at{};                    // wall; nothing is opened before
    std::optional<PersonDetails> details;  // in force; name and accounts above are theirs then
    std::optional<PersonDetails> planned;  // the last that has not begun
};

enum class CardState : std::uint8_t { active, suspended, revoked, returned, destroyed, expired };
enum class DenyReason : std::uint8_t { none, lost, stolen, damaged, left };

// A card that was lent for a day (臨時カード).
struct TemporaryTerms {
    Millis until{};  // wall
    PersonId approver;
};

struct CardRecord {
    CardId id;
    PersonId person;
    CardType type{};
    CardSlot slot{};
    CardKey key;
    CardState state{};
    DenyReason reason{};
    std::vector<std::uint8_t> spki;       // DER; empty for Lite-S and identifiers
    std::uint8_t scheme{};                // wire::SignatureScheme
    std::vector<std::uint8_t> public_id;  // Lite-S: ID block; identifiers: IDm
    std::uint8_t ic_code{};
    Millis enrolled_at{}, expires_at{};  // wall; 0: never
    std::optional<TemporaryTerms> temporary;
    std::optional<PersonId> enrolled_by;
    Millis state_since{};  // wall: the act that made `state`, as far as it is known
};

struct FingerRecord {
    FingerId id;
    PersonId person;
    std::string finger;  // right-index-finger, ...
    std::string driver, device_id;
    std::uint8_t modality{}, on_chip{}, stages{};
    Millis enrolled_at{};
};

// What a person may know and the broker can check: a secret behind a salted slow hash.
enum class SecretUse : std::uint8_t { code, password };

// A substitute code (代用コード) or a password. It is in force until `until`, or until it is withdrawn or replaced.
struct SecretRecord {
    StatementId id;
    PersonId person;
    SecretUse use{};
    Millis issued_at{}, until{};  // wall; until 0: no end
    std::optional<PersonId> by;
};

// A finger that cannot be read: card and PIN will do (例外措置).
struct ExemptionRecord {
    StatementId id;
    PersonId person;
    Millis issued_at{}, until{};
    std::optional<PersonId> by, second;
};

// Entry without card and finger, once, at one terminal, because two administrators said so.
struct BreakGlassRecord {
    StatementId id;
    PersonId person;
    TerminalId terminal;
    Millis issued_at{}, until{};
    std::optional<PersonId> by, second;
    bool used{};
};

[[nodiscard]] constexpr const char* name_of(PersonState state) noexcept {
    switch (state) {
        case PersonState::active:
            return "active";
        case PersonState::suspended:
            return "suspended";
        case PersonState::gone:
            return "gone";
        case PersonState::waiting:
            return "waiting";
        case PersonState::left:
            return "left";
    }
    return "";
}
[[nodiscard]] constexpr const char* name_of(CardState state) noexcept {
    switch (state) {
        case CardState::active:
            return "active";
        case CardState::suspended:
            return "suspended";
        case CardState::revoked:
            return "revoked";
        case CardState::returned:
            return "returned";
        case CardState::destroyed:
            return "destroyed";
        case CardState::expired:
            return "expired";
    }
    return "";
}
[[nodiscard]] constexpr const char* name_of(DenyReason reason) noexcept {
    switch (reason) {
        case DenyReason::none:
            return "";
        case DenyReason::lost:
            return "lost";
        case DenyReason::stolen:
            return "stolen";
        case DenyReason::damaged:
            return "damaged";
        case DenyReason::left:
            return "left";
    }
    return "";
}

}  // namespace sekimori
