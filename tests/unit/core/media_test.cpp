// SPDX-License-Identifier: Apache-2.0
// What may be plugged in: the whole table of the judgement, and devices that try to get around it.
#include "core/media.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/usb_descriptors.hpp"

namespace sekimori::media {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using usb::Bytes;
using usb::configuration;
using usb::device;
using usb::interface;
using usb::joined;

constexpr Interface kKeyboard{0x03, 0x01, 0x01}, kStick{0x08, 0x06, 0x50};

Device with(std::initializer_list<Interface> interfaces, std::string serial = "4C530001") {
    return {0x0781, 0x5581, std::move(serial), interfaces};
}

TEST(MediaDescriptors, EveryInterfaceOfEveryConfigurationAndSetting) {
    const auto read = read_descriptors(
        joined({device(0x0781, 0x5581, 0x00, 2), configuration(), interface(kKeyboard), Bytes{7, 5, 0x81, 3, 8, 0, 10},
                interface(kStick), interface(kStick), configuration(), interface({0xff, 0, 0})}));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->vendor, 0x0781);
    EXPECT_EQ(read->product, 0x5581);
    EXPECT_THAT(read->interfaces, ElementsAre(kKeyboard, kStick, Interface{0xff, 0, 0}));
}

// usb_id ends at a descriptor of two bytes, the kernel goes on: what comes after it is used.
TEST(MediaDescriptors, AShortOneHidesNothing) {
    const auto read = read_descriptors(
        joined({device(1, 2, 0x00, 1), configuration(), interface(kKeyboard), Bytes{2, 0x24}, interface(kStick)}));
    ASSERT_TRUE(read);
    EXPECT_EQ(kind_of(*read), Kind::other);
    EXPECT_TRUE(holds_storage(*read));
}

TEST(MediaDescriptors, AClassOfTheWholeDeviceCounts) {
    const auto kind = [](std::uint8_t cls) {
        return kind_of(read_descriptors(joined({device(1, 2, cls, 1), configuration(), interface(kKeyboard)})).value());
    };
    for (const int cls : {0x00, 0x03, 0x09, 0xef, 0xff})
        EXPECT_EQ(kind(static_cast<std::uint8_t>(cls)), Kind::plain) << cls;
    for (const int cls : {0x02, 0x06, 0x08, 0xe0}) EXPECT_EQ(kind(static_cast<std::uint8_t>(cls)), Kind::other) << cls;
}

TEST(MediaDescriptors, WhatTheKernelWouldNotShowIsRefused) {
    const Bytes good = joined({device(1, 2, 0, 1), configuration(), interface(kKeyboard)});
    ASSERT_TRUE(read_descriptors(good));
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(read_descriptors(ByteSpan(good).first(size)) && size != 18 + 9) << size;
    EXPECT_FALSE(
        read_descriptors(joined({device(1, 2, 0, 2), configuration(), interface(kKeyboard)})));  // one is hidden
    EXPECT_FALSE(read_descriptors(joined({device(1, 2, 0, 1), interface(kStick), configuration()})));
    EXPECT_FALSE(read_descriptors(joined({device(1, 2, 0, 1), configuration(), Bytes{1, 4}})));
    EXPECT_FALSE(read_descriptors(joined({device(1, 2, 0, 1), configuration(), Bytes{0, 0}})));
    Bytes full = good;
    while (full.size() + 255 <= kMaxDescriptors) full = joined({full, Bytes(255, 255)});
    full.resize(kMaxDescriptors, 2);
    EXPECT_EQ(read_descriptors(full).error().code, ErrorCode::too_large);
}

TEST(MediaDescriptors, MoreInterfacesThanOneCanLookAtAreTooMany) {
    Bytes many = joined({device(1, 2, 0, 1), configuration()});
    for (std::size_t i = 0; i <= kMaxInterfaces; ++i)
        many = joined({many, interface({0x03, static_cast<std::uint8_t>(i), 0})});
    EXPECT_EQ(read_descriptors(many).error().code, ErrorCode::too_large);
}

TEST(MediaKind, OfEveryClassAlone) {
    for (int cls = 0; cls < 256; ++cls) {
        const Kind wanted = cls == 0x03 || cls == 0x07 || cls == 0x09 || cls == 0x0b ? Kind::plain
                            : cls == 0x08                                            ? Kind::storage
                                                                                     : Kind::other;
        EXPECT_EQ(kind_of(with({{static_cast<std::uint8_t>(cls), 0, 0}})), wanted) << cls;
        // Together with a keyboard nothing else gets in.
        EXPECT_EQ(kind_of(with({kKeyboard, {static_cast<std::uint8_t>(cls), 0, 0}})) == Kind::plain,
                  wanted == Kind::plain)
            << cls;
    }
    EXPECT_EQ(kind_of(with({})), Kind::other);
}

