// SPDX-License-Identifier: Apache-2.0
// Without a broker: what the list of unattended services lets through, and everything else that it does not.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/pam_module/pam_test.hpp"

namespace sekimori::test {
namespace {

const std::string kList = SEKIMORI_OFFLINE_LIST;
const std::string kFolder = kList.substr(0, kList.rfind('/'));

// One list for all these tests, which may run at the same time: each holds a lock on it.
struct Offline : testing::Test {
    void SetUp() override {
        if (getuid() != 0) GTEST_SKIP() << "the list counts for root only";
        (void)mkdir(kFolder.c_str(), 0755);
        lock_.reset(open((kFolder + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        struct flock whole {};
        whole.l_type = F_WRLCK;
        ASSERT_EQ(fcntl(lock_.get(), F_SETLKW, &whole), 0);
        ASSERT_EQ(chmod(kFolder.c_str(), 0755), 0);
        (void)unlink(kList.c_str());
        std::ofstream(kList) << "# unattended\ncron root\natd\tdaemon # jobs\n";
        ASSERT_EQ(chmod(kList.c_str(), 0644), 0);
    }
    int account(const std::string& service, const std::string& user, const std::string& options = "") {
        Host host(directory, kHastyModule, "socket=" + directory.path() + "/none.sock " + options, user, service);
        return host.account();
    }
    TempDir directory;
    UniqueFd lock_;
};

TEST_F(Offline, AWholeJob) {
    Host host(directory, kHastyModule, "socket=" + directory.path() + "/none.sock", "root", "cron");
    EXPECT_EQ(host.set_credentials(), PAM_CRED_ERR);
    EXPECT_EQ(host.account(), PAM_SUCCESS);
    EXPECT_EQ(host.set_credentials(), PAM_SUCCESS);
    EXPECT_EQ(host.open_session(), PAM_SUCCESS);
    EXPECT_EQ(host.close_session(), PAM_SUCCESS);
}

TEST_F(Offline, NeverAnAuthentication) {
    Host host(directory, kHastyModule, "socket=" + directory.path() + "/none.sock", "root", "cron");
    EXPECT_EQ(host.authenticate(), PAM_AUTHINFO_UNAVAIL);
}

TEST_F(Offline, OnlyWhatIsListed) {
    EXPECT_EQ(account("atd", "daemon"), PAM_SUCCESS);
    EXPECT_EQ(account("cron", "daemon"), PAM_AUTHINFO_UNAVAIL);
    EXPECT_EQ(account("sshd", "root"), PAM_AUTHINFO_UNAVAIL);
    EXPECT_EQ(account("cron", "roo"), PAM_AUTHINFO_UNAVAIL);
    EXPECT_EQ(account("cron", "root", "observe"), PAM_CRED_INSUFFICIENT);
}

TEST_F(Offline, NoListIsNo) {
    ASSERT_EQ(unlink(kList.c_str()), 0);
    EXPECT_EQ(account("cron", "root"), PAM_AUTHINFO_UNAVAIL);
    ASSERT_EQ(mkfifo(kList.c_str(), 0644), 0);
    EXPECT_EQ(account("cron", "root"), PAM_AUTHINFO_UNAVAIL);
}

TEST_F(Offline, AListOfSomebodyElseIsNo) {
    ASSERT_EQ(chmod(kList.c_str(), 0664), 0);
    EXPECT_EQ(account("cron", "root"), PAM_AUTHINFO_UNAVAIL);
    ASSERT_EQ(chmod(kList.c_str(), 0644), 0);
    ASSERT_EQ(chown(kList.c_str(), 65534, 0), 0);
    EXPECT_EQ(account("cron", "root"), PAM_AUTHINFO_UNAVAIL);
    ASSERT_EQ(chown(kList.c_str(), 0, 0), 0);
    ASSERT_EQ(chmod(kFolder.c_str(), 0777), 0);
    EXPECT_EQ(account("cron", "root"), PAM_AUTHINFO_UNAVAIL);
    ASSERT_EQ(chmod(kFolder.c_str(), 0755), 0);
    EXPECT_EQ(account("cron", "root"), PAM_SUCCESS);
}

TEST_F(Offline, ALinkIsNo) {
    const std::string real = directory.file("list");
    ASSERT_EQ(rename(kList.c_str(), (kList + ".real").c_str()), 0);
    ASSERT_EQ(symlink((kList + ".real").c_str(), kList.c_str()), 0);
    EXPECT_EQ(account("cron", "root"), PAM_AUTHINFO_UNAVAIL);
    (void)unlink((kList + ".real").c_str());
}

// A program of root's that works for a user (su) keeps the user's real uid.
TEST_F(Offline, OnlyForRootItself) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        if (setresuid(65534, 0, 0) != 0) _exit(2);
        _exit(account("cron", "root") == PAM_PERM_DENIED ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

// A broker that answers is asked, and what it says holds.
TEST_F(Offline, OnlyWithoutABroker) {
    FakeBroker broker(directory.file("auth.sock"));
    broker.expect([](Line& line) {
        if (line.open<wire::Account>()) line.say(verdict_of(Outcome::denied));
    });
    Host host(broker, directory, kHastyModule, "", "root", "cron");
    EXPECT_EQ(host.account(), PAM_PERM_DENIED);
    broker.expect([](Line& line) { (void)line.open<wire::Account>(); });
    EXPECT_EQ(host.account(), PAM_AUTHINFO_UNAVAIL) << "it hung up on the question";
}

TEST_F(Offline, AGrantIsTheBrokersToJudge) {
    FakeBroker broker(directory.file("auth.sock"));
    broker.expect([](Line& line) {
        if (line.open<wire::Begin>()) line.say(granted("root"));
    });
    Host host(broker, directory, kHastyModule, "", "root", "cron");
    ASSERT_EQ(host.authenticate(), PAM_SUCCESS);
    broker.finish();
    EXPECT_EQ(host.account(), PAM_AUTHINFO_UNAVAIL);
    EXPECT_EQ(host.open_session(), PAM_SESSION_ERR);
}

}  // namespace
}  // namespace sekimori::test
