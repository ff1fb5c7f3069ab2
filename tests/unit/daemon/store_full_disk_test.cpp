// SPDX-License-Identifier: Apache-2.0
// A denial on a full disk: a tmpfs of a few megabytes, filled to the last byte, in a mount namespace of a child; and a
// limit on file sizes, which needs no rights at all.
#include <signal.h>
#include <sys/resource.h>

#include <functional>

#include "tests/unit/daemon/store_fixture.hpp"
#include "tests/unit/small_disk.hpp"

namespace sekimori::daemon {
namespace {

using test::fill_disk;
using test::in_child;
using test::kNoMount;
using test::mount_small_disk;

class StoreFullDisk : public StoreTest {
  protected:
    // Returns "" when a card can be denied on a disk without space and stays so. Runs in a child.
    // SQLite tells a missing block as "full", and a limit on the file's size as any other failure to write.
    static bool is_full(ErrorCode code) { return code == ErrorCode::full || code == ErrorCode::io; }
    std::string deny_on_full_disk(const std::function<void()>& fill, const std::function<void()>& make_room) {
        const auto reopen = [&]() -> std::string {
            store.reset();
            auto opened = try_open();
            if (!opened) return "opening: " + opened.error().message;
            store = std::move(*opened);
            return "";
        };
        if (auto told = reopen(); !told.empty()) return told;
        const PersonId person = add_person();
        const CardId first = add_card(person, 1);
        const CardId second = add_card(person, 2);
        fill();
        // The disk is full indeed: nothing that gives goes through.
        for (int i = 0; i < 200; ++i) {
            const auto given = store->load_policy("{\"filler\":\"" + std::string(20000, 'x') + "\"}", {}, by);
            if (!given) {
                if (!is_full(given.error().code)) return "a grant failed otherwise: " + given.error().message;
                break;
            }
            if (i == 199) return "the disk does not get full";
        }
        const auto denied = store->revoke_card(first, DenyReason::lost, by);
        if (!denied) return "revoke: " + denied.error().message;
        if (!denied->changed || !denied->durable) return "the denial is not durable";
        const auto key_denied = store->revoke_key(key(9), DenyReason::stolen, by);
        if (!key_denied || !key_denied->durable) return "the second denial is not durable";
        if (state_of(first) != CardState::revoked) return "the card is not revoked";
        // A restart, the disk still full.
        if (auto told = reopen(); !told.empty()) return told;
        if (state_of(first) != CardState::revoked) return "the card came back after a restart";
        if (!store->card_by_key(key(9))) return "the denial of an unknown card was lost";
        if (state_of(second) != CardState::active) return "another card suffered";
        const auto again = store->revoke_card(first, DenyReason::lost, by);
        if (!again || again->changed || !again->durable) return "the repetition is told wrongly";
        // A grant cannot overtake a denial that has no entry yet.
        if (!store->suspend_card(second, by)->durable) return "the third denial is not durable";
        make_room();
        if (auto done = store->reinstate_card(second, by); !done) return "after making room: " + done.error().message;
        if (auto told = reopen(); !told.empty()) return told;
        if (state_of(first) != CardState::revoked || state_of(second) != CardState::active) return "wrong in the end";
        if (!store->append(event("later"))) return "the trail does not go on";
        const auto check = store->verify_audit({0, 1'000'000, {}});
        if (!check || check->first_bad) return "the trail broke";
        return "";
    }
};

TEST_F(StoreFullDisk, ADenialOnAFullFileSystem) {
    const std::string told = in_child([&]() -> std::string {
        if (auto mounted = mount_small_disk(directory.path()); !mounted.empty()) return mounted;
        return deny_on_full_disk([&] { fill_disk(directory.path()); },
                                 [&] { std::filesystem::remove(directory.path() + "/filler"); });
    });
    if (told == kNoMount)
        GTEST_SKIP() << "needs a mount namespace (root, or user namespaces); the next test covers the rest";
    EXPECT_EQ(told, "");
}

TEST_F(StoreFullDisk, ADenialBeyondALimitOnFileSizes) {
    const std::string told = in_child([&]() -> std::string {
        signal(SIGXFSZ, SIG_IGN);
        const auto limit = [](rlim_t size) {
            const rlimit both{size, RLIM_INFINITY};
            setrlimit(RLIMIT_FSIZE, &both);
        };
        // The reserve is 1 MiB and exists already; the database's log may not grow beyond that.
        return deny_on_full_disk([&] { limit(1 << 20); }, [&] { limit(RLIM_INFINITY); });
    });
    EXPECT_EQ(told, "");
}

TEST_F(StoreFullDisk, TheAuditTrailSaysFullAndGoesOnLater) {
    const std::string told = in_child([&]() -> std::string {
        signal(SIGXFSZ, SIG_IGN);
        open();
        const rlimit small{1 << 17, RLIM_INFINITY};
        setrlimit(RLIMIT_FSIZE, &small);
        ErrorCode code{};
        std::uint64_t written = 0;
        for (int i = 0; i < 1000; ++i) {
            const auto seq = store->append(event("event"));
            if (!seq) {
                code = seq.error().code;
                break;
            }
            written = *seq;
        }
        if (!is_full(code)) return "the disk does not get full";
        const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
        setrlimit(RLIMIT_FSIZE, &none);
        const auto seq = store->append(event("after"));
        if (!seq || *seq != written + 1) return "the trail does not go on";
        const auto check = store->verify_audit({0, 1'000'000, {}});
        return check && !check->first_bad ? "" : "the trail broke: " + check->message;
    });
    EXPECT_EQ(told, "");
}

}  // namespace
}  // namespace sekimori::daemon
