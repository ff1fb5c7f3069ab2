// SPDX-License-Identifier: Apache-2.0
// A member's broker without devices or sessions, its Fleet, and the agent, which the test plays over the real socket.
#pragma once

#include <glib.h>

#include "core/build.hpp"
#include "crypto/verifier.hpp"
#include "daemon/adapters/felica_keys.hpp"
#include "daemon/fleet/fleet.hpp"
#include "tests/unit/daemon/store_fleet_fixture.hpp"

namespace sekimori::daemon {

class FleetRig : public StoreFleet {
  protected:
    void SetUp() override {
        become_member();
        admit();
        catch_up();
        start();
    }
    void TearDown() override {
        agent = Channel();
        fleet_end.reset();
        broker.reset();
    }

    void start() {
        cards.reset();  // their sockets are free then
        fingers.reset();
        const std::string card_path = directory.path() + "/card.sock";
        const std::string finger_path = directory.path() + "/finger.sock";
        cards = std::make_unique<CardClient>(
            WorkerLinkOptions{wire::WorkerClass::card, card_path, listen_at(card_path, 0600).value(), nullptr});
        fingers = std::make_unique<FingerClient>(
            WorkerLinkOptions{wire::WorkerClass::finger, finger_path, listen_at(finger_path, 0600).value(), nullptr},
            [] {});
        const Config config;
        // An aggregate with braces, which make_unique does not take. NOLINTNEXTLINE(modernize-make-unique)
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
        broker->refresh_ledger();
        fleet_end = std::make_unique<Fleet>(
            *broker, WorkerLinkOptions{wire::WorkerClass::fleet, socket(), listen_at(socket(), 0600).value(), nullptr});
        broker->fleet = fleet_end.get();
    }
    std::string socket() const { return directory.path() + "/fleet.sock"; }

    // --- the agent
    wire::FleetState greet() {
        agent = *Channel::connect(socket(), std::chrono::seconds{5});
        EXPECT_TRUE(agent.send(wire::WorkerHello{wire::WorkerClass::fleet, kBuild}));
        (void)expect<wire::WorkerWelcome>();
        return expect<wire::FleetState>();
    }
    void link(wire::LinkIs state) {
        ASSERT_TRUE(agent.send(wire::LinkState{state, "server", 0, ""}));
        settle();
    }
    void up() {
        (void)greet();
        link(wire::LinkIs::up);
    }
    template <class T>
    void say(const T& message) {
        ASSERT_TRUE(agent.send(message));
        settle();
    }
    void say_entry(const Link& link) { say(wire::EntryCame{bytes_of(link.entry), bytes_of(link.statement)}); }
    void say_denial(const SignedStatement& denial) { say(wire::DenialHeard{bytes_of(denial)}); }

    // Everything that is due now, what it leads to included.
    static void settle() {
        for (int quiet = 0; quiet < 5;) {
            quiet = g_main_context_iteration(nullptr, FALSE) != FALSE ? 0 : quiet + 1;
            if (quiet > 0) g_usleep(1000);  // a timer of 0 ms is due a moment later
        }
    }
    // Messages that came, without those of another type before the first T.
    template <class T>
    T expect() {
        bool late = false;
        const Source limit = after(std::chrono::seconds{10}, [&] { late = true; });
        while (!late) {
            g_main_context_iteration(nullptr, FALSE);
            const auto bytes = agent.receive(std::nullopt);
            if (!bytes && bytes.error().code != ErrorCode::busy) break;
            if (!bytes || wire::type_of(bytes->span()).value_or(0) != static_cast<std::uint16_t>(T::kType)) continue;
            auto message = wire::decode<T>(bytes->span());
            EXPECT_TRUE(message) << message.error();
            return message ? std::move(*message) : T{};
        }
        ADD_FAILURE() << "no message of type " << static_cast<int>(T::kType);
        return {};
    }
    // Types of all that is there.
    std::vector<wire::MessageType> heard() {
        settle();
        std::vector<wire::MessageType> types;
        while (const auto bytes = agent.receive(std::nullopt))
            types.push_back(static_cast<wire::MessageType>(wire::type_of(bytes->span()).value_or(0)));
        return types;
    }
    bool hears(wire::MessageType type) {
        const auto types = heard();
        return std::ranges::find(types, type) != types.end();
    }
    bool cut_off() {
        settle();
        for (;;) {
            const auto bytes = agent.receive(std::nullopt);
            if (!bytes) return bytes.error().code == ErrorCode::gone;
        }
    }
    Acknowledgement opened(const wire::Acknowledge& ack) {
        const auto record = open_record<Acknowledgement>(ack.record, mine.sign.public_key(), world.ledger);
        EXPECT_TRUE(record) << record.error();
        return record.value_or(Acknowledgement{});
    }
    // A person with a card, as the fleet sees it after this terminal's registrar enrolled them.
    CardId enrolled() {
        world.delegate(mine.sign, AdminRole::admin);
        catch_up();
        store->fleet()->reach(FleetStore::Reach::yes);
        const PersonId person = add_person();
        place_outbox();
        const CardId card = add_card(person);
        place_outbox();
        return card;
    }
    std::size_t recorded(const std::string& what) {
        std::size_t found = 0;
        const auto rows = store->audit({}).value();
        for (const AuditRow& row : rows) found += row.event.what == what ? 1U : 0U;
        return found;
    }

    class NoAccounts final : public AccountDirectory {
      public:
        std::optional<std::uint32_t> uid_of(const std::string&) override { return 1000; }
        std::vector<std::string> groups_of(const std::string&) override { return {}; }
    };
    crypto::OpenSslVerifier signatures;
    FelicaVerifier lite_s;
    FelicaKeyFile keys{*FelicaKeyFile::load("")};
    NoAccounts accounts;
    std::unique_ptr<CardClient> cards;
    std::unique_ptr<FingerClient> fingers;
    std::unique_ptr<Broker> broker;
    std::unique_ptr<Fleet> fleet_end;
    Channel agent;
};

}  // namespace sekimori::daemon
