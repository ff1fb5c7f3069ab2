// SPDX-License-Identifier: Apache-2.0
// Real sockets: what becomes of empty, oversize and unread datagrams, and of sockets that were left behind.
#include "protocol/channel.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "protocol/schema.hpp"
#include "tests/unit/protocol/directory.hpp"

namespace sekimori {
namespace {

using wire::Bytes;
constexpr Millis kPlenty{5000};

class ChannelTest : public testing::Test {
  protected:
    void SetUp() override {
        auto both = Channel::pair();
        ASSERT_TRUE(both);
        here = std::move(both->first);
        there = std::move(both->second);
    }
    ErrorCode received() {
        const auto bytes = here.receive(std::nullopt);
        return bytes ? ErrorCode::internal : bytes.error().code;
    }
    Channel here, there;
};

TEST_F(ChannelTest, CarriesOneMessage) {
    wire::Welcome welcome;
    welcome.version = 7;
    ASSERT_TRUE(there.send(welcome));
    const auto got = here.receive_as<wire::Welcome>(kPlenty);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->version, 7);
}

TEST_F(ChannelTest, KeepsTheBordersOfMessages) {
    ASSERT_TRUE(there.send_bytes(Bytes{1}));
    ASSERT_TRUE(there.send_bytes(Bytes{2, 3}));
    EXPECT_EQ(here.receive(kPlenty)->size(), 1U);
    EXPECT_EQ(here.receive(kPlenty)->size(), 2U);
}

TEST_F(ChannelTest, TheLargestMessagePasses) {
    ASSERT_TRUE(there.send_bytes(Bytes(wire::kMaxMessage, 1)));
    const auto got = here.receive(kPlenty);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->size(), wire::kMaxMessage);
}

TEST_F(ChannelTest, MoreIsNotSent) {
    EXPECT_EQ(there.send_bytes(Bytes(wire::kMaxMessage + 1)).error().code, ErrorCode::too_large);
    EXPECT_EQ(there.send_bytes({}).error().code, ErrorCode::too_large);
    EXPECT_EQ(received(), ErrorCode::busy);
}

TEST_F(ChannelTest, MoreIsNotReceived) {
    const Bytes oversize(wire::kMaxMessage + 1);
    ASSERT_EQ(::send(there.fd(), oversize.data(), oversize.size(), 0), static_cast<ssize_t>(oversize.size()));
    EXPECT_EQ(received(), ErrorCode::too_large);
}

TEST_F(ChannelTest, AnEmptyDatagramIsTheEnd) {
    ASSERT_EQ(::send(there.fd(), "", 0, 0), 0);
    EXPECT_EQ(received(), ErrorCode::gone);
}

TEST_F(ChannelTest, EndOfFileIsTheEnd) {
    there = Channel();
    EXPECT_EQ(received(), ErrorCode::gone);
    EXPECT_EQ(here.receive(kPlenty).error().code, ErrorCode::gone);
    EXPECT_EQ(here.send_bytes(Bytes{1}).error().code, ErrorCode::gone);
}

TEST_F(ChannelTest, WhatWasSentBeforeTheEndStillArrives) {
    ASSERT_TRUE(there.send_bytes(Bytes{1}));
    there = Channel();
    EXPECT_TRUE(here.receive(std::nullopt));
    EXPECT_EQ(received(), ErrorCode::gone);
}

TEST_F(ChannelTest, NothingThereIsBusyOrATimeout) {
    EXPECT_EQ(received(), ErrorCode::busy);
    EXPECT_EQ(here.receive(Millis{1}).error().code, ErrorCode::timeout);
    EXPECT_EQ(here.receive(Millis{0}).error().code, ErrorCode::timeout);
    EXPECT_EQ(here.receive(Millis{-1}).error().code, ErrorCode::timeout);
}

