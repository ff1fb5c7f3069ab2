// SPDX-License-Identifier: Apache-2.0
// Killed at any moment of their writing, the papers of an agent and an authority's directory are as they were before or
// after: a certificate never without its key, a vault never half, and a founding that was not finished is begun anew.
#include <cstring>
#include <filesystem>

#include "crypto/system.hpp"
#include "fleet/agent/papers.hpp"
#include "fleet/authority/chain_log.hpp"
#include "fleet/authority/state.hpp"
#include "fleet/io/files.hpp"
#include "ledger/renewal.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/unit/killed_at_work.hpp"

namespace sekimori::fleet {
namespace {

namespace fs = std::filesystem;

constexpr Millis kNow{1'790'000'000'000};
constexpr Millis kDay = std::chrono::hours{24};
constexpr crypto::ScryptCost kCheap{14, 1, 1};

struct Thing {
    std::uint64_t n{};
    std::uint64_t generation{};
    // The later a thing, the longer its certificate is good.
    [[nodiscard]] Millis until() const { return kNow + 10 * kDay + std::chrono::seconds{n}; }
};

// ---- the agent

class PapersCrash : public testing::Test {
  public:
    using Courses = std::vector<test::Course<PapersCrash, Thing>>;

    void begin_anew() {
        for (const auto& entry : fs::directory_iterator(folder.path())) fs::remove_all(entry);
        const auto request = papers().begin("db:5432", ca.certificate);
        ASSERT_TRUE(request);
        ASSERT_TRUE(papers().finish(certificate(*request, kNow + 5 * kDay)));
    }
    bool open_at_work() { return true; }
    // Whatever the moment: this terminal is a member, and what it has opens the server's door.
    void open_again() {
        ASSERT_TRUE(papers().target(Pair::current));
        const auto pem = read_file(folder.path("ca.pem"), 16 * 1024);
        ASSERT_TRUE(pem);
        for (const char* name : {"tls.pem", "next.pem"}) {
            if (name == std::string("next.pem") && !papers().has(name)) continue;
            const auto both = read_file(folder.path(name), 16 * 1024);
            ASSERT_TRUE(both);
            EXPECT_TRUE(check_certificate(certificate_of_pem(both->span()).value(),
                                          certificate_of_pem(pem->span()).value(), key_of_pem(both->span())->span()))
                << name;
        }
    }
    void close_again() {}

    static Courses courses();

  protected:
    void SetUp() override {
        auto made = make_ca("fleet", kNow - kDay, kNow + 100 * kDay, rng);
        ASSERT_TRUE(made);
        ca = std::move(*made);
    }
    [[nodiscard]] Papers papers() const { return Papers(folder.path()); }
    Bytes certificate(const Bytes& request, Millis until) {
        return issue_for_request(ca, request, {"terminal-" + terminal.hex(), Purpose::client, {}, kNow - kDay, until},
                                 rng)
            .value();
    }
    // In the pair of this name, or in the one that it became.
    [[nodiscard]] bool has_until(Millis until) const { return papers().certificate()->until >= until; }
    [[nodiscard]] bool next_until(Millis until) const {
        const auto pem = read_file(folder.path("next.pem"), 16 * 1024);
        const auto der = pem ? certificate_of_pem(pem->span()) : tl::unexpected<Error>(pem.error());
        return der && facts_of(*der)->until >= until;
    }

    test::TemporaryFolder folder;
    crypto::SystemRng rng;
    KeyPair ca;
    const TerminalId terminal{{1, 2, 3}};
};

PapersCrash::Courses PapersCrash::courses() {
    using Me = PapersCrash;
    using It = const Thing;
    return {
        {"renewal",
         {{"begin", [](Me& me, Thing&) { return me.papers().begin_renewal().has_value(); },
           [](Me& me, It& it) { return me.papers().has("renew.key") || me.has_until(it.until()); }},
          {"take",
           [](Me& me, Thing& it) {
               const auto request = me.papers().begin_renewal();
               const RenewalAnswer answer{1, me.certificate(*request, it.until()), me.ca.certificate};
               return me.papers().take_renewal(encode_tlv_plain(answer).value(), me.terminal, kNow).has_value();
           },
           [](Me& me, It& it) { return me.next_until(it.until()) || me.has_until(it.until()); }},
          {"keep", [](Me& me, Thing&) { return me.papers().keep_next().has_value(); },
           [](Me& me, It& it) { return me.has_until(it.until()); }}}},
        {"join",
         {{"begin and finish",
           [](Me& me, Thing& it) {
               const auto request = me.papers().begin("other:5432", me.ca.certificate);
               return request && me.papers().finish(me.certificate(*request, it.until()));
           },
           [](Me& me, It& it) { return me.has_until(it.until()); }}}},
        {"reach",
         {{"keep",
           [](Me& me, Thing&) {
               me.papers().keep_reach(Bytes(32, 1));
               return true;
           },
           [](Me& me, It&) { return me.papers().reach() == Bytes(32, 1); }}}},
    };
}

TEST_F(PapersCrash, ACertificateIsNeverWithoutItsKeyAndNoneIsLost) {
    test::Killing<PapersCrash, Thing>(*this, courses(), 20261130).run();
}

// ---- the authority

class StateCrash : public testing::Test {
  public:
    using Courses = std::vector<test::Course<StateCrash, Thing>>;

