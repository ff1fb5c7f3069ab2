// SPDX-License-Identifier: Apache-2.0
// Killed at any moment of any of its writes, the store opens again, verifies, and holds everything that it
// acknowledged.
#include "tests/unit/daemon/store_behind.hpp"
#include "tests/unit/daemon/store_fixture.hpp"
#include "tests/unit/killed_at_work.hpp"

namespace sekimori::daemon {
namespace {

using std::chrono::days;

constexpr int kPeople = 300;        // of two entries each: what is kept for the next start is kept
constexpr Millis kKeep = days{30};  // of the trail; a round is five days later than the one before
constexpr Millis kYears = days{3660};

struct Thing {
    std::uint64_t n{};
    PersonId person;
    StatementId statement;
    std::uint64_t seq{};
    Millis at{};

    [[nodiscard]] std::string name() const { return "n" + std::to_string(n); }
};

class StoreCrash : public StoreTest {
  public:
    using Step = test::Step<StoreCrash, Thing>;
    using Courses = std::vector<test::Course<StoreCrash, Thing>>;

    void begin_anew() {
        for (const auto& entry : std::filesystem::directory_iterator(directory.path()))
            std::filesystem::remove_all(entry);
        open();
        found();
        close();
    }
    bool open_at_work() {
        auto opened = try_open();
        if (opened) store = std::move(*opened);
        return opened.has_value();
    }
    void open_again() {
        open();
        if (HasFatalFailure()) return;
        EXPECT_TRUE(care(Keep::in_time));
        for (const PersonRecord& person : store->persons()) {
            EXPECT_FALSE(person.login.empty());
            for (const FingerRecord& finger : store->fingers_of(person.id)) EXPECT_TRUE(store->finger_data(finger.id));
        }
        const auto check = verify({}, 200);
        EXPECT_FALSE(check.first_bad) << check.message;
    }
    void close_again() {
        clock.at.wall += days{5};
        clock.at.boottime += days{5};
        const std::size_t people = store->persons().size();
        close();
        // Whoever is gone has no key any more, and everybody else has theirs.
        EXPECT_EQ(count_behind(directory.path(), "person_keys"), people);
    }

    static Courses courses();

  protected:
    void found() {
        by = {std::nullopt, "tty1"};
        std::vector<PersonChange> many;
        for (int i = 0; i < kPeople; ++i) {
            NewPerson one;
            one.login = "p" + std::to_string(i);
            one.accounts = {{one.login, "local", 1000}};
            if (i < 2) one.role = Role::administrator;
            many.push_back({std::move(one), std::nullopt});
        }
        const auto ids = store->change_people(many, by);
        ASSERT_TRUE(ids) << ids.error();
        by = {(*ids)[0], "tty1", (*ids)[1]};
    }
    bool care(Keep when) {
        for (;;) {
            const auto cared = store->care_for_ledger(when);
            if (!cared || *cared == Care::done) return cared.has_value();
        }
    }

