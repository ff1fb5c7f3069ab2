// SPDX-License-Identifier: Apache-2.0
// sekimori-card on a pcscd of its own with the lab's two readers; the test's hand puts software cards into them.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "tests/integration/worker_rig.hpp"
#include "tests/lab/cards/card_connection.hpp"
#include "tests/lab/cards/new_card.hpp"
#include "tests/lab/reader/private_pcscd.hpp"

namespace sekimori::test {

class CardRig : public WorkerRig {
  public:
    CardRig() : WorkerRig(wire::WorkerClass::card, "card.sock") {}

    // `answer_time`: after which its readers give a mute card up.
    void start_pcscd(Millis answer_time = lab::kMaxAnswerTime);
    void stop_pcscd(int signal);
    // `more`: further lines of the configuration. Starts the worker; nobody welcomes it yet.
    void launch(Lab lab = Lab::on, const std::string& more = {}, const Environment& environment = {});
    void welcome();
    // All three, and waits for both readers.
    void start(const std::string& more = {});

    [[nodiscard]] std::string card_socket(std::size_t reader) const;
    [[nodiscard]] static std::string reader_name(std::size_t reader);
    // Puts the card in and waits until the worker tells of it.
    void insert(lab::CardConnection& card, std::size_t reader = 0);
    // Waits until the worker has written `text` so many times.
    void expect_log(const std::string& text, std::size_t times = 1) const;

    // The next message of type T; those of other types wait for their turn.
    template <class T>
    std::optional<T> take(Millis limit = kSoon);
    template <class T>
    T expect(Millis limit = kSoon) {
        auto message = take<T>(limit);
        EXPECT_TRUE(message.has_value()) << "no message " << static_cast<int>(T::kType) << "\n" << log();
        return message ? std::move(*message) : T{};
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

    std::uint32_t counter{0};  // of the last card that was inserted

  private:
    std::optional<lab::PrivatePcscd> pcscd_;
    std::deque<SecureBytes> inbox_;
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
