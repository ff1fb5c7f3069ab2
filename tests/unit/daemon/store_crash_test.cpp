// SPDX-License-Identifier: Apache-2.0
// Killed at any moment of its writing, the store opens again, verifies, and holds everything that it acknowledged.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "tests/unit/daemon/store_fleet_fixture.hpp"

namespace sekimori::daemon {
namespace {

// A child works, and tells through a pipe what it has been acknowledged, until SIGKILL meets it: some of its writes are
// let through, then the blow falls at a random moment of the one after. `all` grows by what it told.
template <class Done, class Work>
void killed_at_work(std::vector<Done>& all, std::mt19937& random, const Work& work) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        ::close(ends[0]);
        work(ends[1]);
    }
    ::close(ends[1]);
    const std::size_t wanted = all.size() + random() % 12;
    Done done;
    bool ended = false;
    while (!ended && all.size() < wanted) {
        ended = read(ends[0], &done, sizeof done) != sizeof done;
        if (!ended) all.push_back(done);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 4000));
    kill(child, SIGKILL);
    while (read(ends[0], &done, sizeof done) == sizeof done) all.push_back(done);
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
}

// One acknowledged write, as the child tells it through a pipe. Fits into PIPE_BUF: whole or not at all.
struct Done {
    enum class What : std::uint8_t { person, card, revoked, finger, removed, audit, charged } what{};
    std::array<std::uint8_t, 16> id{};
    std::uint64_t number{};
};

class StoreCrash : public StoreTest {
  protected:
    [[noreturn]] void write_until_killed(int pipe, std::uint32_t seed) {
        const auto tell = [&](Done::What what, const auto& id, std::uint64_t number) {
            const Done done{what, id, number};
            if (write(pipe, &done, sizeof done) != sizeof done) _exit(2);
        };
        auto opened = try_open();
        if (!opened) _exit(3);
        store = std::move(*opened);
        std::mt19937 random(seed);
        for (std::uint32_t n = 0;; ++n) {
            std::string login = std::to_string(seed);
            login.append("-").append(std::to_string(n));
            const PersonId person = add_person(login);
            tell(Done::What::person, person.bytes, 0);
            NewCard card = new_card(person, 1);
            for (auto& byte : card.key.bytes) byte = static_cast<std::uint8_t>(random());
            const auto id = store->add_card(std::move(card), by);
            if (!id) _exit(4);
            tell(Done::What::card, id->bytes, 0);
            tell(Done::What::finger, add_finger(person, "left-thumb", login).bytes, 0);
            if (const auto seq = store->append(event("enrol", person))) tell(Done::What::audit, person.bytes, *seq);
            if (!store->set_lockout({LockoutOf::person, person.hex()}, {n % 5, 1, Millis{7}, Millis{1}})) _exit(5);
            tell(Done::What::charged, person.bytes, n % 5);
            if (random() % 2 == 0) {
                const auto denied = store->revoke_card(*id, DenyReason::lost, by);
                if (!denied || !denied->durable) _exit(6);
                tell(Done::What::revoked, id->bytes, 0);
            } else if (random() % 2 == 0) {
                if (!store->remove_person(person, by)) _exit(7);
                tell(Done::What::removed, person.bytes, 0);
            }
        }
    }

    void expect_all(const std::vector<Done>& acknowledged) {
        std::map<std::array<std::uint8_t, 16>, bool> removed;
        for (const Done& done : acknowledged)
            if (done.what == Done::What::removed) removed[done.id] = true;
        for (const Done& done : acknowledged) {
            switch (done.what) {
                case Done::What::person:
                    ASSERT_TRUE(store->person(PersonId{done.id}));
                    break;
                case Done::What::card:
                    ASSERT_TRUE(store->card(CardId{done.id}));
                    break;
                case Done::What::revoked:
                    EXPECT_EQ(state_of(CardId{done.id}), CardState::revoked);
                    break;
                case Done::What::finger:  // of somebody who may be gone by now, acknowledged or not
                    if (const auto data = store->finger_data(FingerId{done.id}); !data)
                        EXPECT_EQ(data.error().code, ErrorCode::not_found) << data.error();
                    break;
                case Done::What::removed:
                    EXPECT_EQ(store->person(PersonId{done.id})->state, PersonState::gone);
                    break;
                case Done::What::charged:
                    EXPECT_EQ(store->lockout({LockoutOf::person, PersonId{done.id}.hex()}).charged, done.number);
                    break;
                case Done::What::audit: {
                    AuditFilter filter;
                    filter.after_seq = done.number - 1;
                    filter.limit = 1;
                    const auto rows = store->audit(filter);
                    ASSERT_TRUE(rows && rows->size() == 1);
                    EXPECT_EQ((*rows)[0].event.subject, PersonId{done.id});
                    break;
                }
            }
        }
        // Everybody who is there can be used: names, finger and card belong together.
        for (const PersonRecord& person : store->persons()) {
            EXPECT_FALSE(person.login.empty());
            for (const FingerRecord& finger : store->fingers_of(person.id)) EXPECT_TRUE(store->finger_data(finger.id));
        }
        const auto check = store->verify_audit({0, 1'000'000, {}});
        ASSERT_TRUE(check);
        EXPECT_FALSE(check->first_bad) << check->message;
    }
};

