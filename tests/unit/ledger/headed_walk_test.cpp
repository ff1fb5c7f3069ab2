// SPDX-License-Identifier: Apache-2.0
// A trail that somebody else keeps: no byte of what a terminal signed can be another one, and nothing before its head
// can be missing.
#include "ledger/headed_walk.hpp"

#include "tests/unit/ledger/world.hpp"

namespace sekimori::test {
namespace {

class Headed : public ::testing::Test {
  protected:
    // Rows 1 to 6, each signed by the key that the one before names.
    void SetUp() override {
        std::vector<crypto::SigningKey> keys;
        for (int i = 0; i < 7; ++i) keys.push_back(make_key());
        Hash previous{};
        for (std::uint64_t seq = 1; seq <= 6; ++seq) {
            TrailRecord record;
            record.seq = seq;
            record.previous = previous;
            record.next_key = keys[seq].public_key();
            record.what = "login";
            rows.push_back(sign_row(record, keys[seq - 1]).value());
            previous = hash_of_row(rows.back().bytes);
            hashes.push_back(previous);
        }
    }
    [[nodiscard]] TrailHead head(std::uint64_t seq) const {
        TrailHead head;
        head.seq = seq;
        head.hash = hashes[seq - 1];
        return head;
    }
    // From row `first` on; what was wrong, "" if nothing was.
    std::string walk(const TrailHead& head, std::uint64_t first) const {
        HeadedWalk walk(head);
        for (std::uint64_t seq = first; seq <= rows.size(); ++seq)
            if (const auto row = walk.take(seq, rows[seq - 1]); !row) return row.error().message;
        return walk.met() ? "" : "not met";
    }
    std::vector<SignedRow> rows;
    std::vector<Hash> hashes;
};

TEST_F(Headed, FromAnyRowUpToTheHeadAndBehindIt) {
    for (const std::uint64_t first : {1U, 2U, 4U}) EXPECT_EQ(walk(head(4), first), "") << first;
    EXPECT_EQ(walk(head(6), 6), "");
    EXPECT_NE(walk(head(4), 5), "") << "nothing binds what begins behind the head";
    rows.pop_back();
    EXPECT_EQ(walk(head(6), 1), "not met") << "the end was kept back";
}

// Also of the first row, whose signature nobody here could verify.
TEST_F(Headed, NoByteCanBeAnother) {
    for (std::size_t row = 0; row < rows.size(); ++row)
        for (std::size_t at = 0; at < rows[row].bytes.size(); ++at) {
            rows[row].bytes[at] ^= 1;
            EXPECT_NE(walk(head(4), 1), "") << row << " " << at;
            rows[row].bytes[at] ^= 1;
        }
}

TEST_F(Headed, NoRowCanBeMissingOrAnothersAndNoHeadToo) {
    TrailHead other = head(4);
    other.hash[0] ^= 1;
    EXPECT_NE(walk(other, 1), "");
    std::swap(rows[1], rows[2]);
    EXPECT_NE(walk(head(4), 1), "");
    std::swap(rows[1], rows[2]);
    rows[5].signature[0] ^= 1;
    EXPECT_NE(walk(head(4), 1), "") << "behind the head the keys count";
}

}  // namespace
}  // namespace sekimori::test
