// SPDX-License-Identifier: Apache-2.0
// Backup and both ways back. A restore never lowers a denial.
#include "daemon/store/archive.hpp"
#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {
namespace {

ByteSpan text(std::string_view passphrase) { return crypto::bytes_of(passphrase); }
const ByteSpan kPass = text("correct horse");

class StoreBackup : public StoreTest {
  protected:
    void SetUp() override {
        open();
        person = add_person();
        card = add_card(person, 1, "0123456789abcdef");
        finger = add_finger(person, "left-thumb", "template");
    }
    SecureBytes backup() {
        auto file = store->backup(kPass);
        EXPECT_TRUE(file) << file.error();
        return file ? std::move(*file) : SecureBytes{};
    }
    // A new, empty store on another machine.
    std::unique_ptr<Store> empty() {
        StoreOptions options;
        options.directory = elsewhere.path();
        auto opened = Store::open(std::move(options), clock, rng);
        EXPECT_TRUE(opened);
        return opened ? std::move(*opened) : nullptr;
    }
    TemporaryDirectory elsewhere;
    PersonId person;
    CardId card;
    FingerId finger;
};

TEST_F(StoreBackup, RecreatesTheLedgerOnAnEmptyOne) {
    ASSERT_TRUE(store->suspend_card(card, by));
    ASSERT_TRUE(store->load_policy("{}", {}, by));
    const SecureBytes file = backup();
    auto other = empty();
    const auto restored = other->restore(file.span(), kPass, by);
    ASSERT_TRUE(restored) << restored.error();
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(other->ledger_id(), store->ledger_id());
        EXPECT_EQ(other->head().hash, store->head().hash);
        EXPECT_EQ(other->person_by_login("tanaka")->id, person);
        EXPECT_EQ(other->card(card)->state, CardState::suspended);
        EXPECT_EQ(other->card_secret(card)->view(), "0123456789abcdef");
        EXPECT_EQ(other->finger_data(finger)->view(), "template");
        EXPECT_EQ(other->policy_text(), "{}");
        ASSERT_TRUE(other->append(event("restore")));
        other.reset();
        other = empty();  // opened again
    }
    EXPECT_TRUE(other->reinstate_card(card, by));
}

// Random bytes until they run out: whatever needs some fails from there on.
class Exhausted final : public Rng {
  public:
    explicit Exhausted(int draws) : left(draws) {}
    Status fill(std::span<std::uint8_t> out) override {
        if (left-- <= 0) return fail(ErrorCode::crypto, "no random bytes");
        return system.fill(out);
    }
    int left;
    crypto::SystemRng system;
};