TEST_F(StoreCrash, EverythingAcknowledgedSurvivesAKill) {
    const int kills = std::getenv("SEKIMORI_SOAK") != nullptr ? 1000 : 30;
    std::mt19937 random(20261122);
    std::vector<Done> acknowledged;
    for (int round = 0; round < kills; ++round) {
        killed_at_work(acknowledged, random,
                       [&](int pipe) { write_until_killed(pipe, static_cast<std::uint32_t>(round + 1)); });
        if (HasFatalFailure()) return;
        auto opened = try_open();
        ASSERT_TRUE(opened) << "round " << round << ": " << opened.error();
        store = std::move(*opened);
        expect_all(acknowledged);
        if (HasFailure()) FAIL() << "round " << round;
        store.reset();
    }
    EXPECT_GT(acknowledged.size(), static_cast<std::size_t>(kills));
}

// The same of a fleet's terminal: what it heard, saved and signed.
struct FleetDone {
    enum class What : std::uint8_t { heard, saved, acknowledged } what{};
    std::uint64_t number{};  // of the link, from 0; saved: the head
};

class FleetCrash : public StoreFleet {
  protected:
    [[noreturn]] void follow_until_killed(int pipe, std::uint32_t seed) {
        const auto tell = [&](FleetDone::What what, std::uint64_t number) {
            const FleetDone done{what, number};
            if (write(pipe, &done, sizeof done) != sizeof done) _exit(2);
        };
        auto opened = try_open();
        if (!opened) _exit(3);
        store = std::move(*opened);
        std::mt19937 random(seed);
        for (;;) {
            const std::uint64_t head = fleet().facts().head.seq;
            const std::uint64_t any = 2 + random() % (world.links.size() - 2);
            const auto heard = fleet().hear(bytes_of(world.links[any].statement));
            if (!heard) _exit(4);
            if (heard->durable) tell(FleetDone::What::heard, any);
            if (heard->durable && fleet().acknowledge(heard->hash, AckOutcome::applied, 0))
                tell(FleetDone::What::acknowledged, any);
            if (head >= world.links.size()) continue;
            if (!take(world.links[head])) _exit(5);
            if (random() % 2 == 0 && fleet().save()) tell(FleetDone::What::saved, head + 1);
        }
    }
    void expect_all(const std::vector<FleetDone>& done) {
        std::set<Hash> acknowledged;
        const auto kept = fleet().acknowledgements();
        ASSERT_TRUE(kept) << kept.error();
        for (const FleetStore::KeptAck& one : *kept) acknowledged.insert(one.denial);
        for (const FleetDone& one : done) {
            if (one.what == FleetDone::What::saved) {
                EXPECT_GE(fleet().facts().head.seq, one.number);
                continue;
            }
            const SignedStatement& denial = world.links[one.number].statement;
            if (one.what == FleetDone::What::acknowledged)
                EXPECT_TRUE(acknowledged.contains(denial.hash()));
            else
                EXPECT_EQ(fleet().hear(bytes_of(denial))->news, News::known) << one.number;
        }
    }
};

TEST_F(FleetCrash, NothingHeardSavedOrSignedIsLostByAKill) {
    join_and_catch_up();
    for (std::uint8_t card = 1; card <= 200; ++card) ASSERT_TRUE(world.place(suspend(card)));
    close();
    const int kills = std::getenv("SEKIMORI_SOAK") != nullptr ? 1000 : 20;
    std::mt19937 random(20261128);
    std::vector<FleetDone> all;
    for (int round = 0; round < kills; ++round) {
        killed_at_work(all, random,
                       [&](int pipe) { follow_until_killed(pipe, static_cast<std::uint32_t>(round + 1)); });
        if (HasFatalFailure()) return;
        open();
        expect_all(all);
        if (HasFailure()) FAIL() << "round " << round;
        close();
    }
    EXPECT_GT(all.size(), static_cast<std::size_t>(kills));
}

}  // namespace
}  // namespace sekimori::daemon
