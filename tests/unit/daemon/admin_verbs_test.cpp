// SPDX-License-Identifier: Apache-2.0
// The administrator's day, verb by verb, over a real store: what each does, and what it refuses.
#include <gmock/gmock.h>

#include "core/event_kind.hpp"
#include "crypto/slow_hash.hpp"
#include "daemon/admin/command.hpp"
#include "daemon/admin/listings.hpp"
#include "daemon/admin/query.hpp"
#include "tests/unit/daemon/auth_rig.hpp"
#include "tests/unit/daemon/full_disk.hpp"

namespace sekimori::daemon {
namespace {

class AdminVerbs : public AuthRig {
  protected:
    void SetUp() override {
        AuthRig::SetUp();
        broker->secrets = &hashes;
    }
    void TearDown() override {
        runs.clear();
        AuthRig::TearDown();
    }
    // As the lab's own user: an administrator, who is asked for nothing. The answer, or {"code":...} of the refusal.
    Json run(const char* name, const Json& arguments) {
        const CommandVerb* verb = find_command(name);
        EXPECT_NE(verb, nullptr) << name;
        auto pair = *Channel::pair();
        runs.push_back(std::make_unique<CommandRun>(
            *broker, *verb, arguments.dump(), std::move(pair.first), UniqueFd(), CommandCaller{geteuid(), 1},
            [this](CommandRun* one) { runs.remove_if([&](const auto& other) { return other.get() == one; }); }));
        for (;;) {
            settle();
            const auto bytes = pair.second.receive(std::nullopt);
            if (!bytes) return {{"code", "no end"}};
            if (const auto asked = wire::decode<wire::Prompt>(bytes->span());
                asked && asked->style == wire::PromptStyle::echo_off)
                (void)pair.second.send(wire::Answer{asked->serial, wire::AnswerStatus::given, typed.clone()});
            if (const auto end = wire::decode<wire::CommandDone>(bytes->span())) return Json::parse(end->json);
        }
    }
    Json ask(const char* name, const Json& arguments = Json::object()) {
        Arguments read(arguments.dump());
        const Reply reply = find_query(name)->answer(*broker, read);
        return reply ? *reply : reply.error().json();
    }
    PersonId administrator(const std::string& login) {
        const PersonId id = add_person(login);
        EXPECT_TRUE(store->set_roles(id, Roles::of(Role::administrator), by));
        return id;
    }
    static std::string code_of(const Json& answer) { return answer.value("code", ""); }

