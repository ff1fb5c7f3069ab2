// SPDX-License-Identifier: Apache-2.0
// What a server says of a terminal's trail: all of a time's rows and nothing else, or that something is wrong.
#include "fleet/authority/trail_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/system.hpp"

namespace sekimori::fleet {
namespace {

class TrailReader : public ::testing::Test {
  protected:
    // Ten rows, one a second from 1 s on.
    void SetUp() override {
        crypto::SystemRng rng;
        std::optional<crypto::SigningKey> key = std::move(*crypto::SigningKey::generate(rng));
        for (std::uint64_t seq = 1; seq <= 10; ++seq) {
            std::optional<crypto::SigningKey> next = std::move(*crypto::SigningKey::generate(rng));
            TrailRecord record;
            record.seq = seq;
            record.previous = head.hash;
            record.next_key = next->public_key();
            record.wall = seq * 1000;
            record.what = "login";
            kept.push_back({seq, sign_row(record, *key).value()});
            head.seq = seq;
            head.hash = hash_of_row(kept.back().row.bytes);
            key = std::move(next);
        }
    }
    Result<TrailRead> read(Millis since) {
        seen.clear();
        return read_trail(
            [this](std::uint64_t after, std::int32_t most) -> Result<std::vector<KeptRow>> {
                std::vector<KeptRow> rows;
                for (const KeptRow& one : kept)
                    if (one.seq > after && rows.size() < static_cast<std::size_t>(most)) rows.push_back(one);
                if (most == 1 && lie) rows = {*lie};
                return rows;
            },
            head, since,
            [this](const TrailRecord& record) -> Status {
                seen.push_back(record.seq);
                return {};
            });
    }
    std::vector<KeptRow> kept;
    std::optional<KeptRow> lie;  // to the search
    TrailHead head;
    std::vector<std::uint64_t> seen;
};

TEST_F(TrailReader, AllRowsOfATime) {
    for (std::uint64_t since = 0; since <= 11; ++since) {
        const auto all = read(Millis{static_cast<Millis::rep>(since * 1000)});
        ASSERT_TRUE(all);
        EXPECT_EQ(all->wrong, "");
        EXPECT_EQ(all->seq, 10U);
        EXPECT_EQ(all->time, Millis{10'000});
        EXPECT_EQ(seen.size(), 11 - std::max<std::uint64_t>(since, 1)) << since;
    }
}

// Also what stands behind the last head that has come.
TEST_F(TrailReader, BehindAnOlderHead) {
    head.seq = 4;
    head.hash = hash_of_row(kept[3].row.bytes);
    EXPECT_EQ(read(Millis{8000})->wrong, "");
    EXPECT_EQ(seen.size(), 3U);
}

TEST_F(TrailReader, WhoMisleadsTheSearchHidesNothing) {
    TrailRecord old;
    old.seq = 1;
    crypto::SystemRng rng;
    lie = KeptRow{1, sign_row(old, *crypto::SigningKey::generate(rng)).value()};
    EXPECT_EQ(read(Millis{3000})->wrong, "");
    EXPECT_EQ(seen, (std::vector<std::uint64_t>{3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST_F(TrailReader, ARowThatWasChangedOrIsMissing) {
    kept[6].row.bytes.back() ^= 1;
    EXPECT_NE(read(Millis{3000})->wrong, "");
    kept[6].row.bytes.back() ^= 1;
    const KeptRow gone = kept[6];
    kept.erase(kept.begin() + 6);
    EXPECT_EQ(read(Millis{3000})->wrong, "row 7: missing");
    kept.insert(kept.begin() + 6, gone);
    EXPECT_EQ(read(Millis{3000})->wrong, "");
    kept.pop_back();
    EXPECT_NE(read(Millis{3000})->wrong, "") << "the end was kept back";
    kept.clear();
    EXPECT_NE(read(Millis{3000})->wrong, "");
}

}  // namespace
}  // namespace sekimori::fleet
