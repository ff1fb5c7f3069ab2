// SPDX-License-Identifier: Apache-2.0
// Worker: serves one broker over one connection, one request at a time. It holds a card only while a request runs.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "protocol/channel.hpp"
#include "smartcard/apdu/felica_frame.hpp"
#include "smartcard/apdu/transport.hpp"
#include "smartcard/card/card.hpp"
#include "smartcard/certificate/certificate.hpp"

namespace sekimori::smartcard {

// Opens the card of one visit to one reader (pcsc::Connection; a fake in tests).
using OpenVisit =
    std::function<CardResult<std::unique_ptr<Visit>>(const std::string& reader, std::uint32_t counter, Start start)>;
using Admits = std::function<bool(const std::string& reader)>;

struct WorkerParts {
    OpenVisit open;
    Admits admits;                    // the readers of the configuration
    std::string roots;                // [card] roots=
    Millis limit{10'000};             // of one request
    Purpose purpose{Purpose::login};  // authority: whatever slot an order names, it is 9C
};

class Worker {
  public:
    // `channel` is connected and was welcomed.
    Worker(Channel& channel, WorkerParts parts);
    // Serves until the connection ends. Returns an exit code.
    [[nodiscard]] int run();

    enum class Next : std::uint8_t { go_on, retire, violation };
    struct Handler {
        wire::MessageType type;
        Next (Worker::*handle)(ByteSpan);
    };

  private:
    struct LiteSession {
        wire::Request request{};
        std::unique_ptr<Visit> visit;
        Idm idm{};
        std::chrono::steady_clock::time_point until;
    };

    template <class Message, Worker::Next (Worker::*Handle)(const Message&)>
    Next decoded(ByteSpan bytes);
    template <class Message, Worker::Next (Worker::*Handle)(const Message&)>
    static constexpr Handler row();
    [[nodiscard]] const Handler* handler_of(std::uint16_t type) const;

    Next identify(const wire::Identify& order);
    Next read_card(const wire::ReadCard& order);
    Next sign(const wire::SignChallenge& order);
    Next lite_s_challenge(const wire::LiteSChallenge& order);
    Next lite_s_authenticate(const wire::LiteSAuthenticate& order);
    Next release(const wire::Release& order);
    Next retire(const wire::Retire& order);

    template <class Order, class Work>
    auto with_card(const Order& order, Start start, Work work) -> decltype(work(std::declval<Visit&>()));
    template <class Reply>
    Next answer(wire::Request request, const char* what, CardResult<Reply> reply);
    template <class Message>
    Next send(const Message& message);
    [[nodiscard]] SecureBytes too_late(wire::Request request) const;
    [[nodiscard]] CardResult<wire::CardData> card_data(wire::Request request, CardContent content) const;
    void drop_lite_session();
    [[nodiscard]] Result<SecureBytes> next(Millis limit);
    [[nodiscard]] bool released(ByteSpan order) const;

    Channel& channel_;
    std::deque<SecureBytes> inbox_;  // what came while a request ran, in its order
    WorkerParts parts_;
    std::optional<LiteSession> lite_;
    unsigned apdus_{0};  // of the request at hand
};

}  // namespace sekimori::smartcard
