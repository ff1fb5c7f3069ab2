// SPDX-License-Identifier: Apache-2.0
// sekimori.conf: what is read, in which order, and that nothing wrong is passed over.
#include "protocol/config.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/protocol/directory.hpp"

namespace sekimori {
namespace {

class ConfigTest : public testing::Test {
  protected:
    Result<Config> load(std::string_view text) { return load_config(directory.write("sekimori.conf", text)); }
    ErrorCode refused(std::string_view text, std::string_view names = "") {
        const auto config = load(text);
        if (config) return ErrorCode::internal;
        EXPECT_NE(config.error().message.find(names), std::string::npos) << config.error().message;
        return config.error().code;
    }
    test::Directory directory;
};

TEST_F(ConfigTest, NothingWrittenIsTheDefault) {
    const auto config = load("");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->state_dir, "/var/lib/sekimori");
    EXPECT_EQ(config->run_dir, "/run/sekimori");
    EXPECT_TRUE(config->readers.empty());
    EXPECT_EQ(config->language, "en");
    EXPECT_EQ(config->lab, LabMode::off);
    EXPECT_EQ(config->limits.card, std::chrono::seconds{30});
    EXPECT_EQ(config->limits.finger, std::chrono::seconds{20});
    EXPECT_EQ(config->limits.pin, std::chrono::seconds{60});
    EXPECT_EQ(config->limits.transaction, std::chrono::seconds{90});
    EXPECT_EQ(config->limits.failures, 5U);
    EXPECT_EQ(config->limits.lockout, std::chrono::seconds{30});
    EXPECT_EQ(config->limits.lockout_max, std::chrono::minutes{15});
}

TEST_F(ConfigTest, WhatIsNotSaidOfTheOfflineAgeIsThePolicys) {
    const auto silent = load("");
    EXPECT_FALSE(silent->offline.most || silent->offline.past || silent->offline.certificate);
    const auto said = load("[fleet]\nmax_offline_hours=4\npast_max=deny\ncertificate_hours=0\n");
    ASSERT_TRUE(said) << said.error().message;
    EXPECT_EQ(said->offline.most, std::chrono::hours{4});
    EXPECT_EQ(said->offline.past, PastMax::deny);
    EXPECT_EQ(said->offline.certificate, Millis{0});
    EXPECT_EQ(refused("[fleet]\nmax_offline_hours=745\n", "max_offline_hours"), ErrorCode::malformed);
    EXPECT_EQ(refused("[fleet]\npast_max=allow\n", "past_max"), ErrorCode::malformed);
}

TEST_F(ConfigTest, SessionsAreLockedUnlessThisIsALaboratory) {
    const auto config =
        load("[limits]\nlock_seconds=3\nchallenge_seconds=9\n[session]\nlockers=one;two\nlockd=required\n");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->limits.lock, std::chrono::seconds{3});
    EXPECT_EQ(config->limits.challenge, std::chrono::seconds{9});
    EXPECT_EQ(config->lockers, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(load("")->lockd, LockdRule::required);
    EXPECT_EQ(refused("[session]\nlockd=absent\n", "lockd"), ErrorCode::refused);
    EXPECT_EQ(refused("[session]\nlockd=no\n", "lockd"), ErrorCode::malformed);
    EXPECT_EQ(refused("[limits]\nlock_seconds=0\n", "lock_seconds"), ErrorCode::malformed);
}

TEST_F(ConfigTest, EveryKeyIsRead) {
    const auto config = load(
        "[paths]\nstate=/a\nrun=/b\nworkers=/c\n[devices]\nreaders=One 00 00;Two, with comma;\n"
        "[card]\nroots=/r\nfelica_keys=/k\n[audit]\nwitness=journal\n[ui]\nlang=ja\n[policy]\nseed=/s\n"
        "[limits]\ncard_seconds=1\nfinger_seconds=2\npin_seconds=3\ntransaction_seconds=4\nfailures=6\n"
        "lockout_seconds=7\nlockout_max_seconds=8\nfinger_tries=2\n[lab]\nenabled=false\nuser=proves\n");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->state_dir + config->run_dir + config->workers_dir, "/a/b/c");
    EXPECT_EQ(config->readers, (std::vector<std::string>{"One 00 00", "Two, with comma"}));
    EXPECT_EQ(config->roots + config->felica_keys + config->policy_seed, "/r/k/s");
    EXPECT_EQ(config->witness, "journal");
    EXPECT_EQ(config->language, "ja");
    EXPECT_EQ(config->lab_user, LabUser::proves);
    const Limits& limits = config->limits;
    EXPECT_EQ(limits.card, std::chrono::seconds{1});
    EXPECT_EQ(limits.finger, std::chrono::seconds{2});
    EXPECT_EQ(limits.pin, std::chrono::seconds{3});
    EXPECT_EQ(limits.transaction, std::chrono::seconds{4});
    EXPECT_EQ(limits.failures, 6U);
    EXPECT_EQ(limits.lockout, std::chrono::seconds{7});
    EXPECT_EQ(limits.lockout_max, std::chrono::seconds{8});
    EXPECT_EQ(limits.finger_tries, 2U);
}