    void begin_anew() {
        for (const auto& entry : fs::directory_iterator(folder.path())) fs::remove_all(entry);
        ASSERT_EQ(mkdir(folder.path("kept").c_str(), 0700), 0);
        ASSERT_TRUE(found(kept(), {"db:5432", "sekimori", "main", kCheap}, passphrase, kNow, rng));
    }
    bool open_at_work() { return true; }
    void open_again() {
        auto read = kept().vault(passphrase);
        ASSERT_TRUE(read) << read.error().message;
        vault = std::move(*read);
        auto seeds = kept().sequencer_keys();
        ASSERT_TRUE(seeds) << seeds.error().message;
        keys = std::move(*seeds);
        // A founding that the blow met half-way is begun anew, in the same directory.
        for (const auto& entry : fs::directory_iterator(folder.path())) {
            const State state(entry.path());
            if (state.identity()) continue;
            ASSERT_EQ(state.identity().error().code, ErrorCode::not_found);
            EXPECT_TRUE(found(state, {"db:5432", "sekimori", "main", kCheap}, passphrase, kNow, rng));
            EXPECT_TRUE(is_whole(state));
            fs::remove_all(entry);
        }
    }
    void close_again() {}

    static Courses courses();

  protected:
    [[nodiscard]] State kept() const { return State(folder.path("kept")); }
    [[nodiscard]] std::string fresh(const Thing& it) const { return folder.path("f" + std::to_string(it.n)); }
    [[nodiscard]] bool is_whole(const State& state) const {
        const auto identity = state.identity();
        const auto seeds = state.sequencer_keys();
        const auto signers = seeds ? signing_keys(*seeds) : tl::unexpected<Error>(seeds.error());
        auto log = ChainLog::open(state.path("chain.log"));
        if (!identity || !signers || !log || !state.vault(passphrase) || !state.target()) return false;
        const auto chain = log->load({identity->ledger, identity->author, std::nullopt});
        return chain && chain->head.seq == 1;
    }

    // Looked at once, since a passphrase is slow, and then out of the way.
    [[nodiscard]] bool was_whole(const Thing& it) {
        if (whole.contains(it.n)) return true;
        if (!is_whole(State(fresh(it)))) return false;
        fs::remove_all(fresh(it));
        whole.insert(it.n);
        return true;
    }

    test::TemporaryFolder folder;
    std::set<std::uint64_t> whole;
    crypto::SystemRng rng;
    Bytes passphrase{'p', 'w'};
    Vault vault;
    SequencerKeys keys;
};

StateCrash::Courses StateCrash::courses() {
    using Me = StateCrash;
    using It = const Thing;
    return {
        {"vault",
         {{"keep",
           [](Me& me, Thing& it) {
               const auto alone = me.kept().lock();
               auto opened = me.kept().vault(me.passphrase);
               if (!alone || !opened || !roll(opened->groups[0], me.rng)) return false;
               it.generation = opened->groups[0].keys.back().generation;
               return me.kept().keep(*opened, me.passphrase, kCheap, me.rng).has_value();
           },
           [](Me& me, It& it) { return me.vault.groups[0].keys.back().generation >= it.generation; }}}},
        {"sequencer's keys",
         {{"keep",
           [](Me& me, Thing& it) {
               auto opened = me.kept().sequencer_keys();
               if (!opened) return false;
               std::memcpy(opened->instance.data(), &it.n, sizeof it.n);
               return me.kept().keep(*opened).has_value();
           },
           [](Me& me, It& it) {
               std::uint64_t n{};
               std::memcpy(&n, me.keys.instance.data(), sizeof n);
               return n >= it.n && signing_keys(me.keys);
           }}}},
        {"fleet",
         {{"found",
           [](Me& me, Thing& it) {
               if (mkdir(me.fresh(it).c_str(), 0700) != 0) return false;
               return found(State(me.fresh(it)), {"db:5432", "sekimori", "main", kCheap}, me.passphrase, kNow, me.rng)
                   .has_value();
           },
           [](Me& me, It& it) { return me.was_whole(it); }}}},
    };
}

TEST_F(StateCrash, NoKeyThatWasKeptIsLost) { test::Killing<StateCrash, Thing>(*this, courses(), 20261201).run(); }

}  // namespace
}  // namespace sekimori::fleet