    crypto::SlowHashes hashes;
    SecureBytes typed;
    std::list<std::unique_ptr<CommandRun>> runs;
};

TEST_F(AdminVerbs, ACodeIsShownOnceAndListedWithoutItself) {
    const Json issued = run("code.issue", {{"login", "tanaka"}, {"hours", 8}, {"reason", "card at home"}});
    const std::string code = code_of(issued);
    ASSERT_EQ(code.size(), 14U) << issued;
    const Json list = ask("code.list");
    ASSERT_EQ(list["items"].size(), 1U);
    EXPECT_EQ(list["items"][0]["person"], "tanaka");
    EXPECT_EQ(list["items"][0]["reason"], "card at home");
    EXPECT_EQ(list["items"][0]["state"], "in-force");
    EXPECT_EQ(list.dump().find(code), std::string::npos);
    EXPECT_EQ(trail().back().event.what, "code.issue");
    EXPECT_EQ(run("code.withdraw", {{"login", "tanaka"}})["changed"], true);
    EXPECT_EQ(run("code.withdraw", {{"login", "tanaka"}})["changed"], false);
    EXPECT_TRUE(ask("code.list")["items"].empty());
}

// No lock is opened without an event; what stops somebody goes on.
TEST_F(AdminVerbs, OnAFullDiskNothingIsGiven) {
    const LockoutKey counter{LockoutOf::person, tanaka.hex()};
    LockoutState charged;
    charged.charged = 3;
    ASSERT_TRUE(store->set_lockout(counter, charged));
    const std::size_t events = trail().size();
    {
        const FullDisk full;
        const std::string code = code_of(run("person.unlock", {{"login", "tanaka"}}));
        EXPECT_TRUE(code == "full" || code == "io") << code;
        EXPECT_EQ(store->lockout(counter).charged, 3U);
        (void)run("card.suspend", {{"card", card.hex()}});
        EXPECT_EQ(store->card(card)->state, CardState::suspended) << "in force, whatever the disk says";
    }
    EXPECT_EQ(trail().size(), events);
    EXPECT_EQ(run("person.unlock", {{"login", "tanaka"}})["changed"], true);
    EXPECT_EQ(store->lockout(counter).charged, 0U);
    EXPECT_EQ(trail().back().event.what, "person.unlock");
}

TEST_F(AdminVerbs, ACodeIsNotIssuedWhereItWouldNotWork) {
    const Json arguments{{"login", "tanaka"}, {"hours", 8}, {"reason", "card at home"}};
    broker->policy.fallbacks = Fallbacks::locked;
    EXPECT_EQ(code_of(run("code.issue", arguments)), "refused");
    broker->policy.fallbacks = Fallbacks::allowed;
    clock.at.wall_quality = WallQuality::suspect;
    EXPECT_EQ(code_of(run("code.issue", arguments)), "clock_suspect");
    clock.at.wall_quality = WallQuality::good;
    (void)add_person("nofinger");
    EXPECT_EQ(code_of(run("code.issue", {{"login", "nofinger"}, {"hours", 8}, {"reason", "r"}})), "fingers_missing");
    for (const Json& bad :
         {Json{{"login", "tanaka"}, {"hours", 0}, {"reason", "r"}},
          Json{{"login", "tanaka"}, {"hours", 73}, {"reason", "r"}}, Json{{"login", "tanaka"}, {"hours", 8}}})
        EXPECT_EQ(code_of(run("code.issue", bad)), "invalid_argument") << bad;
    EXPECT_TRUE(store->secrets().empty());
}

TEST_F(AdminVerbs, AnExemptionHasAnEndWithinAYearAndAReason) {
    const auto until = [&](Millis wall) {
        return Json{{"login", "tanaka"}, {"until", time_text(wall)}, {"reason", "r"}};
    };
    EXPECT_EQ(code_of(run("exempt.add", until(clock.at.wall))), "invalid_argument");
    EXPECT_EQ(code_of(run("exempt.add", until(clock.at.wall + std::chrono::hours{24 * 400}))), "invalid_argument");
    EXPECT_TRUE(run("exempt.add", until(clock.at.wall + std::chrono::hours{24})).contains("until"));
    EXPECT_EQ(ask("exempt.list")["items"][0]["state"], "in-force");
    EXPECT_TRUE(ask("person.show", {{"login", "tanaka"}})["exempt_until"].is_string());
    EXPECT_EQ(run("exempt.withdraw", {{"login", "tanaka"}})["changed"], true);
    EXPECT_TRUE(ask("exempt.list")["items"].empty());
}

// Two names stand in a ticket: not even the lab's own user is two.
TEST_F(AdminVerbs, ATicketIsNeverWrittenForNobody) {
    EXPECT_EQ(code_of(run("break-glass.issue", {{"login", "tanaka"}, {"minutes", 30}, {"reason", "r"}})), "no end")
        << "it waits for the first administrator's card";
    EXPECT_TRUE(store->break_glass().empty());
}

TEST_F(AdminVerbs, TwoAdministratorsRemain) {
    (void)administrator("one");
    (void)administrator("two");
    EXPECT_EQ(code_of(run("person.remove", {{"login", "one"}})), "refused");
    EXPECT_EQ(code_of(run("person.role", {{"login", "one"}, {"roles", Json::array({"officer"})}})), "refused");
    EXPECT_EQ(store->person_by_login("one")->roles, Roles::of(Role::administrator));
    EXPECT_EQ(run("person.role", {{"login", "tanaka"}, {"roles", Json::array({"administrator"})}})["changed"], true);
    EXPECT_EQ(run("person.role", {{"login", "one"}, {"roles", Json::array({"officer"})}})["changed"], true);
    EXPECT_EQ(code_of(run("person.remove", {{"login", "two"}})), "refused");
    EXPECT_EQ(run("person.remove", {{"login", "one"}})["changed"], true);
    EXPECT_EQ(code_of(run("person.role", {{"login", "two"}, {"roles", Json::array({"king"})}})), "invalid_argument");
}

TEST_F(AdminVerbs, WhoLeavesLeavesAProof) {
    (void)run("code.issue", {{"login", "tanaka"}, {"hours", 8}, {"reason", "card at home"}});
    const Json proof = run("person.remove", {{"login", "tanaka"}});
    EXPECT_EQ(proof["changed"], true) << proof;
    EXPECT_EQ(proof["deleted"]["cards"], 1);
    EXPECT_EQ(proof["deleted"]["fingers"], 2);
    EXPECT_EQ(proof["deleted"]["codes"], 1);
    EXPECT_EQ(proof["left"], 0);
    EXPECT_EQ(proof["ledger"]["hash"], store->head().hash);
    EXPECT_EQ(code_of(run("person.remove", {{"login", "tanaka"}})), "not_found");
    const Json again = run("person.remove", {{"login", proof["id"]}});
    EXPECT_EQ(again["changed"], false) << again;
    EXPECT_EQ(again["id"], tanaka.hex());
    const PersonId other = add_person("other");
    EXPECT_EQ(code_of(run("person.remove", {{"login", other.hex()}})), "not_found") << "nobody is removed by an id";
    EXPECT_EQ(store->person(other)->state, PersonState::active);
    EXPECT_TRUE(ask("code.list")["items"].empty());
}

TEST_F(AdminVerbs, APasswordIsLongAndNotShown) {
    const auto with = [&](std::string_view text) {
        typed = SecureBytes(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
        return run("person.password", {{"login", "tanaka"}});
    };
    EXPECT_EQ(code_of(with("short")), "invalid_argument");
    EXPECT_EQ(with("correct horse battery")["set"], true);
    EXPECT_EQ(ask("person.show", {{"login", "tanaka"}})["password"], true);
    EXPECT_EQ(run("person.password", {{"login", "tanaka"}, {"clear", true}})["set"], false);
    EXPECT_FALSE(store->secret_of(tanaka, SecretUse::password));
}

TEST_F(AdminVerbs, TheLedgerOfCardsTellsWhatShouldBeBack) {
    const PersonId kanri = add_person("kanri");
    NewCard lent = new_card(tanaka, 5);
    lent.temporary = {clock.at.wall + Millis{1000}, kanri};
    ASSERT_TRUE(store->add_card(std::move(lent), by));
    EXPECT_EQ(ask("card.ledger")["items"].size(), 2U);
    EXPECT_TRUE(ask("card.ledger", {{"not_returned", true}})["items"].empty());
    EXPECT_EQ(ask("card.ledger", {{"expiring", 1}})["items"].size(), 1U);
    clock.at.wall += Millis{1000};
    const Json missing = ask("card.ledger", {{"not_returned", true}});
    ASSERT_EQ(missing["items"].size(), 1U);
    EXPECT_EQ(missing["items"][0]["approver"], "kanri");
    EXPECT_EQ(missing["items"][0]["state"], "expired");
    ASSERT_TRUE(run("card.return", {{"card", missing["items"][0]["id"]}}).contains("changed"));
    EXPECT_TRUE(ask("card.ledger", {{"not_returned", true}})["items"].empty());
    EXPECT_TRUE(ask("card.ledger", {{"suspect", true}})["items"].empty()) << "these are PIV cards";
}

// What the report groups by are names that a verb writes.
TEST(AdminVerbNames, AreTheOnesThatAreCounted) {
    for (const auto& [kind, names] :
         {std::pair{EventKind::fallback, std::vector{"code.issue", "code.withdraw", "exempt.add", "exempt.withdraw",
                                                     "break-glass.issue", "break-glass.withdraw"}},
          {EventKind::stop, std::vector{"card.revoke", "card.suspend", "person.remove"}}})
        for (const char* name : names) {
            EXPECT_NE(find_command(name), nullptr) << name;
            EXPECT_EQ(kind_of_event(name), kind) << name;
        }
}

// FeliCa Lite (F0) and Lite-S (F1): chips of these kinds, made up to 2017, have been reported readable.
TEST_F(AdminVerbs, FelicaCardsOfASuspectKindAreListedUntilTheyAreBack) {
    const auto add = [&](std::uint8_t n, std::uint8_t ic_code, std::string_view secret = "sixteen bytes ck") {
        NewCard one = new_card(tanaka, n, secret);
        one.ic_code = ic_code;
        return store->add_card(std::move(one), by).value();
    };
    const CardId f0 = add(5, 0xf0);
    const CardId f1 = add(6, 0xf1);
    add(7, 0xf2);      // of another kind
    add(8, 0xf1, "");  // PIV: the code means nothing there
    const auto suspects = [&] {
        std::vector<std::string> ids;
        const Json listed = ask("card.ledger", {{"suspect", true}});
        for (const Json& item : listed["items"]) {
            EXPECT_EQ(item["suspect_ic"], true);
            ids.push_back(item["id"]);
        }
        return ids;
    };
    EXPECT_THAT(suspects(), testing::UnorderedElementsAre(f0.hex(), f1.hex()));
    ASSERT_TRUE(store->revoke_card(f0, DenyReason::lost, by));
    EXPECT_THAT(suspects(), testing::UnorderedElementsAre(f0.hex(), f1.hex())) << "it is out there";
    ASSERT_TRUE(store->return_card(f0, by));
    EXPECT_THAT(suspects(), testing::ElementsAre(f1.hex()));
    std::size_t marked = 0;
    const Json whole = ask("card.ledger");
    for (const Json& item : whole["items"]) marked += item["suspect_ic"] == true ? 1U : 0U;
    EXPECT_EQ(marked, 2U) << "in the whole ledger they are marked";
}

TEST_F(AdminVerbs, WhoHasNotComeForLong) {
    EXPECT_EQ(ask("person.list", {{"unused", 30}})["items"].size(), 1U) << "never is long ago";
    ASSERT_TRUE(store->append({"login", "login", "tty1", tanaka, {}, {}, true, "granted"}));
    EXPECT_TRUE(ask("person.list", {{"unused", 30}})["items"].empty());
    clock.at.wall += std::chrono::hours{24 * 30};
    EXPECT_EQ(ask("person.list", {{"unused", 30}})["items"].size(), 1U);
}

}  // namespace
}  // namespace sekimori::daemon
