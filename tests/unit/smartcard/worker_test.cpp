// SPDX-License-Identifier: Apache-2.0
// The worker's dialogue with the broker over a socket pair, with the lab's cards in place of PC/SC.
#include "smartcard/worker/worker.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "smartcard/worker/exit_codes.hpp"
#include "tests/lab/cards/new_card.hpp"
#include "tests/unit/smartcard/lab_visit.hpp"
#include "tests/unit/smartcard/signature.hpp"

namespace sekimori::smartcard {
namespace {

using test::LabVisit;

constexpr Millis kPatience{10'000};
const std::string kReader = "Reader 00 00";

const lab::Ca& ca() {
    static const lab::Ca made = *lab::Ca::create(lab::KeyKind::P256);
    return made;
}

// A visit whose card may be exchanged while it is worked with.
class SwappableVisit final : public Visit {
  public:
    SwappableVisit(lab::Card& card, const bool& swapped, Purpose purpose)
        : Visit(purpose), inner_(card, purpose), swapped_(swapped) {}
    CardResult<void> same_visit() override {
        if (swapped_) return failure(CardFault::gone);
        return {};
    }

  private:
    CardResult<Bytes> exchange(ByteSpan command) override { return inner_.transmit(command); }
    LabVisit inner_;
    const bool& swapped_;
};

class WorkerDialogue : public testing::Test {
  protected:
    explicit WorkerDialogue(Purpose purpose = Purpose::login) : purpose_(purpose) {
        auto pair = Channel::pair();
        broker_ = std::move(pair->first);
        worker_ = std::move(pair->second);
        thread_ = std::thread([this] {
            Worker worker(worker_, {.open = [this](const std::string& reader, std::uint32_t counter,
                                                   Start start) { return open(reader, counter, start); },
                                    .admits = [](const std::string& name) { return name == kReader; },
                                    .roots = "",
                                    .purpose = purpose_});
            code_ = worker.run();
            worker_ = Channel();
        });
    }
    ~WorkerDialogue() override {
        broker_ = Channel();
        if (thread_.joinable()) thread_.join();
    }
    int end() {
        broker_ = Channel();
        return wait();
    }
    int wait() {
        thread_.join();
        return code_;
    }
    template <class Reply, class Message>
    Result<Reply> ask(const Message& message) {
        EXPECT_TRUE(broker_.send(message).has_value());
        return broker_.receive_as<Reply>(kPatience);
    }
    template <class Message>
    wire::CardFault fault(const Message& message) {
        const auto failed = ask<wire::CardFailed>(message);
        EXPECT_TRUE(failed.has_value());
        EXPECT_EQ(failed->request, message.request);
        return failed->fault;
    }

    Channel broker_;
    std::unique_ptr<lab::Card> card_{std::make_unique<lab::PivCard>(*lab::new_piv(ca(), {}))};
    bool swapped_{false};
    std::vector<Start> starts_;
    Purpose purpose_;
    std::shared_future<void> held_;  // until when the first card that is opened takes its time

  private:
    CardResult<std::unique_ptr<Visit>> open(const std::string&, std::uint32_t counter, Start start) {
        starts_.push_back(start);
        if (starts_.size() == 1 && held_.valid()) held_.wait();
        if (counter != 1) return failure(CardFault::gone);
        return std::make_unique<SwappableVisit>(*card_, swapped_, purpose_);
    }
    Channel worker_;
    std::thread thread_;
    int code_{-1};
};

SecureBytes pin(std::string_view text) {
    return SecureBytes(ByteSpan(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

wire::SignChallenge challenge(wire::Request request) {
    wire::SignChallenge order;
    order.request = request;
    order.reader = kReader;
    order.counter = 1;
    order.type = CardType::piv;
    order.slot = CardSlot::piv_9e;
    order.scheme = wire::SignatureScheme::ecdsa_p256_sha256;
    order.digest = test::digest_for(order.scheme);
    return order;
}

TEST_F(WorkerDialogue, IdentifyReadSign) {
    const auto identified = ask<wire::Identified>(wire::Identify{1, kReader, 1});
    ASSERT_TRUE(identified.has_value());
    EXPECT_EQ(identified->request, 1U);
    EXPECT_EQ(identified->references.size(), 2U);
    const auto data = ask<wire::CardData>(wire::ReadCard{2, kReader, 1, CardSlot::none});
    ASSERT_TRUE(data.has_value());
    EXPECT_EQ(data->chain, wire::ChainState::no_roots);
    EXPECT_EQ(data->reference.key, identified->references[0].key);
    const auto order = challenge(3);
    const auto done = ask<wire::SignedChallenge>(order);
    ASSERT_TRUE(done.has_value());
    EXPECT_TRUE(test::verifies(data->spki, order.scheme, order.digest, done->signature));
    // What presents a PIN or proves a key starts on a cold card.
    EXPECT_EQ(starts_, (std::vector{Start::as_it_is, Start::cold, Start::cold}));
    EXPECT_EQ(end(), kExitDone);
}

class AuthorityDialogue : public WorkerDialogue {
  protected:
    AuthorityDialogue() : WorkerDialogue(Purpose::authority) {
        card_ = std::make_unique<lab::PivCard>(*lab::new_piv(ca(), {.slots = {0x9a, 0x9c, 0x9e}}));
    }
};

TEST_F(AuthorityDialogue, ReadsAndSignsWithTheOneKeyThatItHas) {
    const auto data = ask<wire::CardData>(wire::ReadCard{1, kReader, 1, CardSlot::none});
    ASSERT_TRUE(data.has_value());
    EXPECT_EQ(data->reference.pin, wire::PinState::ready);
    auto order = challenge(2);
    order.slot = CardSlot::piv_9e;  // whatever it says
    order.pin = pin("123456");
    const auto done = ask<wire::SignedChallenge>(order);
    ASSERT_TRUE(done.has_value());
    EXPECT_TRUE(test::verifies(data->spki, order.scheme, order.digest, done->signature));
    EXPECT_EQ(starts_, (std::vector{Start::cold, Start::cold}));
    EXPECT_EQ(end(), kExitDone);
}

TEST_F(AuthorityDialogue, WhatOnlyALoginAsksIsAViolation) {
    ASSERT_TRUE(broker_.send(wire::Identify{1, kReader, 1}).has_value());
    EXPECT_EQ(wait(), kExitViolation);
}

TEST_F(WorkerDialogue, AReaderThatIsNotOursIsNotOpened) {
    EXPECT_EQ(fault(wire::Identify{1, "Counter Reader 00 00", 1}), CardFault::gone);
    EXPECT_TRUE(starts_.empty());
}

TEST_F(WorkerDialogue, AnotherVisitIsGone) { EXPECT_EQ(fault(wire::Identify{1, kReader, 2}), CardFault::gone); }

TEST_F(WorkerDialogue, ACardThatWasSwappedMeanwhileProvesNothing) {
    swapped_ = true;
    EXPECT_EQ(fault(wire::Identify{1, kReader, 1}), CardFault::gone);
    EXPECT_EQ(fault(challenge(2)), CardFault::gone);
    EXPECT_EQ(fault(wire::ReadCard{3, kReader, 1, CardSlot::none}), CardFault::gone);
}

TEST_F(WorkerDialogue, FaultsNameTheirRequestAndTries) {
    auto order = challenge(7);
    order.slot = CardSlot::piv_9a;
    order.pin = SecureBytes(std::span(reinterpret_cast<const std::uint8_t*>("000000"), 6));
    const auto failed = ask<wire::CardFailed>(order);
    ASSERT_TRUE(failed.has_value());
    EXPECT_EQ(failed->request, 7U);
    EXPECT_EQ(failed->fault, CardFault::pin_wrong);
    EXPECT_EQ(failed->tries, 2);
}

// A login that is cancelled while the card is busy with something else spends no PIN try afterwards.
TEST_F(WorkerDialogue, AnOrderThatWasReleasedBeforeItsTurnIsNotDone) {
    std::promise<void> hold;
    held_ = hold.get_future().share();
    auto order = challenge(2);
    order.slot = CardSlot::piv_9a;
    order.pin = SecureBytes(std::span(reinterpret_cast<const std::uint8_t*>("000000"), 6));
    ASSERT_TRUE(broker_.send(wire::Identify{1, kReader, 1}).has_value());
    ASSERT_TRUE(broker_.send(order).has_value());
    ASSERT_TRUE(broker_.send(wire::Release{2}).has_value());
    order.request = 3;
    ASSERT_TRUE(broker_.send(order).has_value());
    hold.set_value();
    EXPECT_EQ(broker_.receive_as<wire::Identified>(kPatience)->request, 1U);
    const auto failed = broker_.receive_as<wire::CardFailed>(kPatience);
    ASSERT_TRUE(failed.has_value());
    EXPECT_EQ(failed->request, 3U);
    EXPECT_EQ(failed->tries, 2) << "the released order has spent a try";
}

TEST_F(WorkerDialogue, WithTheBrokerGoneNothingIsDoneAnyMore) {
    std::promise<void> hold;
    held_ = hold.get_future().share();
    ASSERT_TRUE(broker_.send(wire::Identify{1, kReader, 1}).has_value());
    ASSERT_TRUE(broker_.send(challenge(2)).has_value());
    broker_ = Channel();
    hold.set_value();
    EXPECT_EQ(wait(), kExitDone);
    EXPECT_LE(starts_.size(), 1U);
}

TEST_F(WorkerDialogue, RetireEndsAtOnce) {
    ASSERT_TRUE(broker_.send(wire::Retire{}).has_value());
    EXPECT_EQ(wait(), kExitDone);
}

TEST_F(WorkerDialogue, WhatABrokerNeverSaysEndsTheWorker) {
    ASSERT_TRUE(broker_.send(wire::WorkerWelcome{}).has_value());
    EXPECT_EQ(wait(), kExitViolation);
}

TEST_F(WorkerDialogue, AMalformedMessageEndsTheWorker) {
    const std::uint8_t bytes[] = {1, 0, 96, 0xff};
    ASSERT_TRUE(broker_.send_bytes(bytes).has_value());
    EXPECT_EQ(wait(), kExitViolation);
}

TEST_F(WorkerDialogue, BothRoundsOfLiteS) {
    const lab::Block16 card_key{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    card_ = std::make_unique<lab::LiteSCard>(lab::new_lite_s(card_key));
    const wire::Block rc{0x42};
    const auto answer = ask<wire::LiteSAnswer>(wire::LiteSChallenge{1, kReader, 1, rc});
    ASSERT_TRUE(answer.has_value());
    const auto session = lab::felica_session(card_key, rc);
    const std::uint32_t wcnt = answer->wcnt[0] + 256U * answer->wcnt[1] + 65536U * answer->wcnt[2];
    const auto mac = lab::mac_a_write(session, wcnt, 0x92, wire::Block{0x01});
    wire::Block proof{};
    std::copy(mac.begin(), mac.end(), proof.begin());
    std::copy_n(answer->wcnt.begin(), 3, proof.begin() + 8);
    const auto confirmed = ask<wire::LiteSConfirmed>(wire::LiteSAuthenticate{1, wire::Block{0x01}, proof});
    ASSERT_TRUE(confirmed.has_value());
    EXPECT_EQ(confirmed->state[0], 0x01);
    // The session is over with its second round.
    EXPECT_EQ(fault(wire::LiteSAuthenticate{1, wire::Block{0x01}, proof}), CardFault::timeout);
}

TEST_F(WorkerDialogue, ReleaseAndOtherRequestsEndALiteSSession) {
    card_ = std::make_unique<lab::LiteSCard>(lab::new_lite_s({}));
    ASSERT_TRUE(ask<wire::LiteSAnswer>(wire::LiteSChallenge{1, kReader, 1, {}}).has_value());
    ASSERT_TRUE(broker_.send(wire::Release{1}).has_value());
    EXPECT_EQ(fault(wire::LiteSAuthenticate{1, {}, {}}), CardFault::timeout);
    ASSERT_TRUE(ask<wire::LiteSAnswer>(wire::LiteSChallenge{2, kReader, 1, {}}).has_value());
    ASSERT_TRUE(ask<wire::Identified>(wire::Identify{3, kReader, 1}).has_value());
    EXPECT_EQ(fault(wire::LiteSAuthenticate{2, {}, {}}), CardFault::timeout);
    ASSERT_TRUE(broker_.send(wire::Release{99}).has_value());
    EXPECT_EQ(end(), kExitDone);
}

}  // namespace
}  // namespace sekimori::smartcard
