// SPDX-License-Identifier: Apache-2.0
// A connection that does not come about ends, and says so once.
#include "fleet/pq/connection.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sekimori::fleet {
namespace {

// A port of this machine whose connections nobody takes; the kernel lets them in.
class Silent {
  public:
    Silent() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        if (bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || listen(socket_, 8) != 0 ||
            getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error("no port");
        port_ = ntohs(address.sin_port);
    }
    ~Silent() { ::close(socket_); }
    Silent(const Silent&) = delete;
    Silent& operator=(const Silent&) = delete;
    [[nodiscard]] Target target() const {
        Target target;
        target.hosts = {{"127.0.0.1", std::to_string(port_)}};
        target.role = "sekimori_terminal";
        return target;
    }

  private:
    int socket_;
    unsigned port_{0};
};

struct Outcome {
    int ups{0};
    std::vector<ErrorCode> downs;
};

Outcome open_at(const Target& target, Millis limit) {
    auto loop = Loop::make().value();
    Outcome outcome;
    // A little longer than its end, so that a second one would be seen.
    Source end = loop.after(Millis{20'000}, [&] { loop.quit(1); });
    Connection connection(loop, {[&] { ++outcome.ups; },
                                 [&](const Error& error) {
                                     outcome.downs.push_back(error.code);
                                     end = loop.after(Millis{50}, [&] { loop.quit(0); });
                                 },
                                 [](std::string_view) {}});
    connection.open(target, target.hosts.front(), limit);
    (void)loop.run();
    return outcome;
}

TEST(ConnectionEnds, WhereAServerSaysNothingAtTheLimitThatItWasGiven) {
    const Silent server;
    const Millis start = Loop::now();
    const Outcome outcome = open_at(server.target(), Millis{100});
    EXPECT_EQ(outcome.ups, 0);
    EXPECT_EQ(outcome.downs, std::vector<ErrorCode>{ErrorCode::timeout});
    EXPECT_GE(Loop::now() - start, Millis{100});
    EXPECT_LT(Loop::now() - start, connect_limit(0)) << "that is what one that can't be reached is given";
}

TEST(ConnectionEnds, WhereNobodyListensAtOnce) {
    Target target;
    {
        const Silent server;
        target = server.target();
    }
    const Outcome outcome = open_at(target, Millis{10'000});
    EXPECT_EQ(outcome.ups, 0);
    EXPECT_EQ(outcome.downs, std::vector<ErrorCode>{ErrorCode::unavailable});
}

TEST(ConnectionEnds, ASlowServerIsGivenMoreTimeEachRoundAndNotForEver) {
    EXPECT_EQ(connect_limit(0), Millis{4000});
    EXPECT_EQ(connect_limit(1), 2 * connect_limit(0));
    EXPECT_EQ(connect_limit(3), 8 * connect_limit(0));
    EXPECT_EQ(connect_limit(1000), connect_limit(3));
}

}  // namespace
}  // namespace sekimori::fleet