// A denial that found a full disk has no entry when the backup is made.
TEST_F(StoreBackup, ADenialWithoutAnEntryComesBackWithTheCardItNames) {
    close();
    Exhausted dry(1'000);
    auto failing = Store::open(options(), clock, dry);
    ASSERT_TRUE(failing) << failing.error();
    dry.left = 1;  // for the denial's id; none for the entry
    ASSERT_TRUE((*failing)->revoke_card(card, DenyReason::stolen, by));
    dry.left = 1'000;
    const auto file = (*failing)->backup(kPass);
    ASSERT_TRUE(file) << file.error();
    failing->reset();
    bool restored = false;
    for (int draws = 0; !restored; ++draws) {  // the restore breaks off at every step
        const TemporaryDirectory another;
        StoreOptions there;
        there.directory = another.path();
        Exhausted rng_there(1'000);
        auto other = Store::open(std::move(there), clock, rng_there);
        ASSERT_TRUE(other);
        rng_there.left = draws;
        restored = (*other)->restore(file->span(), kPass, by).has_value();
        for (int round = 0; round < 2; ++round) {
            const auto record = (*other)->card(card);
            EXPECT_EQ(record.has_value(), restored) << "half a restore, after " << draws << " draws";
            if (record) EXPECT_EQ(record->state, CardState::revoked) << "after " << draws << " draws";
            other->reset();  // the power is cut
            StoreOptions again;
            again.directory = another.path();
            other = Store::open(std::move(again), clock, rng);
            ASSERT_TRUE(other);
        }
        ASSERT_LT(draws, 100);
    }
}

TEST_F(StoreBackup, NothingIsInClear) {
    const SecureBytes file = backup();
    EXPECT_EQ(file.view().find("tanaka"), std::string_view::npos);
    EXPECT_EQ(file.view().find("template"), std::string_view::npos);
}

TEST_F(StoreBackup, AWrongPassphraseIsToldAsSuch) {
    const SecureBytes file = backup();
    auto other = empty();
    EXPECT_EQ(other->restore(file.span(), text("wrong"), by).error().code, ErrorCode::refused);
    EXPECT_EQ(other->restore(file.span(), {}, by).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(store->backup({}).error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(other->persons().empty());
}

TEST_F(StoreBackup, ADamagedFileIsToldAsSuch) {
    const SecureBytes file = backup();
    auto other = empty();
    for (const std::size_t at :
         {std::size_t{30}, std::size_t{45}, std::size_t{58}, ArchiveHeader::kSize + 5, file.size() - 1}) {
        SecureBytes damaged = file.clone();
        damaged.data()[at] ^= 1;
        EXPECT_EQ(other->restore(damaged.span(), kPass, by).error().code, ErrorCode::corrupt) << at;
    }
    EXPECT_EQ(other->restore(file.span().first(40), kPass, by).error().code, ErrorCode::corrupt);
    EXPECT_EQ(other->restore(file.span().first(file.size() - 1), kPass, by).error().code, ErrorCode::corrupt);
    EXPECT_EQ(other->restore(text("something else altogether"), kPass, by).error().code, ErrorCode::malformed);
    SecureBytes later = file.clone();
    later.data()[17] = 2;
    EXPECT_EQ(other->restore(later.span(), kPass, by).error().code, ErrorCode::unsupported);
    EXPECT_TRUE(other->persons().empty());
}

TEST_F(StoreBackup, ADenialMadeSinceStays) {
    const PersonId second = add_person("suzuki");
    const CardId other_card = add_card(second, 2);
    const SecureBytes file = backup();
    ASSERT_TRUE(store->revoke_card(card, DenyReason::lost, by));
    ASSERT_TRUE(store->revoke_key(key(9), DenyReason::lost, by));
    ASSERT_TRUE(store->suspend_card(other_card, by));
    const auto restored = store->restore(file.span(), kPass, by);
    ASSERT_TRUE(restored) << restored.error();
    open();
    EXPECT_EQ(state_of(card), CardState::revoked);
    EXPECT_EQ(state_of(other_card), CardState::suspended);
    EXPECT_TRUE(store->card_by_key(key(9)));
}

TEST_F(StoreBackup, ARemovedPersonDoesNotComeBack) {
    const SecureBytes file = backup();
    ASSERT_TRUE(store->remove_person(person, by));
    ASSERT_TRUE(store->restore(file.span(), kPass, by));
    open();
    EXPECT_TRUE(store->persons().empty());
    EXPECT_EQ(store->finger_data(finger).error().code, ErrorCode::not_found);
}

// Two stores of one ledger that went different ways, as after a restore of an old backup.
TEST_F(StoreBackup, WhatIsMissingIsMerged) {
    const CardId spare = add_card(person, 5);
    ASSERT_TRUE(store->suspend_card(spare, by));
    const SecureBytes old = backup();
    auto other = empty();
    ASSERT_TRUE(other->restore(old.span(), kPass, by));

    // Here: another person, a renewed finger, a revocation, a reinstatement.
    const PersonId suzuki = add_person("suzuki");
    const CardId new_one = add_card(suzuki, 2, "fedcba9876543210");
    const FingerId new_finger = add_finger(suzuki, "right-thumb", "suzuki's");
    add_finger(person, "left-thumb", "renewed");
    ASSERT_TRUE(store->revoke_key(key(8), DenyReason::stolen, by));
    ASSERT_TRUE(store->revoke_card(card, DenyReason::lost, by));
    ASSERT_TRUE(store->reinstate_card(spare, by));
    ASSERT_TRUE(store->load_policy("{\"newer\":1}", {}, by));
    const SecureBytes fresh = backup();

    const auto merged = other->restore(fresh.span(), kPass, by);
    ASSERT_TRUE(merged) << merged.error();
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(other->person_by_login("suzuki")->id, suzuki);
        EXPECT_EQ(other->person_by_login("suzuki")->accounts.size(), 1U);
        EXPECT_EQ(other->card_secret(new_one)->view(), "fedcba9876543210");
        EXPECT_EQ(other->finger_data(new_finger)->view(), "suzuki's");
        EXPECT_EQ(other->finger_data(finger)->view(), "template");  // the one here stays
        EXPECT_EQ(other->card(card)->state, CardState::revoked);
        EXPECT_TRUE(other->card_by_key(key(8)));
        EXPECT_EQ(other->card(spare)->state, CardState::suspended);  // a reinstatement is not taken over
        EXPECT_EQ(other->policy_text(), "{\"newer\":1}");
        const LedgerHead head = other->head();
        ASSERT_TRUE(other->restore(fresh.span(), kPass, by));
        EXPECT_EQ(other->head().hash, head.hash);
        other.reset();
        other = empty();
    }
}

TEST_F(StoreBackup, AnotherLedgersBackupIsRefusedUnlessEmpty) {
    const SecureBytes file = backup();
    auto other = empty();
    ASSERT_TRUE(other->revoke_key(key(3), DenyReason::lost, by));
    EXPECT_EQ(other->restore(file.span(), kPass, by).error().code, ErrorCode::refused);
    EXPECT_NE(other->ledger_id(), store->ledger_id());
    EXPECT_TRUE(other->card_by_key(key(3)));
}

TEST(Archive, TheHeaderIsWhatTheDocumentSays) {
    ArchiveHeader header;
    header.cost = {15, 8, 1};
    header.salt.fill(0xaa);
    header.check.fill(0xbb);
    Bytes file = crypto::concat({encode_header(header)});
    ASSERT_EQ(file.size(), 61U);
    EXPECT_EQ(std::string(file.begin(), file.begin() + 15), "SEKIMORI BACKUP");
    EXPECT_EQ(file[15], 0);
    EXPECT_EQ(file[17], 1);
    EXPECT_EQ(file[18], 15);
    EXPECT_EQ(file[21], 0xaa);
    EXPECT_EQ(file[37], 0xbb);
    file.resize(file.size() + 28);
    const auto again = parse_header(file);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->cost, header.cost);
    EXPECT_EQ(again->salt, header.salt);
    EXPECT_EQ(again->check, header.check);
}

// A file may not make us work or allocate without end.
TEST(Archive, ACostOutOfBoundsIsRefused) {
    for (const crypto::ScryptCost cost :
         {crypto::ScryptCost{10, 8, 1}, {40, 8, 1}, {20, 200, 1}, {17, 8, 50}, {17, 0, 1}}) {
        ArchiveHeader header;
        header.cost = cost;
        Bytes file = crypto::concat({encode_header(header)});
        file.resize(file.size() + 28);
        EXPECT_EQ(parse_header(file).error().code, ErrorCode::unsupported);
    }
}

TEST(Archive, ContentsThatDoNotParse) {
    EXPECT_FALSE(decode_archive({}));
    const Bytes unknown{9, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    EXPECT_EQ(decode_archive(unknown).error().code, ErrorCode::unsupported);
    const Bytes endless{2, 0xff, 0xff, 0xff, 0xff, 0};
    EXPECT_EQ(decode_archive(endless).error().code, ErrorCode::malformed);
    const Bytes no_keys{0, 0, 0, 0, 0};
    EXPECT_EQ(decode_archive(no_keys).error().code, ErrorCode::malformed);
}

}  // namespace
}  // namespace sekimori::daemon
