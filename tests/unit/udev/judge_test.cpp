// SPDX-License-Identifier: Apache-2.0
// Who is let in, over directories that look like sysfs: with a broker, with one that says nothing, and with none.
#include "udev/judge.hpp"

#include <gmock/gmock.h>

#include "tests/unit/udev/usb_tree.hpp"

namespace sekimori::udev {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using wire::MediaVerdict;
using wire::Settled;

class Judge : public testing::Test {
  protected:
    // The switch as it is afterwards.
    char judged(std::optional<MediaVerdict> answer, std::span<const media::Named> list = {}) {
        auto device = UsbDevice::open(tree.path() + "/1-2");
        EXPECT_TRUE(device);
        asked.clear();
        EXPECT_TRUE(judge(*device, list, [&](const wire::MediaPlugged& message) {
            asked.push_back(message);
            return answer;
        }));
        return tree.read("1-2/authorized").front();
    }
    UsbTree tree;
    std::vector<wire::MediaPlugged> asked;
};

TEST_F(Judge, AKeyboardNeedsNobodysWord) {
    for (const auto& interface : {kKeyboard, kReader, media::Interface{0x09, 0, 1}, media::Interface{0x07, 1, 2}}) {
        tree.plug("1-2", with({interface}));
        EXPECT_EQ(judged(std::nullopt), '1');
        ASSERT_EQ(asked.size(), 1U) << "every plug is told";
        EXPECT_EQ(asked[0].settled, Settled::plain);
    }
    tree.plug("1-2", with({kKeyboard}));
    EXPECT_EQ(judged(MediaVerdict::refused), '1') << "whatever the broker makes of it";
}

TEST_F(Judge, StorageIsAskedAboutAndSilenceIsNo) {
    tree.plug("1-2", with({kStick}), "4C530001");
    EXPECT_EQ(judged(std::nullopt), '0');
    EXPECT_EQ(judged(MediaVerdict::refused), '0');
    EXPECT_EQ(judged(MediaVerdict::allowed), '1');
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].settled, Settled::ask);
    EXPECT_EQ(asked[0].port, "1-2");
    EXPECT_EQ(asked[0].number, 0x10007U);
    EXPECT_EQ(asked[0].vendor, 0x0781);
    EXPECT_EQ(asked[0].name, "Ultra ?[31mFit");
    EXPECT_EQ(wire::device_in(asked[0]).serial, "4C530001");
    EXPECT_THAT(wire::device_in(asked[0]).interfaces, ElementsAre(kStick));
}

TEST_F(Judge, WhatIsRefusedAgainIsTakenAway) {
    tree.plug("1-2", with({kStick}), "4C530001");
    EXPECT_EQ(judged(MediaVerdict::allowed), '1');
    EXPECT_EQ(judged(MediaVerdict::allowed), '1');
    EXPECT_EQ(judged(MediaVerdict::refused), '0') << "the record has ended";
    EXPECT_EQ(judged(MediaVerdict::allowed), '1');
    EXPECT_EQ(judged(std::nullopt), '0') << "and without a broker nothing holds";
}

TEST_F(Judge, PhonesAdaptersAndMixturesAreAskedAbout) {
    for (const auto& descriptors : {with({kPhone}), with({{0x02, 6, 0}, {0x0a, 0, 0}}), with({{0xe0, 1, 3}}),
                                    with({kKeyboard, kStick}), with({kReader, kScanner}), with({kScanner}), with({})}) {
        tree.plug("1-2", descriptors);
        EXPECT_EQ(judged(std::nullopt), '0');
        EXPECT_EQ(asked[0].settled, Settled::ask);
    }
}

TEST_F(Judge, RootsListLetsAScannerInWithoutABroker) {
    const auto list = media::read_list("0781:5581\n").entries;
    tree.plug("1-2", with({kScanner}));
    EXPECT_EQ(judged(std::nullopt, list), '1');
    EXPECT_EQ(asked[0].settled, Settled::named);
    for (const auto& descriptors : {with({kStick}), with({kScanner, kStick}), with({kScanner, kPhone})}) {
        tree.plug("1-2", descriptors);
        EXPECT_EQ(judged(std::nullopt, list), '0');
    }
}

TEST_F(Judge, ADriverOfAnotherClassIsSeen) {
    tree.plug("1-2", with({kKeyboard}));
    EXPECT_EQ(judged(std::nullopt), '1');
    tree.bind("1-2", "usb-storage");
    EXPECT_EQ(judged(MediaVerdict::allowed), '0');
    EXPECT_EQ(asked[0].settled, Settled::driver);
}

TEST_F(Judge, ADriverOfItsOwnClassIsNot) {
    tree.plug("1-2", with({kKeyboard}));
    tree.bind("1-2", "usbhid");
    EXPECT_EQ(judged(std::nullopt), '1');
}

TEST_F(Judge, AScannerMayHaveAnyDriverButStorages) {
    const auto list = media::read_list("0781:5581\n").entries;
    tree.plug("1-2", with({kScanner}));
    tree.bind("1-2", "some_vendors");
    EXPECT_EQ(judged(std::nullopt, list), '1');
}

TEST_F(Judge, OddDescriptorsAreRefusedUnasked) {
    for (auto odd : {usb::Bytes{}, usb::Bytes(18, 0), usb::joined({with({kKeyboard}), {1}}),
                     usb::Bytes(media::kMaxDescriptors + 10, 2)}) {
        tree.plug("1-2", odd);
        tree.write("1-2/authorized", "1\n");
        EXPECT_EQ(judged(MediaVerdict::allowed), '0');
        EXPECT_EQ(asked[0].settled, Settled::irregular);
    }
}

TEST_F(Judge, ALieOfAnySizeIsToldAsItIs) {
    for (const std::string& serial : {std::string(400, 'A'), std::string("\xff\xfe\n\x1b[2J"), std::string(1, '\n')}) {
        tree.plug("1-2", with({kStick}), serial);
        EXPECT_EQ(judged(MediaVerdict::refused), '0');
        EXPECT_TRUE(wire::encode(asked[0])) << "it fits into a message";
        EXPECT_EQ(wire::device_in(asked[0]).serial, serial);
    }
    tree.plug("1-2", with({kStick}), std::string(100'000, 'A'));
    EXPECT_EQ(judged(MediaVerdict::refused), '0');
    EXPECT_EQ(wire::device_in(asked[0]).serial, "");
}

TEST(UsbDevices, AreListedWithoutBusesAndInterfaces) {
    const UsbTree tree;
    for (const char* name : {"usb1", "1-2", "1-2:1.0", "1-2.3", "2-1"}) tree.write(std::string(name) + "/x", "");
    EXPECT_THAT(usb_devices(tree.path()), ElementsAre("1-2", "1-2.3", "2-1"));
    EXPECT_THAT(root_hubs(tree.path()), ElementsAre("usb1"));
    EXPECT_THAT(usb_devices(tree.path() + "/nowhere"), IsEmpty());
    EXPECT_EQ(UsbDevice::open(tree.path() + "/1-2").error().code, ErrorCode::not_found) << "it has no switch";
    EXPECT_EQ(UsbDevice::open(tree.path() + "/3-1").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace sekimori::udev
