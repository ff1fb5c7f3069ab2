// SPDX-License-Identifier: Apache-2.0
// An export that is verified without a broker: every change of it is found.
#include "admin/trail_export.hpp"

#include <glib.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>

#include "admin/csv.hpp"
#include "crypto/system.hpp"
#include "tests/unit/admin/fake_broker.hpp"

namespace sekimori::admin {
namespace {

std::string base64(ByteSpan bytes) {
    gchar* text = g_base64_encode(bytes.data(), bytes.size());
    std::string copy(text);
    g_free(text);
    return copy;
}

// A trail of four rows as audit.list gives it.
class TrailExport : public ::testing::Test {
  protected:
    void SetUp() override {
        auto key = *crypto::SigningKey::generate(rng);
        Hash previous{};
        for (std::uint64_t seq = 1; seq <= 4; ++seq) {
            auto next = *crypto::SigningKey::generate(rng);
            TrailRecord record;
            record.seq = seq;
            record.previous = previous;
            record.next_key = next.public_key();
            record.wall = 1'775'001'600'123;
            record.what = "login";
            record.where = "tty1";
            record.reason = seq == 2 ? "=no, \"match\"" : seq == 3 ? "'=granted" : "granted";
            record.boot_id = {7};
            record.success = seq == 2 ? 0 : 1;
            const auto row = *sign_row(record, key);
            Json event{{"seq", seq},
                       {"time", "2026-04-01T00:00:00.123Z"},
                       {"who", nullptr},
                       {"what", "login"},
                       {"where", "tty1"},
                       {"result", seq == 2 ? "failure" : "success"},
                       {"reason", record.reason},
                       {"card", nullptr},
                       {"service", ""},
                       {"boot", to_hex(record.boot_id)},
                       {"row", base64(row.bytes)},
                       {"signature", base64(row.signature)}};
            if (seq == 1) event["signer"] = base64(key.public_key());
            events.push_back(std::move(event));
            previous = hash_of_row(row.bytes);
            key = std::move(next);
        }
        head = to_hex(previous);
    }
    static Bytes bytes_of(const Json& event) {
        gsize size = 0;
        guchar* raw = g_base64_decode(event["row"].get_ref<const std::string&>().c_str(), &size);
        Bytes bytes(raw, raw + size);
        g_free(raw);
        return bytes;
    }
    static ExportCheck walk(const std::vector<Json>& events, std::vector<Head> heads = {}) {
        ExportWalk one(std::move(heads));
        for (const Json& event : events)
            if (!one.take(event)) break;
        return one.end();
    }
    crypto::SystemRng rng;
    std::vector<Json> events;
    std::string head;
};

TEST_F(TrailExport, AWholeOneIsGood) {
    const ExportCheck check = walk(events, {{4, head}});
    EXPECT_FALSE(check.first_bad) << check.reason;
    EXPECT_EQ(check.last, 4);
    EXPECT_EQ(check.hash, head);
}

TEST_F(TrailExport, WhateverIsChangedIsFound) {
    const auto with = [&](std::size_t at, const char* key, const Json& value) {
        auto changed = events;
        changed[at][key] = value;
        return walk(changed).first_bad;
    };
    EXPECT_EQ(with(1, "result", "success"), 2);
    EXPECT_EQ(with(1, "reason", "granted"), 2);
    EXPECT_EQ(with(2, "who", std::string(32, 'a')), 3);
    EXPECT_EQ(with(2, "boot", std::string(32, '0')), 3);
    EXPECT_EQ(with(2, "time", "2026-04-02T00:00:00.123Z"), 3);
    EXPECT_EQ(with(2, "row", events[1]["row"]), 3);
    EXPECT_EQ(with(3, "signature", events[1]["signature"]), 4);
    EXPECT_EQ(with(0, "signer", base64(std::array<std::uint8_t, 32>{})), 1);
    EXPECT_EQ(with(1, "row", "no base64"), 2);
    auto cut = events;
    cut.erase(cut.begin() + 1);
    EXPECT_EQ(walk(cut).first_bad, 2);
    auto swapped = events;
    std::swap(swapped[1], swapped[2]);
    EXPECT_EQ(walk(swapped).first_bad, 2);
}

// That its end was cut off is seen by a head that was kept elsewhere, and by that alone.
TEST_F(TrailExport, ACutOffEnd) {
    auto shorter = events;
    shorter.pop_back();
    EXPECT_FALSE(walk(shorter).first_bad);
    EXPECT_EQ(walk(shorter, {{4, head}}).first_bad, 4);
    EXPECT_EQ(walk(events, {{4, std::string(64, 'a')}}).first_bad, 4);
    EXPECT_EQ(walk({}).first_bad, 1);
}

// A chain of somebody else's, or of another stretch: a head from before says nothing about it, and that is no proof.
TEST_F(TrailExport, AHeadThatCannotBeComparedIsNoProof) {
    auto later = events;
    const std::string signer = base64(decode_tlv<TrailRecord>(bytes_of(events[1]))->next_key);
    later.erase(later.begin(), later.begin() + 2);
    later[0]["signer"] = signer;
    EXPECT_FALSE(walk(later).first_bad);
    EXPECT_EQ(walk(later, {{1, std::string(64, 'a')}}).first_bad, 3);
    // The head right before it stands in its first row.
    const std::string before = to_hex(hash_of_row(bytes_of(events[1])));
    EXPECT_EQ(walk(later, {{1, std::string(64, 'a')}, {2, before}}).compared, 1U);
    EXPECT_FALSE(walk(later, {{2, before}}).first_bad);
    EXPECT_EQ(walk(later, {{2, std::string(64, 'a')}}).first_bad, 3);
    EXPECT_FALSE(walk(later, {{1, std::string(64, 'a')}, {4, head}}).first_bad);
}

TEST_F(TrailExport, TheCommandReadsBothForms) {
    std::string name = "/tmp/sekimori-export-XXXXXX";
    const UniqueFd fd(mkstemp(name.data()));
    ASSERT_TRUE(fd);
    const auto verify = [&](const std::string& content) {
        std::ofstream(name) << content;
        test::FakeBroker nobody;
        const auto result = test::run(nobody, {"audit", "verify", "--export", name, "--json"});
        EXPECT_TRUE(nobody.calls.empty()) << "no broker is asked";
        return std::pair(result.exit, parse_json(result.out));
    };
    std::string lines;
    std::string csv = csv_line(export_columns());
    for (const Json& event : events) {
        lines += write_json(event) + "\n";
        csv += export_csv_line(event);
    }
    for (const std::string& content : {lines, csv}) {
        const auto [exit, answer] = verify(content);
        EXPECT_EQ(exit, Exit::done) << answer;
        EXPECT_EQ(answer["hash"], head);
        EXPECT_EQ(answer["first"], 1);
    }
    csv.replace(csv.find("failure"), 7, "success");
    const auto [exit, answer] = verify(csv);
    EXPECT_EQ(exit, Exit::refused);
    EXPECT_EQ(answer["seq"], 2);
    EXPECT_EQ(verify("").first, Exit::refused);
    EXPECT_EQ(verify("nonsense\nmore\n").first, Exit::refused);
    unlink(name.c_str());
}

}  // namespace
}  // namespace sekimori::admin
