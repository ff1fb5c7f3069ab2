// SPDX-License-Identifier: Apache-2.0
// What the authority and the agent keep: chain.log, the vault, a fleet's founding, certificates.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "fleet/agent/papers.hpp"
#include "fleet/authority/chain_log.hpp"
#include "fleet/authority/keeping.hpp"
#include "fleet/io/files.hpp"
#include "ledger/renewal.hpp"
#include "tests/unit/ledger/world.hpp"

namespace sekimori::fleet {
namespace {

namespace fs = std::filesystem;
using test::World;

class Keeping : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "sekimori-keeping-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        directory = name;
    }
    void TearDown() override { fs::remove_all(directory); }
    [[nodiscard]] std::string path(const char* name) const { return directory + "/" + name; }
    std::string directory;
    crypto::SystemRng rng;
    static constexpr crypto::ScryptCost kCheap{14, 8, 1};
};

TEST_F(Keeping, TheLogIsReadAsItWasWritten) {
    World world;
    (void)world.join(1, 1);
    (void)world.join(2, 1);
    {
        auto log = ChainLog::open(path("log"));
        ASSERT_TRUE(log);
        EXPECT_EQ(log->load(world.root())->head.seq, 0U);
        ASSERT_TRUE(log->append({world.links[0]}));
        ASSERT_TRUE(log->append({world.links[1], world.links[2]}));
        EXPECT_EQ(ChainLog::open(path("log")).error().code, ErrorCode::busy);
    }
    auto log = ChainLog::open(path("log"));
    ASSERT_TRUE(log);
    const auto chain = log->load(world.root());
    ASSERT_TRUE(chain);
    EXPECT_EQ(chain->head.hash, world.chain.head.hash);
    EXPECT_EQ(log->at(2)->entry.bytes, world.links[1].entry.bytes);
    EXPECT_EQ(log->at(0).error().code, ErrorCode::not_found);
    EXPECT_EQ(log->at(4).error().code, ErrorCode::not_found);
}

TEST_F(Keeping, AnAppendThatWasCutShortIsCutOffWherever) {
    World world;
    (void)world.join(1, 1);
    {
        auto log = ChainLog::open(path("log"));
        ASSERT_TRUE(log && log->load(world.root()) && log->append({world.links[0]}));
    }
    const auto whole = fs::file_size(path("log"));
    {
        auto log = ChainLog::open(path("log"));
        ASSERT_TRUE(log && log->load(world.root()) && log->append({world.links[1]}));
    }
    const auto both = fs::file_size(path("log"));
    for (auto size = both - 1; size > whole; size -= 7) {
        fs::copy_file(path("log"), path("cut"), fs::copy_options::overwrite_existing);
        fs::resize_file(path("cut"), size);
        auto log = ChainLog::open(path("cut"));
        const auto chain = log->load(world.root());
        ASSERT_TRUE(chain) << size;
        EXPECT_EQ(chain->head.seq, 1U);
        ASSERT_TRUE(log->append({world.links[1]}));
        EXPECT_EQ(log->load(world.root())->head.seq, 2U);
    }
}

