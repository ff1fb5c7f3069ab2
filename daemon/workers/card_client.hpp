// SPDX-License-Identifier: Apache-2.0
// CardClient: what the broker knows of readers and cards, and its questions to the card worker. What a worker says is a
// claim: a proof comes only from a verifier. A CardRequest is a guard: dropping it forgets the answer and lets the card
// go.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/transaction.hpp"
#include "daemon/workers/worker_link.hpp"

namespace sekimori::daemon {

struct WorkerLost {};
using CardAnswer = std::variant<WorkerLost, wire::Identified, wire::SignedChallenge, wire::CardData, wire::LiteSAnswer,
                                wire::LiteSConfirmed, wire::CardFailed>;
using CardCallback = std::function<void(CardAnswer)>;

class CardClient;

class CardRequest {
  public:
    CardRequest() noexcept = default;
    CardRequest(CardClient* client, wire::Request number) noexcept : client_(client), number_(number) {}
    CardRequest(CardRequest&& other) noexcept
        : client_(std::exchange(other.client_, nullptr)), number_(other.number_) {}
    CardRequest& operator=(CardRequest&& other) noexcept;
    CardRequest(const CardRequest&) = delete;
    CardRequest& operator=(const CardRequest&) = delete;
    ~CardRequest() { drop(); }
    void drop() noexcept;
    [[nodiscard]] wire::Request number() const noexcept { return number_; }

  private:
    CardClient* client_{nullptr};
    wire::Request number_{0};
};

// Told of every change. Methods may be called from within any CardClient call that comes from the loop.
class CardListener {
  public:
    virtual ~CardListener() = default;
    virtual void card_inserted(const CardVisit& visit) = 0;
    virtual void card_removed(const CardVisit& visit) = 0;
    virtual void readers_changed() = 0;  // also: the worker came or went
};

class CardClient {
  public:
    explicit CardClient(WorkerLinkOptions options);

    void add(CardListener* listener) { listeners_.push_back(listener); }
    void remove(CardListener* listener) { std::erase(listeners_, listener); }

    [[nodiscard]] bool up() const noexcept { return link_.up(); }
    [[nodiscard]] const std::vector<std::string>& readers() const noexcept { return readers_; }
    [[nodiscard]] std::vector<CardVisit> present() const;
    [[nodiscard]] bool is_present(const CardVisit& visit) const;
    [[nodiscard]] std::string reader_name(const CardVisit& visit) const;  // "" if it is no longer known

    // The callback comes from the loop, once, unless the request is dropped before. Lite-S answers twice (two rounds,
    // one request).
    [[nodiscard]] CardRequest identify(const CardVisit& visit, CardCallback callback);
    [[nodiscard]] CardRequest read(const CardVisit& visit, CardSlot slot, CardCallback callback);
    [[nodiscard]] CardRequest sign(const CardVisit& visit, wire::SignChallenge challenge, CardCallback callback);
    [[nodiscard]] CardRequest lite_s(const CardVisit& visit, const wire::Block& rc, CardCallback callback);
    Status lite_s_authenticate(const CardRequest& request, const wire::Block& state, const wire::Block& mac_a);
    // A worker without a past: ends this one; readers_changed() tells when the next one is up.
    Status renew() { return link_.retire(); }

  private:
    friend class CardRequest;
    template <class T>
    CardRequest ask(T message, const CardVisit& visit, CardCallback callback);
    void forget(wire::Request number) noexcept;
    Status on_message(wire::MessageType type, ByteSpan bytes);
    template <class T>
    Status answer(ByteSpan bytes, bool last);
    Status on_readers(ByteSpan bytes);
    Status on_present(ByteSpan bytes);
    Status on_absent(ByteSpan bytes);
    void on_down();
    std::uint32_t index_of(const std::string& reader);
    void deliver(wire::Request number, CardAnswer answer, bool last);

    std::vector<std::string> names_;    // every reader ever seen, by index: an index is never reused in a broker's life
    std::vector<std::string> readers_;  // those there now
    std::map<std::uint32_t, std::uint32_t> visits_;  // reader index -> counter, where a card is
    std::map<wire::Request, CardCallback> pending_;
    std::vector<CardListener*> listeners_;
    std::vector<Source> deferred_;
    wire::Request next_{1};
    WorkerLink link_;
};

}  // namespace sekimori::daemon
