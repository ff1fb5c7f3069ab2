// SPDX-License-Identifier: Apache-2.0
// The encoding itself: bytes, bounds, texts.
#include "protocol/wire.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/protocol/samples.hpp"

namespace sekimori::wire {
namespace {

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

// The numbers on the wire are the contract with modules of the version before.
TEST(Wire, HelloOnTheWire) {
    Hello hello;
    hello.min = 1;
    hello.max = 0x0203;
    const auto encoded = encode(hello);
    ASSERT_TRUE(encoded);
    const Bytes expected{1, 0, 1, 0, 1, 0, 2, 0, 1, 0, 2, 0, 2, 2, 3};
    EXPECT_TRUE(std::ranges::equal(encoded->span(), expected));
}

TEST(Wire, FieldsMayComeInAnyOrder) {
    const Bytes swapped{1, 0, 1, 0, 2, 0, 2, 0, 9, 0, 1, 0, 2, 0, 7};
    const auto hello = decode<Hello>(swapped);
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->min, 7);
    EXPECT_EQ(hello->max, 9);
}

TEST(Wire, AnotherVersionIsUnsupported) {
    auto encoded = encode(Retire{});
    ASSERT_TRUE(encoded);
    encoded->data()[0] = 2;
    EXPECT_EQ(decode<Retire>(encoded->span()).error().code, ErrorCode::unsupported);
    EXPECT_EQ(type_of(encoded->span()).error().code, ErrorCode::unsupported);
}

TEST(Wire, NothingIsNoMessage) {
    EXPECT_EQ(type_of({}).error().code, ErrorCode::malformed);
    EXPECT_EQ(decode<Retire>({}).error().code, ErrorCode::malformed);
}

TEST(Wire, AnOversizeMessageIsRefusedBeforeItIsRead) {
    Bytes message{1, 0, 66};
    message.resize(kMaxMessage + 1);
    EXPECT_EQ(decode<Retire>(message).error().code, ErrorCode::malformed);
}

TEST(Wire, TheWriterStopsAtTheLargestMessage) {
    Writer full(kMaxMessage);
    full.raw(Bytes(kMaxMessage));
    const auto whole = std::move(full).finish();
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->size(), kMaxMessage);
    Writer more(kMaxMessage);
    more.raw(Bytes(kMaxMessage));
    more.u8(0);
    EXPECT_EQ(std::move(more).finish().error().code, ErrorCode::too_large);
}

TEST(Wire, AWriterWithoutABufferCounts) {
    Writer count;
    count.raw(Bytes(kMaxMessage));
    EXPECT_EQ(count.size(), kMaxMessage);
    count.u8(0);
    EXPECT_EQ(std::move(count).finish().error().code, ErrorCode::too_large);
    Writer small(2);
    small.u16(1);
    EXPECT_EQ(small.size(), 2U);
    small.u8(0);
    EXPECT_EQ(std::move(small).finish().error().code, ErrorCode::too_large);
}

// Memory of this process, mapped and writable, in KiB (proc(5)).
std::size_t mapped() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmData:")) return std::stoul(line.substr(7));
    return 0;
}

// A message is locked memory, of which a PAM host has little: it takes what it needs.
TEST(Wire, AMessageTakesNoMoreMemoryThanItHas) {
    std::vector<SecureBytes> kept;
    kept.reserve(256);
    const std::size_t before = mapped();
    ASSERT_GT(before, 0U);
    for (int i = 0; i < 256; ++i) kept.push_back(std::move(*encode(Hello{})));
    EXPECT_LT(mapped() - before, 256U * 16);
    for (const SecureBytes& one : kept) EXPECT_EQ(one.size(), 15U);
}

TEST(Wire, AFieldMayFillTheMessageAndNoMore) {
    for (const std::size_t beyond : {std::size_t{0}, std::size_t{1}}) {
        Writer writer(kMaxMessage);
        const std::size_t mark = writer.open_field(1);
        writer.raw(Bytes(kMaxMessage - 4 + beyond));
        writer.close_field(mark);
        EXPECT_EQ(std::move(writer).finish().has_value(), beyond == 0);
    }
}

TEST(Wire, FieldsAreBoundedInNumber) {
    std::vector<test::Part> parts(1024, {0x7001, {}});
    EXPECT_TRUE(decode<Retire>(test::put_together(MessageType::retire, parts)));
    parts.push_back({0x7001, {}});
    EXPECT_EQ(decode<Retire>(test::put_together(MessageType::retire, parts)).error().code, ErrorCode::malformed);
}

TEST(Wire, AFieldThatClaimsMoreThanThereIsIsRefused) {
    EXPECT_FALSE(split(Bytes{0, 1, 0xff, 0xff, 0}));
    EXPECT_FALSE(split(Bytes{0, 1, 0, 2, 0}));
    EXPECT_FALSE(split(Bytes{0, 1, 0}));
    EXPECT_TRUE(split(Bytes{0, 1, 0, 1, 0}));
}

TEST(Wire, ACriticalUnknownFieldInsideAnItemIsRefused) {
    const std::vector<test::Part> skipped{{1, {0, 1, 0, 1, 'a', 0x70, 0, 0, 0}}};
    const auto readers = decode<Readers>(test::put_together(MessageType::readers, skipped));
    ASSERT_TRUE(readers);
    ASSERT_EQ(readers->readers.size(), 1U);
    EXPECT_EQ(readers->readers[0].name, "a");
    const std::vector<test::Part> critical{{1, {0, 1, 0, 1, 'a', 0xf0, 0, 0, 0}}};
    EXPECT_EQ(decode<Readers>(test::put_together(MessageType::readers, critical)).error().code, ErrorCode::unsupported);
}

struct TextCase {
    const char* what;
    Bytes bytes;
    bool good;
};

TEST(Wire, TextsAreShortestUtf8WithoutNul) {
    const std::vector<TextCase> cases{
        {"nothing", {}, true},
        {"ascii", bytes_of("abc"), true},
        {"japanese", bytes_of("関守"), true},
        {"U+10FFFF", {0xf4, 0x8f, 0xbf, 0xbf}, true},
        {"beyond U+10FFFF", {0xf4, 0x90, 0x80, 0x80}, false},
        {"lead byte F5", {0xf5, 0x80, 0x80, 0x80}, false},
        {"NUL", {'a', 0}, false},
        {"NUL in two bytes", {0xc0, 0x80}, false},
        {"slash in two bytes", {0xc1, 0xaf}, false},
        {"slash in three bytes", {0xe0, 0x80, 0xaf}, false},
        {"U+FFFF in four bytes", {0xf0, 0x8f, 0xbf, 0xbf}, false},
        {"surrogate", {0xed, 0xa0, 0x80}, false},
        {"before the surrogates", {0xed, 0x9f, 0xbf}, true},
        {"continuation alone", {0x80}, false},
        {"cut", {0xe9, 0x96}, false},
        {"continuation missing", {0xe9, 'a', 'b'}, false},
    };
    for (const TextCase& one : cases) EXPECT_EQ(valid_text(one.bytes), one.good) << one.what;
}

}  // namespace
}  // namespace sekimori::wire