TEST_F(Keeping, DamageInTheMiddleIsNotCutOff) {
    World world;
    (void)world.join(1, 1);
    (void)world.join(2, 1);
    {
        auto log = ChainLog::open(path("log"));
        ASSERT_TRUE(log && log->load(world.root()) && log->append(world.links));
    }
    const auto before = fs::file_size(path("log"));
    {
        std::fstream file(path("log"), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(100);
        file.put('?');
    }
    auto log = ChainLog::open(path("log"));
    EXPECT_EQ(log->load(world.root()).error().code, ErrorCode::corrupt);
    EXPECT_EQ(fs::file_size(path("log")), before);
}

TEST_F(Keeping, AVaultOpensWithItsPassphraseOnly) {
    Vault vault;
    vault.groups.push_back({test::id_of<GroupId>(1), "main", {}});
    ASSERT_TRUE(roll(vault.groups[0], rng));
    ASSERT_TRUE(roll(vault.groups[0], rng));
    vault.tokens.push_back({test::id_of<TokenId>(2), SecureBytes(Bytes(32, 1)), test::id_of<GroupId>(1), "window", 5});
    const Bytes passphrase{'p', 'w'}, other{'p', 'x'};
    auto sealed = seal_vault(vault, passphrase, kCheap, rng);
    ASSERT_TRUE(sealed);
    auto opened = open_vault(*sealed, passphrase);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->group("main")->keys.back().generation, 2U);
    EXPECT_EQ(opened->tokens[0].name, "window");
    EXPECT_EQ(opened->group("other"), nullptr);
    EXPECT_EQ(open_vault(*sealed, other).error().code, ErrorCode::refused);
    for (std::size_t at = 0; at < sealed->size(); at += 13) {
        Bytes damaged = *sealed;
        damaged[at] ^= 0x10;
        EXPECT_FALSE(open_vault(damaged, passphrase)) << at;
    }
    EXPECT_FALSE(open_vault(ByteSpan(*sealed).first(20), passphrase));
}

TEST_F(Keeping, AFoundingThatWasNotFinishedIsBegunAnew) {
    const State state(directory);
    const Bytes passphrase{'p', 'w'};
    const Founding what{"db:5432", "sekimori", "main", kCheap};
    ASSERT_TRUE(found(state, what, passphrase, Millis{1'790'000'000'000}, rng));
    EXPECT_EQ(found(state, what, passphrase, Millis{1}, rng).error().code, ErrorCode::exists);
    ASSERT_TRUE(fs::remove(path("identity")));
    const auto again = found(state, what, passphrase, Millis{1'790'000'000'000}, rng);
    ASSERT_TRUE(again);
    auto log = ChainLog::open(path("chain.log"));
    EXPECT_EQ(log->load({again->ledger, again->author, std::nullopt})->head.seq, 1U);
    for (const auto& file : fs::directory_iterator(directory))
        EXPECT_EQ(file.status().permissions() & fs::perms(0077), fs::perms::none) << file.path();
    EXPECT_FALSE(found(State(directory + "/none"), what, passphrase, Millis{1}, rng));
}

TEST_F(Keeping, ABackupComesBackAsAnotherInstance) {
    const State state(directory);
    const Bytes passphrase{'p', 'w'}, other{'x'};
    ASSERT_TRUE(found(state, {"db", "sekimori", "main", kCheap}, passphrase, Millis{1'790'000'000'000}, rng));
    EXPECT_EQ(back_up(state, other, path("backup"), rng).error().code, ErrorCode::refused);
    ASSERT_TRUE(back_up(state, passphrase, path("backup"), rng));
    EXPECT_EQ(restore_from(state, passphrase, path("backup"), rng).error().code, ErrorCode::exists);
    ASSERT_TRUE(own_directory(path("copy")));
    const State copy(path("copy"));
    EXPECT_EQ(restore_from(copy, other, path("backup"), rng).error().code, ErrorCode::refused);
    ASSERT_TRUE(restore_from(copy, passphrase, path("backup"), rng));
    EXPECT_EQ(copy.identity()->ledger, state.identity()->ledger);
    EXPECT_NE(copy.sequencer_keys()->instance, state.sequencer_keys()->instance);
    EXPECT_TRUE(SecureBytes::equal(copy.sequencer_keys()->seeds[0].span(), state.sequencer_keys()->seeds[0].span()));
    EXPECT_TRUE(copy.vault(passphrase));
}