TEST_F(ConfigTest, AnUnknownKeyIsNamed) {
    EXPECT_EQ(refused("[limits]\ncard_second=1\n", "[limits] card_second"), ErrorCode::malformed);
    EXPECT_EQ(refused("[limit]\ncard_seconds=1\n", "[limit]"), ErrorCode::malformed);
}

// GLib leaves these out without a word.
TEST_F(ConfigTest, NothingIsLeftOutInSilence) {
    EXPECT_EQ(refused("[ui]\nlang=en\nlang[ja]=ja\n", "[ui] lang[ja]"), ErrorCode::malformed);
    EXPECT_EQ(refused("[limits]\nfailures[C]=9\n", "failures[C]"), ErrorCode::malformed);
    EXPECT_EQ(refused("[limit]\n", "[limit]"), ErrorCode::malformed);
    EXPECT_EQ(refused("[ui]\nlang=en\n[Lab]\n", "[Lab]"), ErrorCode::malformed);
    using namespace std::string_view_literals;
    EXPECT_EQ(refused("[ui]\nlang=ja\n\0[limits]\nfailures=1\n"sv, "NUL"), ErrorCode::malformed);
    EXPECT_EQ(refused("[ui]\nlang=ja\0\n"sv, "NUL"), ErrorCode::malformed);
    EXPECT_EQ(refused("#" + std::string(64 * 1024, 'x') + "\n", "too large"), ErrorCode::too_large);
    EXPECT_TRUE(load("[ui]\n[limits]\n")) << "a group may be empty";
}

TEST_F(ConfigTest, AWrongValueIsNamed) {
    for (const std::string_view text :
         {"[paths]\nstate=relative\n", "[paths]\nrun=relative\n", "[paths]\nworkers=relative\n",
          "[card]\nroots=relative\n", "[card]\nfelica_keys=relative\n", "[policy]\nseed=relative\n",
          "[audit]\nwitness=journald\n", "[ui]\nlang=de\n", "[ui]\nlang=\n", "[lab]\nenabled=1\n",
          "[lab]\nenabled=True\n", "[lab]\nuser=root\n", "[ui]\nlang=\\q\n"})
        EXPECT_EQ(refused(text, "wrong value"), ErrorCode::malformed) << text;
}

TEST_F(ConfigTest, NumbersAreBounded) {
    const std::vector<std::pair<std::string, unsigned>> bounds{
        {"card_seconds", 300}, {"finger_seconds", 60},    {"pin_seconds", 300},           {"transaction_seconds", 600},
        {"failures", 20},      {"lockout_seconds", 3600}, {"lockout_max_seconds", 86400}, {"finger_tries", 3}};
    for (const auto& [key, most] : bounds) {
        const auto with = [&, name = key](const std::string& value) {
            return "[limits]\n" + name + "=" + value + "\n";
        };
        EXPECT_TRUE(load(with("1"))) << key;
        EXPECT_TRUE(load(with(std::to_string(most)))) << key;
        for (const std::string& value :
             {std::string("0"), std::to_string(most + 1), std::string("-1"), std::string(""), std::string("x"),
              std::string("1s"), std::string("1.5"), std::string("99999999999999999999")})
            EXPECT_EQ(refused(with(value), key), ErrorCode::malformed) << key << "=" << value;
    }
}

TEST_F(ConfigTest, ReadersAreBounded) {
    std::string names;
    for (int i = 0; i < 16; ++i) names += "r" + std::to_string(i) + ";";
    EXPECT_TRUE(load("[devices]\nreaders=" + names + "\n"));
    EXPECT_EQ(refused("[devices]\nreaders=" + names + "one\n"), ErrorCode::malformed);
}

TEST_F(ConfigTest, WhatIsNotThereIsNotFound) {
    EXPECT_EQ(load_config(directory.path("none.conf")).error().code, ErrorCode::not_found);
}

TEST_F(ConfigTest, WhatIsNoKeyFileIsMalformed) {
    EXPECT_EQ(refused("lang=ja\n"), ErrorCode::malformed);
    EXPECT_EQ(refused("[ui\n"), ErrorCode::malformed);
    EXPECT_EQ(refused("[ui]\nlang\n"), ErrorCode::malformed);
}

TEST_F(ConfigTest, APathThatCannotBeFollowedIsAnErrorAndNoException) {
    const std::string loop = directory.path("sekimori.conf");
    std::filesystem::create_symlink(loop, loop);
    EXPECT_EQ(load_config(loop).error().code, ErrorCode::malformed);
}

