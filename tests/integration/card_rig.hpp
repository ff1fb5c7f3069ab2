// SPDX-License-Identifier: Apache-2.0
// The test plays the broker: it listens on card.sock, starts the real worker and speaks with it; below the worker stand
// a pcscd of its own with the lab's two readers, and the test's hand puts software cards into them.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/build.hpp"
#include "protocol/channel.hpp"
#include "protocol/schema.hpp"
#include "tests/lab/cards/card_connection.hpp"
#include "tests/lab/cards/new_card.hpp"
#include "tests/lab/reader/private_pcscd.hpp"

namespace sekimori::test {

inline constexpr Millis kCardSoon{15'000};  // for what must come

enum class CardLab : std::uint8_t { off, on };

class CardRig {
  public:
    using Environment = std::map<std::string, std::string>;

    CardRig();
    ~CardRig();
    CardRig(const CardRig&) = delete;
    CardRig& operator=(const CardRig&) = delete;

    // `answer_time`: after which its readers give a mute card up.
    void start_pcscd(Millis answer_time = lab::kMaxAnswerTime);
    void stop_pcscd(int signal);
    // `devices`: further lines of the configuration. Starts the worker; nobody welcomes it yet.
    void launch(CardLab lab = CardLab::on, const std::string& more = {}, const Environment& environment = {});
    void welcome();
    // All three, and waits for both readers.
    void start(const std::string& more = {});

    [[nodiscard]] std::string card_socket(std::size_t reader) const;
    [[nodiscard]] static std::string reader_name(std::size_t reader);
    // Puts the card in and waits until the worker tells of it.
    void insert(lab::CardConnection& card, std::size_t reader = 0);
    // Its exit code; -1 if it does not end, or by a signal.
    [[nodiscard]] int exit_code(Millis limit = kCardSoon);
    [[nodiscard]] std::string log() const;
    // Waits until the worker has written `text` so many times.
    void expect_log(const std::string& text, std::size_t times = 1) const;
    [[nodiscard]] std::filesystem::path folder() const { return folder_; }
    [[nodiscard]] pid_t pid() const { return pid_; }

    // The next message of type T; those of other types wait for their turn.
    template <class T>
    std::optional<T> take(Millis limit = kCardSoon);
    template <class T>
    T expect(Millis limit = kCardSoon) {
        auto message = take<T>(limit);
        EXPECT_TRUE(message.has_value()) << "no message " << static_cast<int>(T::kType) << "\n" << log();
        return message ? std::move(*message) : T{};
    }
    template <class T>
    void say(const T& message) {
        const auto sent = broker.send(message);
        ASSERT_TRUE(sent.has_value()) << sent.error().message;
    }
    // The list of readers becomes one of `count`.
    void expect_readers(std::size_t count);

    template <class Reply, class Message>
    Reply ask(const Message& message) {
        say(message);
        return expect<Reply>();
    }
    template <class Message>
    wire::CardFault fault(const Message& message) {
        const auto failed = ask<wire::CardFailed>(message);
        EXPECT_EQ(failed.request, message.request);
        return failed.fault;
    }
    [[nodiscard]] wire::Identify identify(std::size_t reader = 0);
    [[nodiscard]] wire::SignChallenge challenge(CardSlot slot = CardSlot::piv_9e, std::string_view pin = {});

    Channel broker;
    std::uint32_t counter{0};  // of the last card that was inserted

  private:
    std::filesystem::path folder_;
    UniqueFd listener_;
    std::optional<lab::PrivatePcscd> pcscd_;
    std::deque<SecureBytes> inbox_;
    pid_t pid_{-1};
    wire::Request last_{0};
};

template <class T>
std::optional<T> CardRig::take(Millis limit) {
    const auto is_ours = [](const SecureBytes& bytes) {
        return wire::type_of(bytes.span()).value_or(0) == static_cast<std::uint16_t>(T::kType);
    };
    const auto end = std::chrono::steady_clock::now() + limit;
    for (auto at = inbox_.begin();; at = inbox_.end() - 1) {
        for (; at != inbox_.end(); ++at) {
            if (!is_ours(*at)) continue;
            auto message = wire::decode<T>(at->span());
            inbox_.erase(at);
            EXPECT_TRUE(message.has_value());
            return message ? std::optional<T>(std::move(*message)) : std::nullopt;
        }
        const auto left = std::chrono::duration_cast<Millis>(end - std::chrono::steady_clock::now());
        auto bytes = broker.receive(std::max(left, Millis{0}));
        if (!bytes) return std::nullopt;
        inbox_.push_back(std::move(*bytes));
    }
}

inline lab::Ca& card_ca() {
    static lab::Ca made = *lab::Ca::create(lab::KeyKind::P256);
    return made;
}

}  // namespace sekimori::test
