// SPDX-License-Identifier: Apache-2.0
// sekimori-lab up, down and status, with real bus and pcscd and with stand-ins for broker and workers.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "tests/unit/lab/launcher_lab.hpp"

namespace sekimori::lab::launcher {
namespace {

using ::testing::Test;

const std::set<std::string> everybody{"supervisor", "dbus", "pcscd", "broker", "card", "finger"};

std::set<std::string> names(const std::map<std::string, pid_t>& pids) {
    std::set<std::string> all;
    for (const auto& [name, pid] : pids) {
        all.insert(name);
    }
    return all;
}

bool all_gone(const std::map<std::string, pid_t>& pids) {
    for (const auto& [name, pid] : pids) {
        if (is_running(pid)) {
            return false;
        }
    }
    return true;
}

class Launcher : public Test {
  protected:
    TestLab lab_;
};

TEST_F(Launcher, UpStartsAllAndDownEndsAll) {
    const Outcome up = lab_.up();
    ASSERT_EQ(up.code, 0) << up.output;
    EXPECT_EQ(up.output, "");
    const auto pids = lab_.pids();
    EXPECT_EQ(names(pids), everybody);
    for (const auto& [name, pid] : pids) {
        EXPECT_TRUE(is_running(pid)) << name;
    }
    for (const char* socket : {"bus", "pcscd.comm", "card0.sock", "card1.sock"}) {
        struct stat info {};
        EXPECT_EQ(stat(lab_.file(socket).c_str(), &info), 0) << socket;
        EXPECT_TRUE(S_ISSOCK(info.st_mode)) << socket;
    }
    EXPECT_EQ(getsid(pids.at("supervisor")), pids.at("supervisor"));

    EXPECT_EQ(lab_.down().code, 0);
    EXPECT_TRUE(all_gone(pids));
    EXPECT_FALSE(std::filesystem::exists(lab_.file("pids")));
    EXPECT_FALSE(std::filesystem::exists(lab_.file("bus")));
    EXPECT_FALSE(std::filesystem::exists(lab_.file("card0.sock")));
}

TEST_F(Launcher, DownIsIdempotent) {
    EXPECT_EQ(lab_.down().code, 0);
    ASSERT_EQ(lab_.up().code, 0);
    EXPECT_EQ(lab_.down().code, 0);
    EXPECT_EQ(lab_.down().code, 0);
}

TEST_F(Launcher, StatusListsWhatRuns) {
    EXPECT_EQ(lab_.run("status").code, 1);
    ASSERT_EQ(lab_.up().code, 0);
    const Outcome status = lab_.run("status");
    EXPECT_EQ(status.code, 0);
    EXPECT_EQ(status.output, lab_.content("pids"));
}

TEST_F(Launcher, ASecondUpIsRefusedAndHarmsNothing) {
    ASSERT_EQ(lab_.up().code, 0);
    const auto before = lab_.pids();
    const std::string log = lab_.content("sekimorid.environment");
    const Outcome second = lab_.up();
    EXPECT_EQ(second.code, 1);
    EXPECT_NE(second.output.find("already"), std::string::npos) << second.output;
    EXPECT_EQ(lab_.pids(), before);
    EXPECT_FALSE(all_gone(before));
    EXPECT_EQ(lab_.run("status").code, 0);
}

TEST_F(Launcher, UpAfterDownKeepsTheState) {
    ASSERT_EQ(lab_.up().code, 0);
    std::ofstream(lab_.file("state/ledger")) << "kept";
    ASSERT_EQ(lab_.down().code, 0);
    ASSERT_EQ(lab_.up().code, 0);
    EXPECT_EQ(lab_.content("state/ledger"), "kept");
}

TEST_F(Launcher, AKilledSupervisorTakesAllWithItAndDownClearsUp) {
    ASSERT_EQ(lab_.up().code, 0);
    const auto pids = lab_.pids();
    kill(pids.at("supervisor"), SIGKILL);
    EXPECT_TRUE(eventually([&] { return all_gone(pids); }));
    EXPECT_EQ(lab_.run("status").code, 1);
    EXPECT_EQ(lab_.down().code, 0);
    EXPECT_FALSE(std::filesystem::exists(lab_.file("pids")));
    EXPECT_EQ(lab_.up().code, 0);
}

TEST_F(Launcher, UpAfterAKilledSupervisorNeedsNoDown) {
    ASSERT_EQ(lab_.up().code, 0);
    const auto before = lab_.pids();
    kill(before.at("supervisor"), SIGKILL);
    EXPECT_TRUE(eventually([&] { return !is_running(before.at("supervisor")); }));
    const Outcome again = lab_.up();
    EXPECT_EQ(again.code, 0) << again.output;
    EXPECT_TRUE(all_gone(before));
}

TEST_F(Launcher, WhatDiesIsStartedAgain) {
    ASSERT_EQ(lab_.up().code, 0);
    for (const char* name : {"broker", "card", "finger", "pcscd", "dbus"}) {
        const pid_t before = lab_.pids().at(name);
        kill(before, SIGKILL);
        EXPECT_TRUE(eventually([&] {
            const auto pids = lab_.pids();
            return pids.contains(name) && pids.at(name) != before && is_running(pids.at(name));
        })) << name;
    }
    // The broker may have gone with the bus.
    EXPECT_TRUE(eventually([&] { return names(lab_.pids()) == everybody; }));
}

TEST_F(Launcher, ManyKillsExhaustNothing) {
    ASSERT_EQ(lab_.up().code, 0);
    for (int i = 0; i < 25; ++i) {
        const pid_t before = lab_.pids().at("finger");
        kill(before, SIGKILL);
        ASSERT_TRUE(eventually([&] {
            const auto pids = lab_.pids();
            return pids.contains("finger") && pids.at("finger") != before;
        })) << i;
    }
}

TEST_F(Launcher, EveryBrokerIsToldEveryWorker) {
    ASSERT_EQ(lab_.up().code, 0);
    const auto told = [&](const std::string& worker) {
        const auto pids = lab_.pids();
        return pids.contains("broker") && pids.contains(worker) &&
               lab_.content("registered")
                       .find(std::to_string(pids.at("broker")) + " " + worker + " " + std::to_string(pids.at(worker)) +
                             "\n") != std::string::npos;
    };
    EXPECT_TRUE(eventually([&] { return told("card") && told("finger"); }));
    kill(lab_.pids().at("card"), SIGKILL);
    const pid_t broker = lab_.pids().at("broker");
    kill(broker, SIGKILL);
    EXPECT_TRUE(eventually([&] {
        const auto pids = lab_.pids();
        return pids.contains("broker") && pids.at("broker") != broker && told("card") && told("finger");
    })) << lab_.content("registered");
}

TEST_F(Launcher, ProcessesHaveACleanEnvironment) {
    setenv("LD_LIBRARY_PATH", "/nowhere", 1);
    setenv("FP_VIRTUAL_DEVICE", "/nowhere", 1);
    ASSERT_EQ(lab_.up().code, 0);
    unsetenv("LD_LIBRARY_PATH");
    unsetenv("FP_VIRTUAL_DEVICE");
    ASSERT_TRUE(
        eventually([&] { return lab_.content("sekimori-finger.environment").find("uid=") != std::string::npos; }));
    ASSERT_TRUE(
        eventually([&] { return lab_.content("sekimori-card.environment").find("uid=") != std::string::npos; }));
    EXPECT_NE(lab_.content("sekimori-card.environment").find("PCSCLITE_CSOCK_NAME=" + lab_.file("pcscd.comm") + "\n"),
              std::string::npos);
    EXPECT_NE(lab_.content("sekimori-finger.environment").find("FP_VIRTUAL_IMAGE=" + lab_.file("finger.sock") + "\n"),
              std::string::npos);
    for (const char* name : {"sekimorid", "sekimori-card", "sekimori-finger"}) {
        const std::string environment = lab_.content(std::string(name) + ".environment");
        EXPECT_NE(environment.find("LANG=C.UTF-8\n"), std::string::npos);
        EXPECT_NE(environment.find("DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + lab_.file("bus") + "\n"), std::string::npos);
        for (const char* absent : {"LD_LIBRARY_PATH", "FP_VIRTUAL_DEVICE", "HOME="}) {
            EXPECT_EQ(environment.find(absent), std::string::npos) << name << ": " << environment;
        }
    }
}

TEST_F(Launcher, ALabThatDoesNotGetReadyIsEndedInTime) {
    lab_.behave("sekimorid", "silent");
    const Outcome up = lab_.up("--limit 400");
    EXPECT_EQ(up.code, 1);
    EXPECT_NE(up.output.find("broker"), std::string::npos) << up.output;
    EXPECT_FALSE(std::filesystem::exists(lab_.file("pids")));
    EXPECT_EQ(lab_.run("status").code, 1);
    lab_.behave("sekimorid", "good");
    EXPECT_EQ(lab_.up().code, 0);
}

TEST_F(Launcher, AProcessThatKeepsDyingIsNamedWithItsLastWords) {
    lab_.behave("sekimori-card", "crash");
    lab_.behave("sekimorid", "silent");
    const Outcome up = lab_.up();
    EXPECT_EQ(up.code, 1);
    EXPECT_NE(up.output.find("card keeps dying (code 9)"), std::string::npos) << up.output;
    EXPECT_NE(up.output.find("this is how sekimori-card ends"), std::string::npos) << up.output;
    EXPECT_FALSE(std::filesystem::exists(lab_.file("pids")));
}

TEST_F(Launcher, UsageIsTwo) {
    const auto run = [&](const std::string& arguments) {
        return WEXITSTATUS(std::system((LAB_PROGRAM " " + arguments + " >/dev/null 2>&1").c_str()));
    };
    EXPECT_EQ(run(""), 2);
    EXPECT_EQ(run("up"), 2);
    EXPECT_EQ(run("up --dir relative"), 2);
    EXPECT_EQ(run("down --dir relative"), 2);
    EXPECT_EQ(run("status --dir relative"), 2);
    EXPECT_EQ(run("up --dir /tmp/" + std::string(80, 'x')), 2);
    EXPECT_EQ(run("up --dir /tmp/x --unknown"), 2);
    EXPECT_EQ(run("--help"), 0);
}

TEST_F(Launcher, MissingProgramsAreNamed) {
    const Outcome up = lab_.up("--policy /no/such/policy");
    EXPECT_EQ(up.code, 1);
    EXPECT_NE(up.output.find("/no/such/policy"), std::string::npos) << up.output;
    EXPECT_EQ(lab_.run("status").code, 1);
}

TEST_F(Launcher, TwoLabsLiveSideBySide) {
    const TestLab other;
    ASSERT_EQ(lab_.up().code, 0);
    ASSERT_EQ(other.up().code, 0);
    ASSERT_EQ(lab_.down().code, 0);
    EXPECT_EQ(other.run("status").code, 0);
}

}  // namespace
}  // namespace sekimori::lab::launcher