TEST_F(ConfigTest, PartsAreReadInTheOrderOfTheirNamesAfterTheFile) {
    directory.write("conf.d/20-later.conf", "[ui]\nlang=ja\n[limits]\nfailures=3\n");
    directory.write("conf.d/10-earlier.conf", "[ui]\nlang=en\n[limits]\nfailures=2\ncard_seconds=9\n");
    directory.write("conf.d/30-no.conf.bak", "[limits]\nfailures=9\n");
    const auto config = load("[limits]\nfailures=1\ncard_seconds=1\npin_seconds=5\n");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->language, "ja");
    EXPECT_EQ(config->limits.failures, 3U);
    EXPECT_EQ(config->limits.card, std::chrono::seconds{9});
    EXPECT_EQ(config->limits.pin, std::chrono::seconds{5});
}

TEST_F(ConfigTest, AWrongPartIsNamed) {
    directory.write("conf.d/a.conf", "[ui]\nlanguage=ja\n");
    EXPECT_EQ(refused("", "conf.d/a.conf"), ErrorCode::malformed);
}

TEST_F(ConfigTest, PartsThatCannotBeReadAreAnError) {
    directory.write("conf.d", "no directory");
    EXPECT_EQ(refused("", "conf.d"), ErrorCode::io);
}

// The whole way: what is asked for in the file is judged by where the file lies and by what is in use.
TEST_F(ConfigTest, LabModeOnPathsOfProductionDoesNotStart) {
    EXPECT_EQ(refused("[lab]\nenabled=true\n", "lab mode refused"), ErrorCode::refused);
}

// Whatever name the bus of production goes by.
TEST_F(ConfigTest, LabModeOnAnotherBusThanItsOwnDoesNotStart) {
    std::filesystem::create_directory(directory.path("lab"));
    std::filesystem::create_symlink("/run/dbus", directory.path("lab/dbus"));
    std::filesystem::create_symlink("/run/not-there-yet", directory.path("lab/later"));
    std::filesystem::create_symlink("later", directory.path("lab/again"));
    const std::string lab = directory.path("lab");
    const std::string text =
        "[paths]\nstate=" + lab + "/s\nrun=" + lab + "/r\nworkers=" + lab + "/w\n[lab]\nenabled=true\n";
    const auto on = [&](const std::string& address) {
        EXPECT_EQ(setenv("DBUS_SYSTEM_BUS_ADDRESS", address.c_str(), 1), 0);
        const auto config = load_config(directory.write("lab/sekimori.conf", text));
        (void)unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
        return config ? ErrorCode::internal : config.error().code;
    };
    EXPECT_EQ(on("unix:path=" + lab + "/bus"), ErrorCode::internal) << "its own";
    EXPECT_EQ(on("unix:path=" + lab + "/x/../bus"), ErrorCode::internal);
    for (const std::string& address :
         {std::string(), std::string("unix:path=/run/dbus/system_bus_socket"),
          std::string("unix:path=%2frun/dbus/system_bus_socket"), std::string("unix:path=%2Frun%2fdbus"),
          std::string("unix:path=//run/dbus/system_bus_socket"), std::string("unix:path=/./run/dbus/x"),
          std::string("unix:path=/var/run/dbus/x"), "unix:path=" + lab + "/../../run/dbus/x",
          "unix:path=" + lab + "/dbus/system_bus_socket", "unix:path=" + lab + "/later/x",
          "unix:path=" + lab + "/again/x", "unix:path=" + lab + "/bus;unix:path=/run/dbus/x",
          "unix:path=" + lab + "/bus;", std::string("unix:abstract=/tmp/x"), std::string("unix:dir=") + lab,
          std::string("tcp:host=localhost,port=1"), std::string("autolaunch:"), "unix:path=" + lab + "-2/bus"})
        EXPECT_EQ(on(address), ErrorCode::refused) << address;
}

TEST_F(ConfigTest, LabModeInAConfDPartIsJudgedAsWell) {
    directory.write("conf.d/lab.conf", "[lab]\nenabled=true\n");
    EXPECT_EQ(refused("", "lab mode refused"), ErrorCode::refused);
}

// --- the rule of lab mode
// ---------------------------------------------------------------------------------------------

LabFacts good() {
    LabFacts facts;
    facts.euid = facts.file_owner = facts.directory_owner = 1000;
    facts.euid_name = facts.file_owner_name = "dev";
    facts.bus_address = "unix:path=/tmp/lab/bus";
    facts.buses = {"/tmp/lab/bus"};
    facts.directory = "/tmp/lab";
    facts.paths = {"/tmp/lab/sekimori.conf", "/tmp/lab/state", "/tmp/lab/run", "/tmp/lab/run"};
    return facts;
}

