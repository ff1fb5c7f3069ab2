// SPDX-License-Identifier: Apache-2.0
// A whole broker but for its devices: real store, connections, queue and worker links. The test plays both workers and
// the clients over real sockets, and turns the loop.
#pragma once

#include <glib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <list>
#include <map>

#include "core/build.hpp"
#include "daemon/adapters/felica_keys.hpp"
#include "daemon/auth/connection.hpp"
#include "tests/unit/core/proofs.hpp"
#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {

class RigAccounts final : public AccountDirectory {
  public:
    std::optional<std::uint32_t> uid_of(const std::string& account) override {
        ++look_ups;
        const auto found = uids.find(account);
        return found == uids.end() ? std::nullopt : std::optional(found->second);
    }
    std::vector<std::string> groups_of(const std::string& account) override { return groups[account]; }
    std::map<std::string, std::uint32_t> uids{{"tanaka", 1000}, {"tanaka-adm", 1001}, {"sato", 1002}};
    std::map<std::string, std::vector<std::string>> groups;
    int look_ups{0};
};

class AuthRig : public StoreTest {
  protected:
    static void SetUpTestSuite() { (void)setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1); }
    void SetUp() override {
        open();
        tanaka = add_person("tanaka");
        (void)add_finger(tanaka, "right-index-finger", "template");
        (void)add_finger(tanaka, "left-index-finger", "template");
        card = add_card(tanaka, 1);
        Config config;
        config.lab = LabMode::on;  // no logind here
        const std::string card_path = directory.path() + "/card.sock";
        const std::string finger_path = directory.path() + "/finger.sock";
        cards = std::make_unique<CardClient>(
            WorkerLinkOptions{wire::WorkerClass::card, card_path, std::move(*listen_at(card_path, 0600)), nullptr});
        fingers = std::make_unique<FingerClient>(WorkerLinkOptions{wire::WorkerClass::finger, finger_path,
                                                                   std::move(*listen_at(finger_path, 0600)), nullptr},
                                                 [] {});
        broker.reset(new Broker{config,
                                clock,
                                rng,
                                signatures,
                                lite_s,
                                keys,
                                accounts,
                                *store,
                                *cards,
                                *fingers,
                                default_policy(),
                                "",
                                {},
                                {},
                                {},
                                {},
                                {},
                                {}});
        broker->terminal = test::id_of<TerminalId>(1);
        broker->refresh_ledger();
        start_card_worker();
        start_finger_worker();
    }
    void TearDown() override {
        connections.clear();
        settle();
        broker.reset();
    }

    // --- the loop
    template <class Done>
    [[nodiscard]] bool turn_until(Done done) {
        bool late = false;
        const Source limit = after(std::chrono::seconds{10}, [&] { late = true; });
        bool is_done = done();
        while (!is_done && !late) {
            g_main_context_iteration(nullptr, TRUE);
            is_done = done();
        }
        return is_done;
    }
    // Everything that is due now, what it leads to included.
    void settle() {
        for (int quiet = 0; quiet < 5;) {
            quiet = g_main_context_iteration(nullptr, FALSE) != FALSE ? 0 : quiet + 1;
            if (quiet > 0) g_usleep(1000);  // a timer of 0 ms is due a moment later
        }
    }
    // The next message of a channel, which must be a T.
    template <class T>
    T expect(Channel& from) {
        std::optional<SecureBytes> bytes;
        const bool came = turn_until([&] {
            auto next = from.receive(std::nullopt);
            if (next) bytes = std::move(*next);
            return bytes.has_value();
        });
        EXPECT_TRUE(came) << "no message of type " << static_cast<int>(T::kType);
        if (!came) return {};
        auto message = wire::decode<T>(bytes->span());
        EXPECT_TRUE(message) << message.error() << ", type " << wire::type_of(bytes->span()).value_or(0);
        return message ? std::move(*message) : T{};
    }
    // Whether nothing comes when everything that is due was done.
    [[nodiscard]] bool silent(Channel& from) {
        settle();
        const auto next = from.receive(std::nullopt);
        return !next && next.error().code == ErrorCode::busy;
    }

    // --- workers
    void start_card_worker(std::vector<wire::Reader> readers = {{"one"}, {"two"}}) {
        card_worker = *Channel::connect(directory.path() + "/card.sock", std::chrono::seconds{5});
        ASSERT_TRUE(card_worker.send(wire::WorkerHello{wire::WorkerClass::card, kBuild}));
        (void)expect<wire::WorkerWelcome>(card_worker);
        ASSERT_TRUE(card_worker.send(wire::Readers{std::move(readers)}));
        settle();
    }
    void start_finger_worker() {
        finger_worker = *Channel::connect(directory.path() + "/finger.sock", std::chrono::seconds{5});
        ASSERT_TRUE(finger_worker.send(wire::WorkerHello{wire::WorkerClass::finger, kBuild}));
        (void)expect<wire::WorkerWelcome>(finger_worker);
        ASSERT_TRUE(finger_worker.send(wire::Scanners{{wire::Scanner{"virtual_image", "scanner-0", "", 5, {}, {}}}}));
        settle();
    }
    void insert(const std::string& reader = "one", std::uint32_t counter = 1) {
        ASSERT_TRUE(card_worker.send(wire::CardPresent{reader, counter}));
    }
    static wire::Identified says(wire::Request request, std::uint8_t n = 1) {
        wire::CardReference reference;
        reference.type = CardType::piv;
        reference.slot = CardSlot::piv_9e;
        reference.key = key(n);
        return {request, {reference}};
    }
    // The card is there, says who it is and signs.
    void prove_card() {
        const auto identify = expect<wire::Identify>(card_worker);
        ASSERT_TRUE(card_worker.send(says(identify.request)));
        const auto challenge = expect<wire::SignChallenge>(card_worker);
        ASSERT_TRUE(card_worker.send(wire::SignedChallenge{challenge.request, {1}}));
    }
    // The gallery came and the sensor is live.
    wire::Request arm() {
        (void)expect<wire::GalleryItem>(finger_worker);
        (void)expect<wire::GalleryItem>(finger_worker);
        const auto verify = expect<wire::Verify>(finger_worker);
        EXPECT_TRUE(finger_worker.send(wire::Armed{verify.request}));
        return verify.request;
    }

    // --- clients
    Channel connect(Rank rank = Rank::root, uid_t uid = 0) {
        auto pair = *Channel::pair();
        Caller caller;
        caller.peer = {uid, 0, getpid()};
        caller.pidfd.reset(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
        caller.rank = rank;
        connections.push_back(std::make_unique<Connection>(
            *broker, std::move(pair.first), std::move(caller),
            [this](Connection* one) { connections.remove_if([&](const auto& other) { return other.get() == one; }); }));
        EXPECT_TRUE(pair.second.send(wire::Hello{}));
        (void)expect<wire::Welcome>(pair.second);
        return std::move(pair.second);
    }
    static wire::Begin begin(const std::string& service, const std::string& user = "tanaka",
                             wire::Intent intent = wire::Intent::login) {
        wire::Begin message;
        message.service = service;
        message.user = user;
        message.intent = intent;
        message.tty = "tty1";
        return message;
    }
    MessageId prompt(Channel& client) { return expect<wire::Prompt>(client).id; }
    std::vector<AuditRow> trail() const { return store->audit({}).value_or(std::vector<AuditRow>{}); }

    test::FakeSignatures signatures;
    FelicaVerifier lite_s;
    FelicaKeyFile keys{*FelicaKeyFile::load("")};
    RigAccounts accounts;
    std::unique_ptr<CardClient> cards;
    std::unique_ptr<FingerClient> fingers;
    std::unique_ptr<Broker> broker;
    std::list<std::unique_ptr<Connection>> connections;
    Channel card_worker, finger_worker;
    PersonId tanaka;
    CardId card;
};

}  // namespace sekimori::daemon
