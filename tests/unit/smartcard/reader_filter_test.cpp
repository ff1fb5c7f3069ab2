// SPDX-License-Identifier: Apache-2.0
#include "smartcard/pcsc/reader_filter.hpp"

#include <gtest/gtest.h>

namespace sekimori::smartcard::pcsc {
namespace {

constexpr const char* kAcs = "ACS ACR1252 Dual Reader [ACR1252 Dual Reader PICC] (T1234) 00 00";
constexpr const char* kSony = "SONY FeliCa RC-S300/P (0987654) 01 00";
constexpr const char* kLab = "Sekimori Lab Reader 00 00";
constexpr const char* kVpcd = "Virtual PCD 00 00";

TEST(ReaderFilter, EmptyMeansAllButSoftware) {
    const ReaderFilter filter({}, SoftwareReaders::refused);
    EXPECT_TRUE(filter.admits(kAcs));
    EXPECT_TRUE(filter.admits(kSony));
    EXPECT_FALSE(filter.admits(kLab));
    EXPECT_FALSE(filter.admits(kVpcd));
}

TEST(ReaderFilter, SoftwareReadersCannotBeNamedInOutsideTheLab) {
    const ReaderFilter filter({kLab, kVpcd, kAcs}, SoftwareReaders::refused);
    EXPECT_FALSE(filter.admits(kLab));
    EXPECT_FALSE(filter.admits(kVpcd));
    EXPECT_TRUE(filter.admits(kAcs));
}

TEST(ReaderFilter, TheLabTakesSoftware) {
    EXPECT_TRUE(ReaderFilter({}, SoftwareReaders::allowed).admits(kLab));
    EXPECT_TRUE(ReaderFilter({kLab}, SoftwareReaders::allowed).admits(kLab));
    EXPECT_FALSE(ReaderFilter({kLab}, SoftwareReaders::allowed).admits("Sekimori Lab Reader 01 00"));
}

TEST(ReaderFilter, NamesWithAndWithoutNumbers) {
    const ReaderFilter filter({"SONY FeliCa RC-S300/P (0987654)"}, SoftwareReaders::refused);
    EXPECT_TRUE(filter.admits(kSony));
    EXPECT_TRUE(filter.admits("SONY FeliCa RC-S300/P (0987654) 05 00"));
    EXPECT_FALSE(filter.admits("SONY FeliCa RC-S300/P (1111111) 01 00"));
    EXPECT_FALSE(filter.admits("SONY FeliCa"));
}

TEST(ReaderFilter, UsbSerialNumbers) {
    const ReaderFilter filter({"usb:T1234"}, SoftwareReaders::refused);
    EXPECT_TRUE(filter.admits(kAcs));
    EXPECT_FALSE(filter.admits(kSony));
    EXPECT_FALSE(ReaderFilter({"usb:1234"}, SoftwareReaders::refused).admits(kAcs));
    EXPECT_FALSE(ReaderFilter({"usb:"}, SoftwareReaders::refused).admits(kAcs));
    EXPECT_FALSE(ReaderFilter({""}, SoftwareReaders::refused).admits(kAcs));
}

TEST(ReaderFilter, NamesThatCannotTravel) {
    const ReaderFilter filter({}, SoftwareReaders::refused);
    EXPECT_FALSE(filter.admits(""));
    EXPECT_FALSE(filter.admits("Reader \xff\xfe 00 00"));
    EXPECT_FALSE(filter.admits(std::string(129, 'x')));
    EXPECT_TRUE(filter.admits(std::string(128, 'x')));
}

}  // namespace
}  // namespace sekimori::smartcard::pcsc