TEST_F(ChannelTest, APeerThatDoesNotReadIsBusyAndNobodyWaits) {
    Status status;
    for (int i = 0; i < 10'000 && status; ++i) status = there.send_bytes(Bytes(1000));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::busy);
    ASSERT_TRUE(here.receive(std::nullopt));
}

TEST_F(ChannelTest, DescriptorsThatComeWithAMessageAreNotKept) {
    int pipes[2] = {-1, -1};
    ASSERT_EQ(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
    UniqueFd reader(pipes[0]), writer(pipes[1]);
    char text = 1;
    iovec part{&text, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* message = CMSG_FIRSTHDR(&header);
    message->cmsg_level = SOL_SOCKET;
    message->cmsg_type = SCM_RIGHTS;
    message->cmsg_len = CMSG_LEN(sizeof(int));
    const int fd = writer.get();
    std::copy_n(reinterpret_cast<const char*>(&fd), sizeof fd, reinterpret_cast<char*>(CMSG_DATA(message)));
    ASSERT_EQ(sendmsg(there.fd(), &header, 0), 1);
    ASSERT_TRUE(here.receive(kPlenty));
    writer.reset();
    char byte = 0;
    EXPECT_EQ(read(reader.get(), &byte, 1), 0) << "somebody still holds the other end";
}

TEST_F(ChannelTest, AnEmptyChannelIsGone) {
    Channel none;
    EXPECT_FALSE(none);
    EXPECT_EQ(none.send_bytes(Bytes{1}).error().code, ErrorCode::gone);
    EXPECT_EQ(none.receive(kPlenty).error().code, ErrorCode::gone);
    EXPECT_EQ(none.peer().error().code, ErrorCode::io);
}

TEST_F(ChannelTest, SocketsAreClosedOnExec) {
    EXPECT_NE(fcntl(here.fd(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(fcntl(there.fd(), F_GETFD) & FD_CLOEXEC, 0);
}

class ListenerTest : public testing::Test {
  protected:
    test::Directory directory;
    const std::string path = directory.path("a.sock");
};

TEST_F(ListenerTest, AcceptsWhoConnectsAndKnowsThem) {
    auto listener = listen_at(path, 0600);
    ASSERT_TRUE(listener);
    auto client = Channel::connect(path, kPlenty);
    ASSERT_TRUE(client);
    auto server = accept_from(listener->get());
    ASSERT_TRUE(server);
    const auto peer = server->peer();
    ASSERT_TRUE(peer);
    EXPECT_EQ(peer->uid, geteuid());
    EXPECT_EQ(peer->gid, getegid());
    EXPECT_EQ(peer->pid, getpid());
    ASSERT_TRUE(client->send_bytes(Bytes{1}));
    EXPECT_TRUE(server->receive(kPlenty));
}

TEST_F(ListenerTest, HasTheModeItWasGivenWhateverTheUmask) {
    const mode_t before = umask(0077);
    const auto listener = listen_at(path, 0666);
    umask(before);
    ASSERT_TRUE(listener);
    struct stat info {};
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0666U);
}

TEST_F(ListenerTest, NobodyWaitsIsBusy) {
    const auto listener = listen_at(path, 0600);
    ASSERT_TRUE(listener);
    EXPECT_EQ(accept_from(listener->get()).error().code, ErrorCode::busy);
    EXPECT_EQ(accept_from(-1).error().code, ErrorCode::io);
}

TEST_F(ListenerTest, ASecondOneIsToldThatSomebodyListens) {
    auto first = listen_at(path, 0600);
    ASSERT_TRUE(first);
    EXPECT_EQ(listen_at(path, 0600).error().code, ErrorCode::exists);
    EXPECT_TRUE(Channel::connect(path, kPlenty)) << "the first one still listens";
}

TEST_F(ListenerTest, ASocketThatWasLeftBehindIsReplaced) {
    { ASSERT_TRUE(listen_at(path, 0600)); }
    EXPECT_EQ(Channel::connect(path, kPlenty).error().code, ErrorCode::unavailable);
    const auto listener = listen_at(path, 0600);
    ASSERT_TRUE(listener);
    EXPECT_TRUE(Channel::connect(path, kPlenty));
}

TEST_F(ListenerTest, SomebodysFileIsNotReplaced) {
    directory.write("a.sock", "work");
    EXPECT_EQ(listen_at(path, 0600).error().code, ErrorCode::io);
    EXPECT_TRUE(std::filesystem::is_regular_file(path));
}

TEST_F(ListenerTest, WhereNobodyListensIsUnavailable) {
    EXPECT_EQ(Channel::connect(path, kPlenty).error().code, ErrorCode::unavailable);
    directory.write("a.sock", "");
    EXPECT_EQ(Channel::connect(path, kPlenty).error().code, ErrorCode::unavailable);
}

TEST_F(ListenerTest, AStreamSocketIsNoneOfOurs) {
    UniqueFd stream(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    ASSERT_EQ(bind(stream.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(listen(stream.get(), 1), 0);
    EXPECT_EQ(Channel::connect(path, kPlenty).error().code, ErrorCode::unavailable);
    EXPECT_EQ(listen_at(path, 0600).error().code, ErrorCode::exists);
}

TEST_F(ListenerTest, AListenerThatDoesNotAcceptEndsInATimeout) {
    const auto listener = listen_at(path, 0600);
    ASSERT_TRUE(listener);
    ASSERT_EQ(listen(listener->get(), 0), 0);  // the shortest backlog there is
    std::vector<Channel> waiting;
    for (int i = 0; i < 100; ++i) {
        auto one = Channel::connect(path, Millis{0});
        if (!one) {
            EXPECT_EQ(one.error().code, ErrorCode::timeout);
            return;
        }
        waiting.push_back(std::move(*one));
    }
    FAIL() << "the backlog has no end";
}

TEST_F(ListenerTest, APathIsBounded) {
    const std::string longest(sizeof(sockaddr_un::sun_path), 'x');
    EXPECT_EQ(listen_at(longest, 0600).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(Channel::connect(longest, kPlenty).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(listen_at("", 0600).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(listen_at(directory.path("none/a.sock"), 0600).error().code, ErrorCode::io);
}

TEST(UniqueFdTest, OwnsOneDescriptor) {
    int pipes[2] = {-1, -1};
    ASSERT_EQ(pipe2(pipes, O_CLOEXEC), 0);
    UniqueFd reader(pipes[0]), writer(pipes[1]);
    UniqueFd moved(std::move(writer));
    EXPECT_FALSE(writer);  // NOLINT(bugprone-use-after-move): that is what is tested
    moved.reset();
    char byte = 0;
    EXPECT_EQ(read(reader.get(), &byte, 1), 0);
    const int raw = reader.release();
    EXPECT_FALSE(reader);
    EXPECT_EQ(close(raw), 0);
}

}  // namespace
}  // namespace sekimori