TEST_F(Keeping, ACertificateIsKeptIfItIsOfOurKeyAndOurAuthority) {
    const Millis now{1'790'000'000'000};
    const auto ca = make_ca("fleet", now, now + std::chrono::hours{1}, rng);
    const auto stranger = make_ca("fleet", now, now + std::chrono::hours{1}, rng);
    ASSERT_TRUE(ca && stranger);
    Papers papers(directory);
    EXPECT_EQ(papers.target(Pair::current).error().code, ErrorCode::not_found);
    const auto request = papers.begin("db:5432", ca->certificate);
    ASSERT_TRUE(request);
    const Subject subject{"terminal-0", Purpose::client, {}, now, now + std::chrono::hours{1}};
    const auto good = issue_for_request(*ca, *request, subject, rng);
    ASSERT_TRUE(good);
    EXPECT_EQ(papers.finish(issue_for_request(*stranger, *request, subject, rng).value()).error().code,
              ErrorCode::mismatch);
    EXPECT_EQ(papers.finish(issue_pair(*ca, subject, rng)->certificate).error().code, ErrorCode::mismatch);
    EXPECT_FALSE(papers.finish(Bytes{1, 2, 3}));
    EXPECT_EQ(papers.target(Pair::current).error().code, ErrorCode::not_found);
    ASSERT_TRUE(papers.finish(*good));
    EXPECT_EQ(papers.target(Pair::current)->role, "sekimori_terminal");
    papers.forget();
    EXPECT_TRUE(fs::is_empty(directory));
    Bytes damaged = *request;
    damaged[damaged.size() - 3] ^= 1;
    EXPECT_FALSE(issue_for_request(*ca, damaged, subject, rng));
    EXPECT_FALSE(issue_for_request(*ca, ByteSpan(*request).first(request->size() - 1), subject, rng));
}

// Renewals, from the agent's side (renewal of the papers as a whole: tests/fleet/agent_test.py).
class Renewals : public Keeping {
  protected:
    static constexpr Millis kNow{1'790'000'000'000};
    static constexpr Millis kDay = std::chrono::hours{24};
    const TerminalId terminal{{1, 2, 3}};
    const std::string name = "terminal-" + terminal.hex();

    void SetUp() override {
        Keeping::SetUp();
        auto made = make_ca("fleet", kNow - kDay, kNow + 100 * kDay, rng);
        ASSERT_TRUE(made);
        ca = std::move(*made);
        const auto request = papers().begin("db:5432", ca.certificate);
        ASSERT_TRUE(request);
        ASSERT_TRUE(papers().finish(certificate(*request, kNow + 10 * kDay)));
    }
    [[nodiscard]] Papers papers() const { return Papers(directory); }
    Bytes certificate(const Bytes& request, Millis until) {
        return issue_for_request(ca, request, {name, Purpose::client, {}, kNow - kDay, until}, rng).value();
    }
    static Bytes answer(Bytes certificate, Bytes ca_certificate) {
        return encode_tlv_plain(RenewalAnswer{1, std::move(certificate), std::move(ca_certificate)}).value();
    }
    KeyPair ca;
};

TEST_F(Renewals, TheNextPairWaitsUntilItWasSeenToWork) {
    const auto request = papers().begin_renewal();
    ASSERT_TRUE(request);
    const auto again = papers().begin_renewal();  // of the same key, whatever happened in between
    ASSERT_TRUE(again);
    ASSERT_TRUE(papers().take_renewal(answer(certificate(*again, kNow + 20 * kDay), ca.certificate), terminal, kNow));
    EXPECT_EQ(papers().certificate()->until, kNow + 10 * kDay);
    EXPECT_EQ(papers().target(Pair::next)->key, path("next.pem"));
    ASSERT_TRUE(papers().keep_next());
    EXPECT_EQ(papers().certificate()->until, kNow + 20 * kDay);
    EXPECT_EQ(papers().target(Pair::next).error().code, ErrorCode::not_found);
    EXPECT_EQ(papers().target(Pair::current)->key, path("tls.pem"));
    EXPECT_FALSE(fs::exists(path("renew.key")));
    // Both in one file, for both of libpq's questions.
    const auto both = read_file(path("tls.pem"), 16 * 1024);
    ASSERT_TRUE(both);
    EXPECT_TRUE(
        check_certificate(certificate_of_pem(both->span()).value(), ca.certificate, key_of_pem(both->span())->span()));
}

