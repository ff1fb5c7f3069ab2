// SPDX-License-Identifier: Apache-2.0
// Who the lab's processes are: the caller, whoever that is, or three accounts of their own.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/lab/launcher_lab.hpp"

namespace sekimori::lab::launcher {
namespace {

constexpr uid_t nobody = 65534;

uid_t owner_of_process(pid_t pid) {
    struct stat info {};
    return stat(("/proc/" + std::to_string(pid)).c_str(), &info) == 0 ? info.st_uid : static_cast<uid_t>(-1);
}

struct Owned {
    uid_t uid;
    mode_t mode;
    bool operator==(const Owned&) const = default;
};

Owned owned(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(lstat(path.c_str(), &info), 0) << path;
    return {info.st_uid, info.st_mode & 07777};
}

class LauncherUsers : public ::testing::Test {
  protected:
    void SetUp() override {
        if (geteuid() != 0) {
            GTEST_SKIP() << "only root can become somebody else";
        }
    }

    TestLab lab_;
};

TEST_F(LauncherUsers, AnyOtherUidMayRunALab) {
    lab_.give_to(nobody);
    const Outcome up = lab_.up();
    ASSERT_EQ(up.code, 0) << up.output;
    for (const auto& [name, pid] : lab_.pids()) {
        EXPECT_EQ(owner_of_process(pid), nobody) << name;
    }
    EXPECT_EQ(owned(lab_.folder()), (Owned{nobody, 0700}));
}

TEST_F(LauncherUsers, AUidThatIsInNoPasswdMayToo) {
    constexpr uid_t unknown = 54321;
    lab_.give_to(unknown);
    const Outcome up = lab_.up();
    ASSERT_EQ(up.code, 0) << up.output;
    EXPECT_EQ(owner_of_process(lab_.pids().at("broker")), unknown);
}

TEST_F(LauncherUsers, AsRootOnlyPcscdIsNobody) {
    ASSERT_EQ(lab_.up().code, 0);
    for (const auto& [name, pid] : lab_.pids()) {
        EXPECT_EQ(owner_of_process(pid), name == "pcscd" ? nobody : 0) << name;
    }
}

TEST_F(LauncherUsers, ThreeAccountsHaveEachItsOwn) {
    std::filesystem::permissions(std::filesystem::path(lab_.folder()).parent_path(), std::filesystem::perms(0755));
    const Outcome up = lab_.up("--users games:daemon:bin");
    ASSERT_EQ(up.code, 0) << up.output;
    const auto pids = lab_.pids();
    const uid_t broker = owner_of_process(pids.at("broker"));
    const uid_t card = owner_of_process(pids.at("card"));
    const uid_t finger = owner_of_process(pids.at("finger"));
    EXPECT_EQ(broker, 5U);
    EXPECT_EQ(card, 1U);
    EXPECT_EQ(finger, 2U);
    EXPECT_EQ(owned(lab_.folder()), (Owned{broker, 0711}));
    EXPECT_EQ(owned(lab_.file("state")), (Owned{broker, 0700}));
    EXPECT_EQ(owned(lab_.file("sekimori.conf")).uid, broker);
    EXPECT_EQ(owned(lab_.file("workers")), (Owned{0, 0711}));
    EXPECT_EQ(owned(lab_.file("workers/card.sock")), (Owned{card, 0600}));
    EXPECT_EQ(owned(lab_.file("workers/finger.sock")), (Owned{finger, 0600}));
    EXPECT_EQ(owned(lab_.file("auth.sock")), (Owned{0, 0666}));
    EXPECT_EQ(owned(lab_.file("scanner")), (Owned{finger, 0711}));
    const std::string environment = lab_.content("sekimorid.environment");
    EXPECT_NE(environment.find("LISTEN_FDS=6\n"), std::string::npos);
    EXPECT_NE(environment.find("LISTEN_FDNAMES=auth:card:finger:lock:media:fleet\n"), std::string::npos);
    EXPECT_EQ(lab_.down().code, 0);
    EXPECT_EQ(lab_.up("--users games:daemon:bin").code, 0);
}

TEST_F(LauncherUsers, AccountsAreForRootAlone) {
    lab_.give_to(nobody);
    EXPECT_EQ(lab_.up("--users games:daemon:bin").code, 2);
}

}  // namespace
}  // namespace sekimori::lab::launcher
