// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/card_connection.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <thread>

#include "tests/lab/cards/felica_card.hpp"
#include "tests/lab/reader/frame.hpp"
#include "tests/lab/reader/listener.hpp"
#include "tests/unit/lab/card_helpers.hpp"

namespace sekimori::lab {
namespace {

constexpr Chunk8 kIdm{0x01, 0x2E, 1, 2, 3, 4, 5, 6};
const Bytes kAskIdm = {0xFF, 0xCA, 0x00, 0x00, 0x00};

// A reader in the hand: blocking calls on an accepted connection.
class Hand {
  public:
    explicit Hand(const UniqueFd& listener) : fd_(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)) {}
    void send(const Bytes& bytes) {
        EXPECT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), std::ssize(bytes));
    }
    // One frame's body in hexadecimal, or "gone" at the end of the stream.
    std::string receive() {
        FrameParser parser;
        std::uint8_t byte = 0;
        while (parser.missing() > 0) {
            if (::recv(fd_.get(), &byte, 1, 0) != 1) return "gone";
            parser.feed(ByteView(&byte, 1));
        }
        const auto body = parser.take();
        return body ? to_hex(*body) : "gone";
    }
    std::string ask(const Bytes& body) {
        send(encode_frame(body).value());
        return receive();
    }

  private:
    UniqueFd fd_;
};

class CardConnectionTest : public testing::Test {
  protected:
    static std::shared_ptr<Card> card(std::uint8_t last = 6) {
        Chunk8 idm = kIdm;
        idm[7] = last;
        return std::make_shared<IdmCard>(idm);
    }
    TemporaryFolder folder_;
    std::string path_ = folder_.path() + "/card0.sock";
};

TEST_F(CardConnectionTest, ServesAndCounts) {
    const UniqueFd listener = listen_at(path_, 4).value();
    CardConnection connection(card());
    ASSERT_TRUE(connection.insert(path_));
    Hand reader(listener);
    EXPECT_FALSE(connection.wait_until_taken(std::chrono::milliseconds{0}));
    reader.send(encode_frame(Control::PowerOn));
    EXPECT_TRUE(connection.wait_until_taken());
    EXPECT_EQ(reader.ask(kAskIdm), "012E0102030405069000");
    reader.send(encode_frame(Control::Reset));
    EXPECT_EQ(reader.ask({0x04}).substr(0, 2), "3B");
    EXPECT_TRUE(connection.wait_for_apdus(1));
    connection.pull();
    EXPECT_EQ(reader.receive(), "gone");
    const auto counters = connection.counters();
    EXPECT_EQ(counters.connects, 1U);
    EXPECT_EQ(counters.power_ons, 1U);
    EXPECT_EQ(counters.resets, 1U);
    EXPECT_EQ(counters.out, CardConnection::Out::Pulled);
}

TEST_F(CardConnectionTest, FramesMayArriveInPieces) {
    const UniqueFd listener = listen_at(path_, 4).value();
    CardConnection connection(card());
    ASSERT_TRUE(connection.insert(path_));
    Hand reader(listener);
    const Bytes frame = encode_frame(kAskIdm).value();
    for (const std::uint8_t byte : frame) reader.send({byte});
    EXPECT_EQ(reader.receive(), "012E0102030405069000");
}

TEST_F(CardConnectionTest, WaitsForAReaderThatComesLater) {
    UniqueFd listener;
    std::thread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{60});
        listener = listen_at(path_, 4).value();
    });
    CardConnection connection(card());
    EXPECT_TRUE(connection.insert(path_));
    later.join();
}

TEST_F(CardConnectionTest, GivesUpWithoutAReader) {
    CardConnection connection(card());
    EXPECT_FALSE(connection.insert(path_, std::chrono::milliseconds{50}));
    EXPECT_FALSE(connection.insert("tcp:0"));
    EXPECT_FALSE(connection.insert(std::string(200, 'x')));
    EXPECT_TRUE(connection.wait_until_out(std::chrono::milliseconds{0}));
}

TEST_F(CardConnectionTest, GoesInAgainAfterAPull) {
    const UniqueFd listener = listen_at(path_, 4).value();
    CardConnection connection(card());
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(connection.insert(path_));
        Hand reader(listener);
        EXPECT_NE(reader.ask({0x04}), "gone");
        EXPECT_TRUE(connection.wait_until_taken());
        connection.pull();
    }
    EXPECT_EQ(connection.counters().connects, 3U);
}

TEST_F(CardConnectionTest, NoticesTheReadersEnd) {
    const UniqueFd listener = listen_at(path_, 4).value();
    CardConnection connection(card());
    ASSERT_TRUE(connection.insert(path_));
    { const Hand reader(listener); }
    EXPECT_TRUE(connection.wait_until_out());
    EXPECT_EQ(connection.counters().out, CardConnection::Out::ByReader);
}

TEST_F(CardConnectionTest, StaysInOverTheReadersRestartIfToldSo) {
    const UniqueFd listener = listen_at(path_, 4).value();
    CardConnection connection(card());
    connection.on_reader_loss(ReaderLoss::Reinserts);
    ASSERT_TRUE(connection.insert(path_));
    { const Hand before(listener); }
    Hand after(listener);
    EXPECT_NE(after.ask(kAskIdm), "gone");
    EXPECT_EQ(connection.counters().connects, 2U);
    connection.pull();
    EXPECT_EQ(connection.counters().out, CardConnection::Out::Pulled);
}

TEST_F(CardConnectionTest, PullsItselfByFault) {
    const UniqueFd listener = listen_at(path_, 4).value();
    CardConnection connection(card(), {faults::pull(2)});
    ASSERT_TRUE(connection.insert(path_));
    Hand reader(listener);
    EXPECT_NE(reader.ask(kAskIdm), "gone");
    EXPECT_EQ(reader.ask(kAskIdm), "gone");
    EXPECT_TRUE(connection.wait_until_out());
    EXPECT_EQ(connection.counters().out, CardConnection::Out::ByFault);
}

TEST_F(CardConnectionTest, SwapPutsAnotherCardIn) {
    const UniqueFd listener = listen_at(path_, 4).value();
    CardConnection connection(card(6), {faults::swap_at(card(7), 2)});
    ASSERT_TRUE(connection.insert(path_));
    Hand first(listener);
    EXPECT_EQ(first.ask(kAskIdm), "012E0102030405069000");
    EXPECT_EQ(first.ask(kAskIdm), "gone");
    Hand second(listener);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(second.ask(kAskIdm), "012E0102030405079000");
    EXPECT_EQ(connection.counters().connects, 2U);
}

TEST_F(CardConnectionTest, PullInterruptsASlowAnswer) {
    const UniqueFd listener = listen_at(path_, 4).value();
    CardConnection connection(card(), {faults::slow(std::chrono::hours{1})});
    ASSERT_TRUE(connection.insert(path_));
    Hand reader(listener);
    reader.send(encode_frame(kAskIdm).value());
    EXPECT_TRUE(connection.wait_for_apdus(1));
    connection.pull();
    EXPECT_EQ(reader.receive(), "gone");
}

TEST_F(CardConnectionTest, SpeaksTcpToo) {
    const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    ASSERT_EQ(::bind(listener.get(), generic, size), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    ASSERT_EQ(::getsockname(listener.get(), generic, &size), 0);
    CardConnection connection(card());
    ASSERT_TRUE(connection.insert("tcp:" + std::to_string(ntohs(address.sin_port))));
    Hand reader(listener);
    for (int i = 0; i < 20; ++i) EXPECT_NE(reader.ask(kAskIdm), "gone");
}

}  // namespace
}  // namespace sekimori::lab
