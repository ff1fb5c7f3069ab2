// SPDX-License-Identifier: Apache-2.0
// View: what the statements, one after the other, make of people, cards and fingers. A value without disk, clock or
// keys. Names and logins are not in statements; they are filled in from blobs (describe).
#pragma once

#include <compare>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/records.hpp"
#include "ledger/fleet_view.hpp"
#include "ledger/shared_map.hpp"

namespace sekimori {

struct AccountEntry {
    Hash blob{};
    AccountRecord record;
};
struct DetailsEntry {
    Hash blob{};
    PersonDetails record;  // but for `since` empty until described
};
struct PersonEntry {
    PersonRecord record;  // login, name and accounts are empty until described
    Hash blob{};
    std::vector<AccountEntry> accounts;
    std::vector<DetailsEntry> details;  // in the order of the chain

    // The record as it counts at `wall`: with the details in force, by the calendar.
    [[nodiscard]] PersonRecord at(Millis wall) const;
    std::vector<GroupId> groups;  // whose terminals hold the person's blobs; none on a single workstation
};
struct CardEntry {
    CardRecord record;
    Hash blob{};  // zero: no secret
};
struct FingerEntry {
    FingerRecord record;
    Hash blob{};
};
struct SecretEntry {
    SecretRecord record;
    Hash blob{};
};
struct ExemptionEntry {
    ExemptionRecord record;
    Hash blob{};
};
struct BreakGlassEntry {
    BreakGlassRecord record;
    Hash blob{};
};
struct PolicyEntry {
    Millis issued_at{}, effective_at{};
    std::string json;
    Millis placed{};  // the time of its entry
};
struct MediaEntry {
    media::Record record;  // `withdrawn` is said by the view
    PersonId approver;
    Millis issued_at{};
    Hash blob{};
};
// A denial that came before what it names.
struct CardDenial {
    CardState state{};
    DenyReason reason{};
};

// A suspend statement. Who may have said it is judged by view_suspensions.hpp. Its id alone is no name for it: whoever
// takes one that is there already would hide a suspension, another's or their own.
struct SuspensionKey {
    StatementId id;
    KeyId author{};
    Target target{};
    std::array<std::uint8_t, 16> subject{};
    auto operator<=>(const SuspensionKey&) const = default;
};
struct SuspensionEntry {
    enum class Stands : std::uint8_t { open, confirmed, over };
    std::optional<PersonId> by;
    Millis issued_at{};
    Stands stands{};
};

// What a person has, to be found without looking at everybody's.
enum class BelongingKind : std::uint8_t { card, finger, secret, exemption };
struct Belonging {
    PersonId person;
    BelongingKind kind{};
    std::array<std::uint8_t, 16> id{};
    auto operator<=>(const Belonging&) const = default;
};
// What can be found by other things than its id. Follows from the tables; view_index.hpp keeps it so.
struct ViewIndex {
    SharedSet<Belonging> belongings;
    SharedSet<std::pair<CardKey, CardId>> cards_by_key;
    SharedSet<std::pair<Millis, CardId>> cards_by_time;  // of their enrolment
    SharedSet<std::pair<std::string, PersonId>> logins;  // but for people who are gone
    // Accounts that are named anywhere in somebody's entry, whatever counts today.
    SharedSet<std::pair<std::string, PersonId>> accounts;
};

// A copy shares with the original what neither changes afterwards: it costs the same with thirty thousand people.
struct View {
    SharedMap<PersonId, PersonEntry> persons;
    SharedMap<CardId, CardEntry> cards;
    SharedMap<FingerId, FingerEntry> fingers;
    std::vector<PolicyEntry> policies;  // in the order of the chain
    // By the id of their statement. What was withdrawn is not here, but for break-glass: that it was used is told.
    SharedMap<StatementId, SecretEntry> secrets;
    SharedMap<StatementId, ExemptionEntry> exemptions;
    SharedMap<StatementId, BreakGlassEntry> break_glass;
    SharedMap<SuspensionKey, SuspensionEntry> suspensions;
    SharedMap<PersonId, PersonState> denied_persons;
    SharedMap<CardId, CardDenial> denied_cards;
    SharedMap<CardKey, DenyReason> denied_keys;
    FleetView fleet;
    SharedMap<StatementId, MediaEntry> media;
    SharedMap<StatementId, WithdrawReason> withdrawn;  // also before what they name
    ViewIndex index;

    // The newest card that holds `key`, whatever its state.
    [[nodiscard]] const CardEntry* card_of_key(const CardKey& key) const;
    // The policy in effect at `wall`: the latest to have begun; of two that began together the later one.
    [[nodiscard]] const PolicyEntry* policy_at(Millis wall) const;
    // Blobs that somebody may still need. Everything else can be destroyed.
    [[nodiscard]] std::set<Hash> blobs_in_use() const;
};

// The view after one more statement. Pure: statement and view decide, nothing else does. A denial never makes anything
// usable, and applying it again changes nothing; what it names may come later. On an error the view is as before.
// Errors: malformed (a body that does not parse), exists (an id that was used before; of what a withdrawal can name,
// also by another kind of statement), not_found (a grant that hangs on something unknown), refused (who suspended
// confirms it, or nobody knows which suspension is meant).
[[nodiscard]] Status apply(View& view, const Statement& statement);

// Is anything that `before` denies usable in `after`?
[[nodiscard]] bool lowers(const View& before, const View& after);

// Would this act change anything? What the administrator is told as `changed`.
[[nodiscard]] bool changes(const View& view, StatementType type, Target target, ByteSpan subject, const CardKey* key);
// The same question about a withdrawal.
[[nodiscard]] bool withdraws(const View& view, const StatementId& id);

}  // namespace sekimori
