// SPDX-License-Identifier: Apache-2.0
// The client checks its server: nobody there, something else there, or somebody else.
#include <fcntl.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <thread>

#include "tests/unit/pam_module/pam_test.hpp"

namespace sekimori::test {
namespace {

void expect_unavailable(TempDir& directory, const std::string& socket) {
    Host host(directory, kModule, "socket=" + socket, "alice", "login");
    EXPECT_EQ(host.authenticate(), PAM_AUTHINFO_UNAVAIL);
    EXPECT_EQ(host.account(), PAM_AUTHINFO_UNAVAIL);
    EXPECT_EQ(host.open_session(), PAM_SESSION_ERR);
    EXPECT_EQ(host.close_session(), PAM_SESSION_ERR);
    EXPECT_EQ(host.set_credentials(), PAM_CRED_ERR);
}

TEST(Server, Absent) {
    TempDir directory;
    expect_unavailable(directory, directory.path() + "/none.sock");
}

TEST(Server, EndedAndLeftItsSocketBehind) {
    TempDir directory;
    const std::string path = directory.file("auth.sock");
    FakeBroker(path).finish();
    expect_unavailable(directory, path);
}

TEST(Server, AFile) {
    TempDir directory;
    const std::string path = directory.file("auth.sock");
    std::ofstream(path) << "not a socket";
    expect_unavailable(directory, path);
}

TEST(Server, ALinkToASocket) {
    TempDir directory;
    FakeBroker broker(directory.file("real.sock"));
    const std::string path = directory.file("auth.sock");
    ASSERT_EQ(symlink(broker.path().c_str(), path.c_str()), 0);
    expect_unavailable(directory, path);
}

TEST(Server, AStreamSocket) {
    TempDir directory;
    const std::string path = directory.file("auth.sock");
    const UniqueFd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(listen(listener.get(), 4), 0);
    expect_unavailable(directory, path);
}

// One user owns the socket's file, and another one, who is not root, listens.
TEST(Server, SomebodyElse) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can stage an impostor";
    TempDir directory;
    ASSERT_EQ(chmod(directory.path().c_str(), 0777), 0);
    const std::string path = directory.file("auth.sock");
    int ready[2];
    ASSERT_EQ(pipe2(ready, O_CLOEXEC), 0);
    const pid_t impostor = fork();
    if (impostor == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0) _exit(1);
        const auto listener = listen_at(path, 0666);
        (void)!write(ready[1], listener ? "y" : "n", 1);
        pause();
        _exit(0);
    }
    char answer = 0;
    EXPECT_EQ(read(ready[0], &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
    EXPECT_EQ(chown(path.c_str(), 65533, 65533), 0);
    expect_unavailable(directory, path);
    (void)kill(impostor, SIGKILL);
    (void)waitpid(impostor, nullptr, 0);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

// The default socket's directory is looked at, too; on a machine without a broker there is none.
TEST(Server, TheDefaultSocketIsNotThisTests) {
    if (access("/run/sekimori/auth.sock", F_OK) == 0) GTEST_SKIP() << "a broker runs here";
    TempDir directory;
    Host host(directory, kModule, "", "alice", "login");
    EXPECT_EQ(host.authenticate(), PAM_AUTHINFO_UNAVAIL);
}

TEST(Server, TheEnvironmentSaysNothing) {
    TempDir directory;
    FakeBroker broker(directory.file("auth.sock"));
    broker.expect([](Line& line) {
        if (line.open<wire::Begin>()) line.say(granted("alice"));
    });
    for (const char* name : {"SEKIMORI_SOCKET", "SEKIMORI_AUTH_SOCK", "AUTH_SOCK", "socket"})
        ASSERT_EQ(setenv(name, broker.path().c_str(), 1), 0);
    Host host(directory, kModule, "socket=" + directory.path() + "/none.sock", "alice", "login");
    EXPECT_EQ(host.authenticate(), PAM_AUTHINFO_UNAVAIL);
    EXPECT_EQ(broker.unused(), 1U);
}

}  // namespace
}  // namespace sekimori::test
