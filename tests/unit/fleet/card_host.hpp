// SPDX-License-Identifier: Apache-2.0
// The real card worker before software cards, in a thread of the test: what sekimori-card is to sekimori-authority,
// with the test's hand at the readers.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <thread>

#include "fleet/authority/card_worker.hpp"
#include "smartcard/worker/worker.hpp"
#include "tests/lab/cards/new_card.hpp"
#include "tests/unit/smartcard/lab_visit.hpp"

namespace sekimori::fleet::test {

inline const lab::Ca& card_ca() {
    static const lab::Ca made = *lab::Ca::create(lab::KeyKind::P256);
    return made;
}
inline std::shared_ptr<lab::PivCard> piv_card(lab::KeyKind kind = lab::KeyKind::P256,
                                              std::vector<std::uint8_t> slots = {0x9a, 0x9c}) {
    return std::make_shared<lab::PivCard>(*lab::new_piv(card_ca(), {.kind = kind, .slots = std::move(slots)}));
}

class CardHost {
  public:
    ~CardHost() {
        for (std::thread& one : threads_) one.join();
    }
    // For CardAuthor: a worker as it was just started and welcomed; it tells of what lies there.
    StartCardWorker start() {
        return [this]() -> Result<CardWorker> {
            ++started;
            if (refuses) return fail(ErrorCode::unavailable, "no card worker today");
            auto pair = Channel::pair();
            const std::lock_guard lock(mutex_);
            auto channel = std::make_unique<Channel>(std::move(pair->second));
            live_ = channel.get();
            (void)live_->send(wire::Readers{{{"Reader 00 00"}, {"Reader 01 00"}}});
            for (const auto& [reader, there] : cards_) (void)live_->send(wire::CardPresent{reader, there.counter});
            threads_.emplace_back([this, mine = std::move(channel)] { serve(*mine); });
            return CardWorker(std::move(pair->first));
        };
    }
    void insert(std::shared_ptr<lab::PivCard> card, const std::string& reader = "Reader 00 00") {
        const std::lock_guard lock(mutex_);
        cards_[reader] = {std::move(card), ++counter_};
        if (live_ != nullptr) (void)live_->send(wire::CardPresent{reader, counter_});
    }
    void pull(const std::string& reader = "Reader 00 00") {
        const std::lock_guard lock(mutex_);
        cards_.erase(reader);
        if (live_ != nullptr) (void)live_->send(wire::CardAbsent{reader, ++counter_});
    }
    // Of the next signatures: after the card has answered.
    std::function<smartcard::CardResult<Bytes>(ByteSpan command, Bytes answer)> meddle;
    bool refuses{false};
    int started{0};

  private:
    struct There {
        std::shared_ptr<lab::PivCard> card;
        std::uint32_t counter{};
    };
    // A visit keeps its card, whoever pulls it meanwhile.
    class HeldVisit final : public smartcard::Visit {
      public:
        HeldVisit(CardHost& host, std::shared_ptr<lab::PivCard> card, std::string reader, std::uint32_t counter)
            : Visit(smartcard::Purpose::authority),
              host_(host),
              card_(std::move(card)),
              inner_(*card_, smartcard::Purpose::authority),
              reader_(std::move(reader)),
              counter_(counter) {
            inner_.meddle = host.meddle;
        }
        smartcard::CardResult<void> same_visit() override {
            if (!host_.has(reader_, counter_)) return smartcard::failure(wire::CardFault::gone);
            return {};
        }

      private:
        smartcard::CardResult<Bytes> exchange(ByteSpan command) override { return inner_.transmit(command); }
        CardHost& host_;
        std::shared_ptr<lab::PivCard> card_;
        smartcard::test::LabVisit inner_;
        std::string reader_;
        std::uint32_t counter_;
    };

    bool has(const std::string& reader, std::uint32_t counter) {
        const std::lock_guard lock(mutex_);
        const auto at = cards_.find(reader);
        return at != cards_.end() && at->second.counter == counter;
    }
    void serve(Channel& channel) {
        smartcard::Worker worker(
            channel, {.open = [this](const std::string& reader, std::uint32_t counter,
                                     smartcard::Start) -> smartcard::CardResult<std::unique_ptr<smartcard::Visit>> {
                          std::shared_ptr<lab::PivCard> card;
                          {
                              const std::lock_guard lock(mutex_);
                              const auto at = cards_.find(reader);
                              if (at == cards_.end() || at->second.counter != counter)
                                  return smartcard::failure(wire::CardFault::gone);
                              card = at->second.card;
                          }
                          return std::make_unique<HeldVisit>(*this, std::move(card), reader, counter);
                      },
                      .admits = [](const std::string&) { return true; },
                      .roots = "",
                      .purpose = smartcard::Purpose::authority});
        (void)worker.run();
        const std::lock_guard lock(mutex_);
        if (live_ == &channel) live_ = nullptr;
    }

    std::mutex mutex_;
    std::map<std::string, There> cards_;
    std::uint32_t counter_{0};
    Channel* live_{nullptr};
    std::vector<std::thread> threads_;
};

}  // namespace sekimori::fleet::test
