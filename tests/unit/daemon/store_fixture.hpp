// SPDX-License-Identifier: Apache-2.0
// A store in a directory of its own, with a clock that stands and random bytes from the system.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "crypto/system.hpp"
#include "daemon/store/store.hpp"

namespace sekimori {

inline std::ostream& operator<<(std::ostream& out, const Error& error) {
    return out << name_of(error.code) << ": " << error.message;
}

}  // namespace sekimori

namespace sekimori::daemon {

class StillClock final : public Clock {
  public:
    Instant now() override { return at; }
    Instant at{{1}, Millis{1'000'000}, Millis{1'790'000'000'000}, WallQuality::good};
};

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string pattern = std::filesystem::temp_directory_path() / "sekimori-store-XXXXXX";
        path_ = mkdtemp(pattern.data());
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

class StoreTest : public testing::Test {
  protected:
    StoreOptions options() const {
        StoreOptions options;
        options.directory = directory.path();
        options.witness = witness;
        options.backup_cost = 14;
        return options;
    }
    Result<std::unique_ptr<Store>> try_open() { return Store::open(options(), clock, rng); }
    void open() {
        store.reset();
        auto opened = try_open();
        ASSERT_TRUE(opened) << opened.error();
        store = std::move(*opened);
    }
    void close() { store.reset(); }

    PersonId add_person(const std::string& login = "tanaka") {
        NewPerson person;
        person.login = login;
        person.name = "田中 太郎";
        person.accounts = {{login, "local", 1000}};
        auto id = store->add_person(std::move(person), by);
        EXPECT_TRUE(id) << id.error();
        return id.value_or(PersonId{});
    }
    static CardKey key(std::uint8_t n) {
        CardKey key;
        key.bytes.fill(n);
        return key;
    }
    CardId add_card(const PersonId& person, std::uint8_t n = 1, std::string_view secret = {}) {
        auto id = store->add_card(new_card(person, n, secret), by);
        EXPECT_TRUE(id) << id.error();
        return id.value_or(CardId{});
    }
    static NewCard new_card(const PersonId& person, std::uint8_t n, std::string_view secret = {}) {
        NewCard card;
        card.person = person;
        card.type = secret.empty() ? CardType::piv : CardType::lite_s;
        card.slot = secret.empty() ? CardSlot::piv_9e : CardSlot::none;
        card.key = key(n);
        card.spki = {1, 2, 3};
        card.scheme = 2;
        card.secret = SecureBytes(std::span(reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size()));
        return card;
    }
    FingerId add_finger(const PersonId& person, const std::string& finger, std::string_view data) {
        NewFinger one;
        one.person = person;
        one.finger = finger;
        one.driver = "virtual_image";
        one.device_id = "scanner-0";
        one.stages = 5;
        one.data = SecureBytes(std::span(reinterpret_cast<const std::uint8_t*>(data.data()), data.size()));
        auto id = store->add_finger(std::move(one), by);
        EXPECT_TRUE(id) << id.error();
        return id.value_or(FingerId{});
    }
    static AuditEvent event(const std::string& what, std::optional<PersonId> subject = {}) {
        AuditEvent event;
        event.what = what;
        event.subject = subject;
        event.success = true;
        return event;
    }
    // The whole trail, slice by slice as the command does it.
    AuditCheck verify(std::vector<KeptHead> heads = {}, std::size_t limit = 3) const {
        AuditSlice slice{0, limit, std::move(heads)};
        for (;;) {
            const auto check = store->verify_audit(slice);
            EXPECT_TRUE(check) << check.error();
            if (!check || !check->more) return check.value_or(AuditCheck{});
            EXPECT_GT(check->seq, slice.after);
            slice.after = check->seq;
        }
    }
    CardState state_of(const CardId& id) const {
        const auto card = store->card(id);
        return card ? card->state : CardState::destroyed;
    }

    TemporaryDirectory directory;
    std::string witness;
    StillClock clock;
    crypto::SystemRng rng;
    Actor by{std::nullopt, "tty1"};
    std::unique_ptr<Store> store;
};

}  // namespace sekimori::daemon
