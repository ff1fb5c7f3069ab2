// SPDX-License-Identifier: Apache-2.0
// The program's end of media.sock, against brokers that answer, lie, hang and die.
#include "udev/broker.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "tests/unit/udev/usb_tree.hpp"

namespace sekimori::udev {
namespace {

using wire::MediaVerdict;
using wire::Settled;

wire::MediaPlugged stick() {
    wire::MediaPlugged message;
    message.port = "1-2";
    return message;
}

class BrokerEnd : public testing::Test {
  protected:
    // Serves one connection on a thread of its own.
    void serve(std::function<void(Channel&)> with) {
        auto fd = listen_at(socket, 0600);
        ASSERT_TRUE(fd);
        listener = std::move(*fd);
        server = std::thread([this, with = std::move(with)] {
            for (;;) {
                auto channel = accept_from(listener.get());
                if (!channel) {
                    std::this_thread::yield();
                    continue;
                }
                with(*channel);
                return;
            }
        });
    }
    void TearDown() override {
        if (server.joinable()) server.join();
    }
    UsbTree tree;
    const std::string socket = tree.path() + "/media.sock";
    UniqueFd listener;
    std::thread server;
};

TEST_F(BrokerEnd, AnswersAreBelieved) {
    serve([](Channel& channel) {
        for (const auto verdict : {MediaVerdict::allowed, MediaVerdict::refused}) {
            EXPECT_TRUE(channel.receive_as<wire::MediaPlugged>(Millis{5000}));
            EXPECT_TRUE(channel.send(wire::MediaAnswer{verdict}));
        }
    });
    Broker broker(socket);
    EXPECT_EQ(broker.ask(stick()), MediaVerdict::allowed);
    EXPECT_EQ(broker.ask(stick()), MediaVerdict::refused);
}

TEST_F(BrokerEnd, NobodyThereIsNoAnswer) {
    Broker broker(socket);
    EXPECT_EQ(broker.ask(stick()), std::nullopt);
    broker.swept();
    broker.gone("1-2");
}

TEST_F(BrokerEnd, OneThatDiesOrSaysSomethingElseIsNone) {
    serve([](Channel& channel) {
        EXPECT_TRUE(channel.receive_as<wire::MediaPlugged>(Millis{5000}));
        EXPECT_TRUE(channel.send(wire::WorkerWelcome{}));
    });
    Broker broker(socket);
    EXPECT_EQ(broker.ask(stick()), std::nullopt);
    EXPECT_EQ(broker.ask(stick()), std::nullopt) << "nor later, on the same connection";
}

TEST_F(BrokerEnd, WhatIsSettledIsToldAndNotWaitedFor) {
    serve([](Channel& channel) {
        EXPECT_TRUE(channel.receive_as<wire::MediaSweep>(Millis{5000}));
        const auto told = channel.receive_as<wire::MediaPlugged>(Millis{5000});
        ASSERT_TRUE(told);
        EXPECT_EQ(told->settled, Settled::plain);
        EXPECT_TRUE(channel.receive_as<wire::MediaGone>(Millis{5000}));
    });
    Broker broker(socket);
    broker.swept();
    wire::MediaPlugged keyboard = stick();
    keyboard.settled = Settled::plain;
    EXPECT_EQ(broker.ask(keyboard), std::nullopt);
    broker.gone("1-3");
}

}  // namespace
}  // namespace sekimori::udev