TEST(MediaDrivers, AKeyboardHasAKeyboardsDriver) {
    for (const char* driver : {"usbhid", "hub", "usblp", "usbfs"}) EXPECT_TRUE(plain_driver(driver));
    for (const char* driver :
         {"usb-storage", "uas", "ums-realtek", "cdc_ether", "ax88179_178a", "btusb", "usbhid2", ""})
        EXPECT_FALSE(plain_driver(driver)) << driver;
    for (const char* driver : {"usb-storage", "uas", "ums-realtek", "rtsx_usb"}) EXPECT_TRUE(storage_driver(driver));
    EXPECT_FALSE(storage_driver("usbfs"));
}

// ---- records

const TerminalId kHere{{1}}, kThere{{2}};
constexpr Millis kPast{1000}, kNow{2000}, kFuture{3000};

Record record_for(const Device& device) {
    return {StatementId{{9}}, device.vendor, device.product, device.serial, kPast, Millis{0}, {}, false};
}
Instant at(WallQuality quality) { return {{}, Millis{0}, kNow, quality}; }

// Everything that a record and a device can be, in every combination: one way in.
TEST(MediaDecision, TheWholeTable) {
    int let_in = 0;
    int cases = 0;
    for (const bool withdrawn : {false, true})
        for (const Millis from : {kPast, kFuture})
            for (const Millis until : {Millis{0}, kPast, kNow, kFuture})
                for (const auto& terminals : {std::vector<TerminalId>{}, {kHere}, {kThere}, {kThere, kHere}})
                    for (const auto quality : {WallQuality::good, WallQuality::suspect})
                        for (const auto& interfaces : {std::vector<Interface>{kStick},
                                                       {kStick, {0x08, 0x06, 0x62}},
                                                       {kStick, kKeyboard},
                                                       {{0x06, 1, 1}},
                                                       {}})
                            for (const std::string serial : {"4C530001", "", "4c530001", "4C53\n001", " 4C530001"})
                                for (const std::uint16_t vendor : {std::uint16_t{0x0781}, std::uint16_t{0x0782}}) {
                                    Device listed = with({kStick});
                                    Record record = record_for(listed);
                                    record.withdrawn = withdrawn;
                                    record.from = from;
                                    record.until = until;
                                    record.terminals = terminals;
                                    const Device device{vendor, listed.product, serial, interfaces};
                                    const Decision decision = decide(device, std::span(&record, 1), kHere, at(quality));
                                    const bool storage = interfaces.size() == 1
                                                             ? interfaces[0].cls == 0x08
                                                             : interfaces.size() == 2 && interfaces[1].cls == 0x08;
                                    const bool here = terminals.empty() || terminals.back() == kHere;
                                    const bool time = from <= kNow && (until == Millis{0} ||
                                                                       (until > kNow && quality == WallQuality::good));
                                    const bool wanted = !withdrawn && storage && here && time && vendor == 0x0781 &&
                                                        serial == listed.serial;
                                    ASSERT_EQ(decision.answer == Answer::allowed, wanted);
                                    ASSERT_EQ(decision.record.has_value(), wanted);
                                    let_in += wanted ? 1 : 0;
                                    ++cases;
                                }
    EXPECT_EQ(cases, 2 * 2 * 4 * 4 * 2 * 5 * 5 * 2);
    EXPECT_EQ(let_in, 3 * 2 * (2 + 1));  // terminals, interfaces, times with a good clock and with a suspect one
}

TEST(MediaDecision, SaysWhy) {
    const Device stick = with({kStick});
    const auto why = [&](auto change) {
        Record record = record_for(stick);
        change(record);
        return decide(stick, std::span(&record, 1), kHere, at(WallQuality::good)).answer;
    };
    EXPECT_EQ(why([](Record& r) { r.withdrawn = true; }), Answer::withdrawn);
    EXPECT_EQ(why([](Record& r) { r.until = kNow; }), Answer::expired);
    EXPECT_EQ(why([](Record& r) { r.from = kFuture; }), Answer::early);
    EXPECT_EQ(why([](Record& r) { r.terminals = {kThere}; }), Answer::elsewhere);
    EXPECT_EQ(why([](Record& r) { r.serial = "other"; }), Answer::unlisted);
    const Instant now = at(WallQuality::good);
    EXPECT_EQ(decide(with({kStick}, ""), {}, kHere, now).answer, Answer::unnamed);
    EXPECT_EQ(decide(with({kStick}, "\xe9\x96\xa2"), {}, kHere, now).answer, Answer::unnamed);
    EXPECT_EQ(decide(with({kStick, kKeyboard}), {}, kHere, now).answer, Answer::composite);
    EXPECT_EQ(decide(with({{0x06, 1, 1}}), {}, kHere, now).answer, Answer::closed);
    EXPECT_EQ(decide(with({}), {}, kHere, now).answer, Answer::irregular);
}

