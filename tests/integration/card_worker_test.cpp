// SPDX-License-Identifier: Apache-2.0
// The card worker as a process on the real pcscd: what it tells, proves and refuses, card by card.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/integration/card_rig.hpp"
#include "tests/unit/smartcard/signature.hpp"

namespace sekimori::test {
namespace {

using smartcard::test::verifies;
using wire::CardFault;

std::shared_ptr<lab::PivCard> piv_card(const lab::NewPiv& wanted = {}) {
    return std::make_shared<lab::PivCard>(*lab::new_piv(card_ca(), wanted));
}
std::shared_ptr<lab::JpkiCard> jpki_card() {
    return std::make_shared<lab::JpkiCard>(*lab::new_jpki(card_ca(), lab::NewJpki{}));
}

TEST(CardWorker, TellsReadersAndCards) {
    CardRig rig;
    rig.start();
    rig.expect_readers(2);
    lab::CardConnection card(piv_card());
    rig.insert(card, 1);
    card.pull();
    const auto absent = rig.expect<wire::CardAbsent>();
    EXPECT_EQ(absent.reader, CardRig::reader_name(1));
    EXPECT_NE(absent.counter, rig.counter);
}

TEST(CardWorker, ACardThatWasThereBeforeIsTold) {
    CardRig rig;
    rig.start_pcscd();
    lab::CardConnection card(piv_card());
    ASSERT_TRUE(card.insert(rig.card_socket(0)).has_value());
    ASSERT_TRUE(card.wait_until_taken());
    rig.launch();
    rig.welcome();
    EXPECT_EQ(rig.expect<wire::CardPresent>().reader, CardRig::reader_name(0));
}

TEST(CardWorker, IdentifiesAndSignsWithPiv) {
    CardRig rig;
    rig.start();
    const auto software = piv_card();
    lab::CardConnection card(software);
    rig.insert(card);
    const auto identified = rig.ask<wire::Identified>(rig.identify());
    ASSERT_EQ(identified.references.size(), 2U);
    const auto order = rig.challenge();
    const auto done = rig.ask<wire::SignedChallenge>(order);
    const auto& key = software->contents().slots.at(0x9e).key.key();
    EXPECT_TRUE(verifies(key.spki(), order.scheme, order.digest, done.signature));
    const auto with_pin = rig.challenge(CardSlot::piv_9a, "123456");
    const auto again = rig.ask<wire::SignedChallenge>(with_pin);
    EXPECT_TRUE(verifies(software->contents().slots.at(0x9a).key.key().spki(), with_pin.scheme, with_pin.digest,
                         again.signature));
}

TEST(CardWorker, SignsWithRsaOverChains) {
    CardRig rig;
    rig.start();
    const auto software = piv_card({.kind = lab::KeyKind::Rsa2048});
    lab::CardConnection card(software);
    rig.insert(card);
    for (const auto scheme : {wire::SignatureScheme::rsa_pkcs1_sha256, wire::SignatureScheme::rsa_pss_sha256}) {
        auto order = rig.challenge();
        order.scheme = scheme;
        const auto done = rig.ask<wire::SignedChallenge>(order);
        EXPECT_TRUE(
            verifies(software->contents().slots.at(0x9e).key.key().spki(), scheme, order.digest, done.signature));
    }
}

TEST(CardWorker, AMyNumberCardIsAskedForOneApplicationOnly) {
    CardRig rig;
    rig.start();
    const auto software = jpki_card();
    lab::CardConnection card(software);
    rig.insert(card);
    EXPECT_EQ(rig.ask<wire::Identified>(rig.identify()).references.at(0).type, CardType::jpki);
    EXPECT_EQ(rig.ask<wire::CardData>(wire::ReadCard{50, CardRig::reader_name(0), rig.counter, CardSlot::none}).chain,
              wire::ChainState::no_roots);
    const auto order = rig.challenge(CardSlot::jpki_auth, "1234");
    const auto done = rig.ask<wire::SignedChallenge>(order);
    EXPECT_TRUE(verifies(software->contents().key.key().spki(), order.scheme, order.digest, done.signature));
    card.pull();
    EXPECT_FALSE(software->forbidden_touched());
    EXPECT_EQ(software->signature_tries(), 5U);
}

TEST(CardWorker, NoLoginIsLeftBehind) {
    CardRig rig;
    rig.start();
    const auto software = jpki_card();  // keeps its login over a warm reset
    lab::CardConnection card(software);
    rig.insert(card);
    (void)rig.ask<wire::SignedChallenge>(rig.challenge(CardSlot::jpki_auth, "1234"));
    // Powering down has no answer on the wire: the card hears of it a moment later.
    const auto logged_in = [&] {
        return card.with_card([](lab::Card& c) { return dynamic_cast<lab::JpkiCard&>(c).logged_in(); });
    };
    const auto end = std::chrono::steady_clock::now() + kSoon;
    while (logged_in() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    EXPECT_FALSE(logged_in());
    EXPECT_EQ(card.counters().resets, 0U);
}

TEST(CardWorker, LiteSAndIdentifiers) {
    CardRig rig;
    rig.start();
    const auto lite = std::make_shared<lab::LiteSCard>(lab::new_lite_s({}));
    lab::CardConnection card(lite);
    rig.insert(card);
    EXPECT_EQ(rig.ask<wire::Identified>(rig.identify()).references.at(0).type, CardType::lite_s);
    const wire::Block rc{0x77};
    const auto answer = rig.ask<wire::LiteSAnswer>(wire::LiteSChallenge{90, CardRig::reader_name(0), rig.counter, rc});
    const auto session = lab::felica_session({}, rc);
    wire::Block proof{};
    const std::uint32_t wcnt = answer.wcnt[0] + 256U * answer.wcnt[1] + 65536U * answer.wcnt[2];
    const auto mac = lab::mac_a_write(session, wcnt, 0x92, wire::Block{0x01});
    std::copy(mac.begin(), mac.end(), proof.begin());
    std::copy_n(answer.wcnt.begin(), 3, proof.begin() + 8);
    EXPECT_EQ(rig.ask<wire::LiteSConfirmed>(wire::LiteSAuthenticate{90, wire::Block{0x01}, proof}).state[0], 0x01);
    card.pull();
    lab::CardConnection other(std::make_shared<lab::IdmCard>(lab::new_idm()));
    rig.insert(other);
    EXPECT_EQ(rig.ask<wire::Identified>(rig.identify()).references.at(0).type, CardType::idm);
}

TEST(CardWorker, PinsThatFail) {
    CardRig rig;
    rig.start();
    const auto software = piv_card();
    lab::CardConnection card(software);
    rig.insert(card);
    EXPECT_EQ(rig.fault(rig.challenge(CardSlot::piv_9a, "")), CardFault::pin_malformed);
    EXPECT_EQ(rig.fault(rig.challenge(CardSlot::piv_9a, "654321")), CardFault::pin_wrong);
    EXPECT_EQ(rig.fault(rig.challenge(CardSlot::piv_9a, "654321")), CardFault::pin_wrong);
    EXPECT_EQ(rig.fault(rig.challenge(CardSlot::piv_9a, "123456")), CardFault::pin_last_try);
    card.with_card([](lab::Card& c) { dynamic_cast<lab::PivCard&>(c).contents().pin.block(); });
    EXPECT_EQ(rig.fault(rig.challenge(CardSlot::piv_9a, "123456")), CardFault::pin_blocked);
    const std::string log = rig.log();
    for (const char* secret : {"654321", "123456", "313233", "363534", "5a5a5a", "5A5A5A"})
        EXPECT_EQ(log.find(secret), std::string::npos) << log;
}

TEST(CardWorker, RootsOfTheConfiguration) {
    CardRig rig;
    const std::filesystem::path roots = rig.folder() + "/roots";
    std::filesystem::create_directory(roots);
    std::ofstream(roots / "ca.crt", std::ios::binary)
        .write(reinterpret_cast<const char*>(card_ca().certificate().data()), std::ssize(card_ca().certificate()));
    rig.start("[card]\nroots=" + roots.string());
    lab::CardConnection card(piv_card());
    rig.insert(card);
    const wire::ReadCard read{5, CardRig::reader_name(0), rig.counter, CardSlot::none};
    EXPECT_EQ(rig.ask<wire::CardData>(read).chain, wire::ChainState::verified);
    std::ofstream(roots / "bad.crt") << "no certificate";
    EXPECT_EQ(rig.ask<wire::CardData>(read).chain, wire::ChainState::untrusted);
}

TEST(CardWorker, ReadersThatAreNotNamedStayUntouched) {
    CardRig rig;
    rig.start("[devices]\nreaders=" + CardRig::reader_name(0));
    rig.expect_readers(1);
    lab::CardConnection residents(jpki_card()), staff(piv_card());
    ASSERT_TRUE(residents.insert(rig.card_socket(1)).has_value());
    ASSERT_TRUE(residents.wait_until_taken());
    rig.insert(staff, 0);
    EXPECT_EQ(rig.fault(rig.identify(1)), CardFault::gone);
    EXPECT_EQ(residents.counters().apdus, 0U);
}

TEST(CardWorker, OutsideTheLabSoftwareReadersAreNoReaders) {
    CardRig rig;
    rig.start_pcscd();
    rig.launch(Lab::off);
    rig.welcome();
    // PCSCLITE_CSOCK_NAME is scrubbed too, so that it looks at the system's own pcscd, wherever that is.
    EXPECT_TRUE(rig.expect<wire::Readers>().readers.empty());
    lab::CardConnection card(piv_card());
    ASSERT_TRUE(card.insert(rig.card_socket(0)).has_value());
    ASSERT_TRUE(card.wait_until_taken());
    rig.counter = 1;
    EXPECT_EQ(rig.fault(rig.identify()), CardFault::gone);
    EXPECT_EQ(card.counters().apdus, 0U);
}

}  // namespace
}  // namespace sekimori::test