    // ---- what a thing is like
    [[nodiscard]] bool card_is(const Thing& it, CardState state) const {
        const auto cards = store->cards_of(it.person);
        return cards.size() == 1 && cards.front().state == state;
    }
    [[nodiscard]] bool finger_is(const Thing& it, std::string_view data) const {
        const auto fingers = store->fingers_of(it.person);
        if (fingers.size() != 1) return false;
        const auto read = store->finger_data(fingers.front().id);
        return read && read->view() == data;
    }
    [[nodiscard]] bool person_is(const Thing& it, PersonState state) const {
        const auto person = store->person(it.person);
        return person && person->state == state;
    }
    [[nodiscard]] bool secret_is(const Thing& it, SecretUse use, std::string_view reason) const {
        const auto secret = store->secret_of(it.person, use);
        if (!secret || reason.empty()) return !secret && reason.empty();
        const auto data = store->secret_data(secret->id);
        return data && data->reason == reason;
    }
    [[nodiscard]] bool exemption_is(const Thing& it, std::string_view reason) const {
        const auto exemption = store->exemption_of(it.person);
        if (!exemption || reason.empty()) return !exemption && reason.empty();
        const auto text = store->exemption_reason(exemption->id);
        return text && *text == reason;
    }
    enum class Ticket : std::uint8_t { none, open, used };
    [[nodiscard]] bool ticket_is(const Thing& it, Ticket state) const {
        for (const BreakGlassRecord& ticket : store->break_glass())
            if (ticket.person == it.person)
                return ticket.used ? state == Ticket::used && !store->secret_data(ticket.id)
                                   : state == Ticket::open && store->secret_data(ticket.id);
        return state == Ticket::none;
    }
    enum class Withdrawn : std::uint8_t { no, yes };
    [[nodiscard]] bool media_is(const Thing& it, Withdrawn withdrawn) const {
        const auto all = store->media();
        const auto at = std::ranges::find(all, it.name(), [](const MediaRecord& one) { return one.record.serial; });
        return at != all.end() && at->record.withdrawn == (withdrawn == Withdrawn::yes) &&
               store->media_reason(at->record.id) == "photographs";
    }
    // What the office says of two people: of one who was there, and of one who came with its first word.
    [[nodiscard]] bool section_is(const Thing& it, std::string_view section) const {
        const auto person = store->person(it.person);
        const auto fresh = store->person_by_login(it.name() + "-new");
        if (section.empty()) return person && !person->details && !fresh;
        return person && person->details && person->details->section == section && fresh && fresh->details &&
               fresh->details->section == section;
    }
    // How many rows of this kind the trail has of the thing; all of what is old enough to be cut off.
    [[nodiscard]] bool told_of(const Thing& it, const std::string& what, std::size_t rows) const {
        if (clock.at.wall - it.at >= kKeep) return true;
        AuditFilter filter;
        filter.person = it.person;
        filter.what = what;
        const auto found = store->audit(filter);
        return found && found->size() == rows;
    }
    Status say_section(const Thing& it, const std::string& section) {
        const auto fresh = store->person_by_login(it.name() + "-new");
        NewPerson one;
        one.login = it.name() + "-new";
        one.accounts = {{one.login, "local", 1000}};
        PersonDetails details;
        details.section = section;
        const auto done = store->change_people(
            {{it.person, details},
             {fresh ? decltype(PersonChange::who)(fresh->id) : decltype(PersonChange::who)(one), details}},
            by);
        return done ? Status{} : tl::unexpected<Error>(done.error());
    }
    bool give(const Thing& it, SecretUse use, const std::string& reason) {
        NewSecret secret;
        secret.person = it.person;
        secret.use = use;
        secret.until = use == SecretUse::code ? clock.at.wall + kYears : Millis{0};
        secret.handle = use == SecretUse::code ? it.name() : "";
        secret.hash = {1, 2, 3};
        secret.reason = reason;
        return store->give_secret(std::move(secret), by).has_value();
    }
    bool withdraw(const std::optional<StatementId>& id, Store::Withdrawal why = Store::Withdrawal::withdrawn) {
        const auto denied = id ? store->withdraw(*id, why, by) : fail(ErrorCode::not_found, "");
        return denied && denied->durable;
    }
    static bool durable(const Result<Store::Denied>& denied) { return denied && denied->changed && denied->durable; }
    [[nodiscard]] CardId card(const Thing& it) const {
        const auto cards = store->cards_of(it.person);
        return cards.empty() ? CardId{} : cards.front().id;
    }
    static CardKey key_of(const Thing& it) {
        CardKey made;
        for (std::size_t i = 0; i < 8; ++i) made.bytes[i] = static_cast<std::uint8_t>(it.n >> (8 * i));
        made.bytes[8] = 1;
        return made;
    }
    static Millis day_of(const Thing& it) { return Millis{4'000'000'000'000} + Millis{static_cast<long>(it.n)}; }
    std::string policy_of(const Thing& it) const { return R"({"name":")" + it.name() + R"("})"; }
};

StoreCrash::Courses StoreCrash::courses() {
    using Me = StoreCrash;
    using It = const Thing;
    const Step person{"person",
                      [](Me& me, Thing& it) {
                          it.person = me.add_person(it.name());
                          return it.person.valid();
                      },
                      [](Me& me, It& it) {
                          const auto one = me.store->person(it.person);
                          return one && one->login == it.name() && one->state == PersonState::active &&
                                 !one->roles.any() && !one->details && me.store->cards_of(it.person).empty() &&
                                 me.store->fingers_of(it.person).empty() &&
                                 !me.store->secret_of(it.person, SecretUse::code) &&
                                 !me.store->secret_of(it.person, SecretUse::password) && me.exemption_is(it, "") &&
                                 me.ticket_is(it, Ticket::none) && !me.store->person_by_login(it.name() + "-new");
                      }};
    return {
        {"card",
         {person,
          {"add",
           [](Me& me, Thing& it) {
               NewCard card = new_card(it.person, 1);
               card.key = key_of(it);
               return me.store->add_card(std::move(card), me.by).has_value();
           },
           [](Me& me, It& it) { return me.card_is(it, CardState::active); }},
          {"suspend", [](Me& me, Thing& it) { return durable(me.store->suspend_card(me.card(it), me.by)); },
           [](Me& me, It& it) { return me.card_is(it, CardState::suspended); }},
          {"reinstate", [](Me& me, Thing& it) { return me.store->reinstate_card(me.card(it), me.by).has_value(); },
           [](Me& me, It& it) { return me.card_is(it, CardState::active); }},
          {"revoke",
           [](Me& me, Thing& it) { return durable(me.store->revoke_card(me.card(it), DenyReason::lost, me.by)); },
           [](Me& me, It& it) { return me.card_is(it, CardState::revoked); }},
          {"return", [](Me& me, Thing& it) { return me.store->return_card(me.card(it), me.by).has_value(); },
           [](Me& me, It& it) { return me.card_is(it, CardState::returned); }}}},
        {"card with a secret",
         {person,
          {"add",
           [](Me& me, Thing& it) {
               NewCard card = new_card(it.person, 1, "sixteen bytes ck");
               card.key = key_of(it);
               return me.store->add_card(std::move(card), me.by).has_value();
           },
           [](Me& me, It& it) {
               const auto secret = me.store->card_secret(me.card(it));
               return me.card_is(it, CardState::active) && secret && secret->view() == "sixteen bytes ck";
           }},
          {"revoke",
           [](Me& me, Thing& it) { return durable(me.store->revoke_card(me.card(it), DenyReason::stolen, me.by)); },
           [](Me& me, It& it) { return me.card_is(it, CardState::revoked); }}}},
        {"key",
         {{"revoke",
           [](Me& me, Thing& it) { return durable(me.store->revoke_key(key_of(it), DenyReason::lost, me.by)); },
           [](Me& me, It& it) {
               const auto card = me.store->card_by_key(key_of(it));
               return card && card->state == CardState::revoked;
           }}}},
        {"finger",
         {person,
          {"add", [](Me& me, Thing& it) { return me.add_finger(it.person, "left-thumb", "one").valid(); },
           [](Me& me, It& it) { return me.finger_is(it, "one"); }},
          {"replace", [](Me& me, Thing& it) { return me.add_finger(it.person, "left-thumb", "two").valid(); },
           [](Me& me, It& it) { return me.finger_is(it, "two"); }}}},
        {"removal",
         {person,
          {"finger", [](Me& me, Thing& it) { return me.add_finger(it.person, "left-thumb", "one").valid(); },
           [](Me& me, It& it) { return me.finger_is(it, "one") && me.person_is(it, PersonState::active); }},
          {"suspend", [](Me& me, Thing& it) { return durable(me.store->suspend_person(it.person, me.by)); },
           [](Me& me, It& it) { return me.finger_is(it, "one") && me.person_is(it, PersonState::suspended); }},
          {"reinstate", [](Me& me, Thing& it) { return me.store->reinstate_person(it.person, me.by).has_value(); },
           [](Me& me, It& it) { return me.finger_is(it, "one") && me.person_is(it, PersonState::active); }},
          {"remove",
           [](Me& me, Thing& it) {
               const auto deletion = me.store->remove_person(it.person, me.by);
               return deletion && deletion->left == 0;
           },
           [](Me& me, It& it) {
               return me.person_is(it, PersonState::gone) && me.store->fingers_of(it.person).empty();
           }}}},
        {"code",
         {person,
          {"give", [](Me& me, Thing& it) { return me.give(it, SecretUse::code, "forgotten"); },
           [](Me& me, It& it) { return me.secret_is(it, SecretUse::code, "forgotten"); }},
          {"replace", [](Me& me, Thing& it) { return me.give(it, SecretUse::code, "again"); },
           [](Me& me, It& it) { return me.secret_is(it, SecretUse::code, "again"); }},
          {"withdraw",
           [](Me& me, Thing& it) { return me.withdraw(me.store->secret_of(it.person, SecretUse::code)->id); },
           [](Me& me, It& it) { return me.secret_is(it, SecretUse::code, ""); }}}},
        {"password",
         {person,
          {"give", [](Me& me, Thing& it) { return me.give(it, SecretUse::password, "no sensor"); },
           [](Me& me, It& it) { return me.secret_is(it, SecretUse::password, "no sensor"); }},
          {"withdraw",
           [](Me& me, Thing& it) { return me.withdraw(me.store->secret_of(it.person, SecretUse::password)->id); },
           [](Me& me, It& it) { return me.secret_is(it, SecretUse::password, ""); }}}},
        {"exemption",
         {person,
          {"give",
           [](Me& me, Thing& it) {
               return me.store->exempt(it.person, me.clock.at.wall + kYears, "plaster", me.by).has_value();
           },
           [](Me& me, It& it) { return me.exemption_is(it, "plaster"); }},
          {"replace",
           [](Me& me, Thing& it) {
               return me.store->exempt(it.person, me.clock.at.wall + kYears, "eczema", me.by).has_value();
           },
           [](Me& me, It& it) { return me.exemption_is(it, "eczema"); }},
          {"withdraw", [](Me& me, Thing& it) { return me.withdraw(me.store->exemption_of(it.person)->id); },
           [](Me& me, It& it) { return me.exemption_is(it, ""); }}}},
        {"break-glass",
         {person,
          {"allow",
           [](Me& me, Thing& it) {
               const auto ticket = me.store->allow_break_glass(
                   {it.person, TerminalId{{1}}, me.clock.at.wall + kYears, it.name(), {1}, "flood"}, me.by);
               it.statement = ticket.value_or(StatementId{});
               return ticket.has_value();
           },
           [](Me& me, It& it) { return me.ticket_is(it, Ticket::open); }},
          {"use", [](Me& me, Thing& it) { return me.withdraw(it.statement, Store::Withdrawal::used); },
           [](Me& me, It& it) { return me.ticket_is(it, Ticket::used); }}}},
        {"policy",
         {{"load",
           [](Me& me, Thing& it) { return me.store->load_policy(me.policy_of(it), day_of(it), me.by).has_value(); },
           [](Me& me, It& it) { return me.store->policy_text_at(day_of(it)) == me.policy_of(it); }}}},
        {"media",
         {{"allow",
           [](Me& me, Thing& it) {
               NewMedia media{1, 2, it.name(), Millis{0}, {}, *me.by.person, "photographs"};
               const auto allowed = me.store->allow_media(std::move(media), me.by);
               it.statement = allowed.value_or(StatementId{});
               return allowed.has_value();
           },
           [](Me& me, It& it) { return me.media_is(it, Withdrawn::no); }},
          {"withdraw", [](Me& me, Thing& it) { return me.withdraw(it.statement); },
           [](Me& me, It& it) { return me.media_is(it, Withdrawn::yes); }}}},
        {"role",
         {person,
          {"give",
           [](Me& me, Thing& it) {
               return me.store->set_roles(it.person, Roles::of(Role::registrar), me.by).has_value();
           },
           [](Me& me, It& it) { return me.store->person(it.person)->roles == Roles::of(Role::registrar); }},
          {"take", [](Me& me, Thing& it) { return me.store->set_roles(it.person, {}, me.by).has_value(); },
           [](Me& me, It& it) { return !me.store->person(it.person)->roles.any(); }}}},
        {"import",
         {person,
          {"two people", [](Me& me, Thing& it) { return me.say_section(it, "tax").has_value(); },
           [](Me& me, It& it) { return me.section_is(it, "tax"); }},
          {"moved", [](Me& me, Thing& it) { return me.say_section(it, "parks").has_value(); },
           [](Me& me, It& it) { return me.section_is(it, "parks"); }}}},
        {"event",
         {{"one",
           [](Me& me, Thing& it) {
               it.person = me.rng.draw<PersonId>().value();
               it.at = me.clock.at.wall;
               AuditEvent one = event("login");
               one.who = it.person;
               return me.store->append(one).has_value();
           },
           [](Me& me, It& it) { return me.told_of(it, "login", 1) && me.told_of(it, "enrol", 0); }},
          {"many at once",
           [](Me& me, Thing& it) {
               AuditEvent one = event("enrol");
               one.who = it.person;
               return me.store->append_all({one, one, one}).has_value();
           },
           [](Me& me, It& it) { return me.told_of(it, "login", 1) && me.told_of(it, "enrol", 3); }}}},
        {"lockout",
         {{"charge",
           [](Me& me, Thing& it) {
               return me.store->set_lockout({LockoutOf::caller, it.name()}, {1, 0, {}, Millis{1}}).has_value();
           },
           [](Me& me, It& it) {
               return me.store->lockout({LockoutOf::caller, it.name()}).charged == 1;
           }},
          {"charge again",
           [](Me& me, Thing& it) {
               return me.store->set_lockout({LockoutOf::caller, it.name()}, {2, 0, {}, Millis{2}}).has_value();
           },
           [](Me& me, It& it) {
               return me.store->lockout({LockoutOf::caller, it.name()}).charged == 2;
           }}}},
        // These two change nothing that anybody sees: what they are to leave alone is what all the others look at.
        {"the trail's end",
         {{"cut",
           [](Me& me, Thing&) {
               for (;;) {
                   const auto cared = me.store->care_for_audit(kKeep);
                   if (!cared || *cared == Care::done) return cared.has_value();
               }
           },
           [](Me&, It&) { return true; }}}},
        {"what is kept for the next start",
         {{"keep", [](Me& me, Thing&) { return me.care(Keep::now); }, [](Me&, It&) { return true; }}}},
    };
}

TEST_F(StoreCrash, EverythingAcknowledgedSurvivesAKill) {
    test::Killing<StoreCrash, Thing>(*this, courses(), 20261122).run();
}

}  // namespace
}  // namespace sekimori::daemon