TEST(MediaDecision, OneGoodRecordIsEnoughWhateverTheOthersSay) {
    const Device stick = with({kStick});
    std::vector<Record> records(3, record_for(stick));
    records[0].withdrawn = true;
    records[1].until = kPast;
    records[2].id = StatementId{{7}};
    EXPECT_EQ(decide(stick, records, kHere, at(WallQuality::good)).record, (StatementId{{7}}));
    records.pop_back();
    EXPECT_EQ(decide(stick, records, kHere, at(WallQuality::good)).answer, Answer::expired);
}

TEST(MediaDecision, EveryAnswerHasAName) {
    std::vector<std::string> names;
    for (int i = 0; i <= static_cast<int>(Answer::driver); ++i) names.emplace_back(name_of(static_cast<Answer>(i)));
    std::ranges::sort(names);
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

// ---- root's list

TEST(MediaList, NamesDevices) {
    const NamedList list = read_list(
        "# remark\n\n05ba:000a\n0BDA:8153 ff,02,0a # adapter\n  1234:5678:A#1:2\tff\r\n0781:5581 08\n05ba\n05ba:000a "
        "ff x\n"
        "05ba:00zz\n05ba:000a: ff");
    ASSERT_EQ(list.entries.size(), 3U);
    EXPECT_EQ(list.entries[0], (Named{0x05ba, 0x000a, {}, {0xff}}));
    EXPECT_EQ(list.entries[1], (Named{0x0bda, 0x8153, {}, {0xff, 0x02, 0x0a}}));
    EXPECT_EQ(list.entries[2], (Named{0x1234, 0x5678, "A#1:2", {0xff}}));
    EXPECT_THAT(list.bad_lines, ElementsAre(6, 7, 8, 9, 10));
}

TEST(MediaList, OpensWhatItNamesAndNeverStorage) {
    const std::vector<Named> list = read_list("0781:5581 ff,02\n1111:2222:ABC\n").entries;
    EXPECT_TRUE(named(list, with({{0xff, 0, 0}})));
    EXPECT_TRUE(named(list, with({{0xff, 0, 0}, kKeyboard, {0x02, 6, 0}})));
    EXPECT_FALSE(named(list, with({{0xff, 0, 0}, {0x0a, 0, 0}})));
    EXPECT_FALSE(named(list, with({kStick})));
    EXPECT_FALSE(named(list, with({{0xff, 0, 0}, kStick})));
    EXPECT_FALSE(named(list, with({})));
    EXPECT_TRUE(named(list, {0x1111, 0x2222, "ABC", {{0xff, 0, 0}}}));
    EXPECT_FALSE(named(list, {0x1111, 0x2222, "", {{0xff, 0, 0}}}));
    EXPECT_FALSE(named(list, {0x1111, 0x2223, "ABC", {{0xff, 0, 0}}}));
    // Not even where somebody made such an entry by another way.
    EXPECT_FALSE(named(std::vector<Named>{{0x0781, 0x5581, {}, {0x08}}}, with({kStick})));
}

TEST(MediaList, IsBounded) {
    std::string text;
    for (std::size_t i = 0; i < kMaxNamed + 2; ++i) text += "05ba:000a\n";
    EXPECT_EQ(read_list(text).entries.size(), kMaxNamed);
    EXPECT_EQ(read_list(text).bad_lines.size(), 2U);
}

TEST(MediaSerial, NameableIsWhatCanBeTyped) {
    for (const char* serial : {"0", "4C530001", "A B", "000000000000"}) EXPECT_TRUE(nameable(serial)) << serial;
    for (const char* serial : {"", " A", "A ", "A\tB", "\x7f", "\xff", "関"}) EXPECT_FALSE(nameable(serial)) << serial;
    EXPECT_FALSE(nameable(std::string(kMaxSerial + 1, 'A')));
    EXPECT_EQ(printable("a\x1b[31m\xff", 5), "a?[31");
}

}  // namespace
}  // namespace sekimori::media