struct LabCase {
    const char* name;
    void (*change)(LabFacts&);
};
void PrintTo(const LabCase& one, std::ostream* out) { *out << one.name; }
std::string name_of_case(const testing::TestParamInfo<LabCase>& one) { return one.param.name; }

class LabRefused : public testing::TestWithParam<LabCase> {};

TEST_P(LabRefused, Is) {
    LabFacts facts = good();
    GetParam().change(facts);
    const auto status = lab_rule(facts);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::refused);
}

INSTANTIATE_TEST_SUITE_P(
    EachClause, LabRefused,
    testing::Values(LabCase{"ProductionAccount", [](LabFacts& f) { f.euid_name = "sekimori"; }},
                    LabCase{"ProductionsFile", [](LabFacts& f) { f.file_owner_name = "sekimori"; }},
                    LabCase{"FileInSomebodysDirectory", [](LabFacts& f) { f.directory_owner = 1001; }},
                    LabCase{"FileInRootsDirectory", [](LabFacts& f) { f.directory_owner = 0; }},
                    LabCase{"SomebodysFileInOurDirectory", [](LabFacts& f) { f.file_owner = 1001; }},
                    LabCase{"RootsConfiguration", [](LabFacts& f) { f.file_owner = f.directory_owner = 0; }},
                    LabCase{"UnreadableOwners",
                            [](LabFacts& f) {
                                f.file_owner = static_cast<uid_t>(-1);
                                f.directory_owner = static_cast<uid_t>(-2);
                            }},
                    LabCase{"RootOnTheSystemBus",
                            [](LabFacts& f) {
                                f.euid = f.file_owner = f.directory_owner = 0;
                                f.bus_address.clear();
                                f.buses.clear();
                            }},
                    LabCase{"AnybodyOnTheSystemBus",
                            [](LabFacts& f) {
                                f.bus_address.clear();
                                f.buses.clear();
                            }},
                    LabCase{"BusThatIsNoPath", [](LabFacts& f) { f.buses.clear(); }},
                    LabCase{"SystemBus", [](LabFacts& f) { f.buses = {"/run/dbus/system_bus_socket"}; }},
                    LabCase{"SystemBusBesideItsOwn",
                            [](LabFacts& f) {
                                f.buses = {"/tmp/lab/bus", "/run/dbus/system_bus_socket"};
                            }},
                    LabCase{"BusOfSomebodyElse", [](LabFacts& f) { f.buses = {"/tmp/lab2/bus"}; }},
                    LabCase{"BusThatIsTheDirectory", [](LabFacts& f) { f.buses = {"/tmp/lab"}; }},
                    LabCase{"PartOfSomebodyElse",
                            [](LabFacts& f) {
                                f.part_owners = {1000, 0};
                            }},
                    LabCase{"PathUnderRun", [](LabFacts& f) { f.paths[2] = "/run/sekimori"; }},
                    LabCase{"RunItself", [](LabFacts& f) { f.paths[2] = "/run"; }},
                    LabCase{"PathUnderVarRun", [](LabFacts& f) { f.paths[3] = "/var/run/x"; }},
                    LabCase{"PathUnderEtc", [](LabFacts& f) { f.paths[0] = "/etc/sekimori/sekimori.conf"; }},
                    LabCase{"PathUnderVarLib", [](LabFacts& f) { f.paths[1] = "/var/lib/sekimori"; }}),
    name_of_case);

class LabAllowed : public testing::TestWithParam<LabCase> {};

TEST_P(LabAllowed, Is) {
    LabFacts facts = good();
    GetParam().change(facts);
    const auto status = lab_rule(facts);
    EXPECT_TRUE(status) << status.error().message;
}

INSTANTIATE_TEST_SUITE_P(Each, LabAllowed,
                         testing::Values(LabCase{"AsItIsMeant", [](LabFacts&) {}},
                                         LabCase{"RootOnABusOfItsOwn",
                                                 [](LabFacts& f) { f.euid = f.file_owner = f.directory_owner = 0; }},
                                         LabCase{"WorkerOfAnotherAccount", [](LabFacts& f) { f.euid = 1001; }},
                                         LabCase{"PathsThatOnlyBeginAlike",
                                                 [](LabFacts& f) {
                                                     f.paths = {"/runs/a", "/etcetera/b", "/var/library/c"};
                                                 }},
                                         LabCase{"PartsOfItsOwn",
                                                 [](LabFacts& f) {
                                                     f.part_owners = {1000, 1000};
                                                 }},
                                         LabCase{"TwoBusesOfItsOwn",
                                                 [](LabFacts& f) {
                                                     f.buses = {"/tmp/lab/bus", "/tmp/lab/b/us"};
                                                 }}),
                         name_of_case);

}  // namespace
}  // namespace sekimori