TEST_F(Renewals, AnAnswerForAnotherKeyNameOrTimeChangesNothing) {
    const auto request = papers().begin_renewal();
    const auto other = make_request();
    const auto stranger = make_ca("fleet", kNow - kDay, kNow + 200 * kDay, rng);
    ASSERT_TRUE(request && other && stranger);
    const Millis later = kNow + 20 * kDay;
    const auto refused = [&](const Bytes& bytes, const TerminalId& as, Millis now) {
        return papers().take_renewal(bytes, as, now).error().code;
    };
    EXPECT_EQ(refused(answer(certificate(other->request, later), ca.certificate), terminal, kNow), ErrorCode::mismatch);
    EXPECT_EQ(refused(answer(certificate(*request, later), ca.certificate), TerminalId{{9}}, kNow),
              ErrorCode::mismatch);
    EXPECT_EQ(refused(answer(certificate(*request, later), stranger->certificate), terminal, kNow),
              ErrorCode::mismatch);
    EXPECT_EQ(refused(answer(certificate(*request, kNow + 10 * kDay), ca.certificate), terminal, kNow),
              ErrorCode::mismatch);
    EXPECT_EQ(refused(answer(certificate(*request, later), ca.certificate), terminal, later), ErrorCode::mismatch);
    EXPECT_EQ(refused(answer(certificate(*request, later), {}), terminal, kNow), ErrorCode::malformed);
    EXPECT_EQ(refused(Bytes{1, 2, 3}, terminal, kNow), ErrorCode::malformed);
    const auto by_stranger =
        issue_for_request(*stranger, *request, {name, Purpose::client, {}, kNow, later}, rng).value();
    EXPECT_EQ(refused(answer(by_stranger, ca.certificate), terminal, kNow), ErrorCode::mismatch);
    EXPECT_FALSE(fs::exists(path("next.pem")));
    EXPECT_EQ(papers().certificate()->until, kNow + 10 * kDay);
}

TEST_F(Renewals, AnAuthorityThatGoesOnIsTakenWithTheAnswerAndAnOlderOneIsNot) {
    auto fresh = renew_ca(ca, kNow, kNow + 1000 * kDay, rng);
    ASSERT_TRUE(fresh);
    EXPECT_TRUE(check_ca(*fresh, ca.certificate));
    EXPECT_EQ(facts_of(*fresh)->name, "fleet");
    const Bytes old = std::exchange(ca.certificate, *fresh);
    const auto request = papers().begin_renewal();
    ASSERT_TRUE(request);
    ASSERT_TRUE(papers().take_renewal(answer(certificate(*request, kNow + 500 * kDay), *fresh), terminal, kNow));
    const auto kept = [&] { return certificate_of_pem(read_file(path("ca.pem"), 16 * 1024)->span()).value(); };
    EXPECT_EQ(kept(), *fresh);
    // What was signed before is good under it, and the other way round.
    const auto pair = read_file(path("tls.pem"), 16 * 1024);
    EXPECT_TRUE(check_certificate(certificate_of_pem(pair->span()).value(), *fresh, key_of_pem(pair->span())->span()));
    ASSERT_TRUE(papers().take_renewal(answer(certificate(*request, kNow + 600 * kDay), old), terminal, kNow));
    EXPECT_EQ(kept(), *fresh);
}

TEST_F(Renewals, AKeyThatLayBesideItGoesWithTheNextPair) {
    const auto pair = read_file(path("tls.pem"), 16 * 1024);
    const auto pem = pem_of_certificate(certificate_of_pem(pair->span()).value());
    const auto key = pem_of_key(key_of_pem(pair->span())->span());
    ASSERT_TRUE(write_file(path("tls.pem"), crypto::bytes_of(*pem)) && write_file(path("tls.key"), key->span()));
    EXPECT_EQ(papers().target(Pair::current)->key, path("tls.key"));
    const auto request = papers().begin_renewal();
    ASSERT_TRUE(request);
    ASSERT_TRUE(papers().take_renewal(answer(certificate(*request, kNow + 20 * kDay), ca.certificate), terminal, kNow));
    ASSERT_TRUE(papers().keep_next());
    EXPECT_EQ(papers().target(Pair::current)->key, path("tls.pem"));
    EXPECT_FALSE(fs::exists(path("tls.key")));
}

}  // namespace
}  // namespace sekimori::fleet
