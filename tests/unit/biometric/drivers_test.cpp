// SPDX-License-Identifier: Apache-2.0
#include "biometric/drivers.hpp"

#include <gtest/gtest.h>

namespace sekimori::biometric {
namespace {

TEST(Drivers, AKnownSensorIsAllowedWithAndWithoutTheLab) {
    for (const char* name : {"uru4000", "nb1010", "goodixmoc", "synaptics", "upektc"}) {
        EXPECT_TRUE(allowed_driver(name, LabMode::off).has_value()) << name;
        EXPECT_TRUE(allowed_driver(name, LabMode::on).has_value()) << name;
    }
}

TEST(Drivers, ALoweredThresholdIsRefusedEvenInTheLab) {
    for (const char* name : {"aes3500", "aes4000", "aes1610", "egis0570", "vfs5011"}) {
        const auto driver = allowed_driver(name, LabMode::on);
        ASSERT_FALSE(driver.has_value()) << name;
        EXPECT_EQ(driver.error().code, ErrorCode::refused);
        EXPECT_NE(driver.error().message.find(name), std::string::npos);
    }
}

TEST(Drivers, SoftwareDevicesAreForTheLab) {
    for (const char* name : {"virtual_image", "virtual_device", "virtual_device_storage"}) {
        EXPECT_TRUE(allowed_driver(name, LabMode::on).has_value()) << name;
        EXPECT_FALSE(allowed_driver(name, LabMode::off).has_value()) << name;
    }
}

TEST(Drivers, WhatNobodyLookedAtIsRefused) {
    for (const char* name : {"", "virtual", "virtual_image2", "uru400", "focaltech_moc", "../uru4000"})
        EXPECT_FALSE(allowed_driver(name, LabMode::on).has_value()) << name;
}

TEST(Drivers, EveryAllowedHostDriverReachesTheThreshold) {
    for (const char* name :
         {"aes2501", "elan", "elanspi", "etes603", "upeksonly", "vcom5s", "vfs0050", "vfs101", "vfs301"}) {
        const auto driver = allowed_driver(name, LabMode::off);
        ASSERT_TRUE(driver.has_value()) << name;
        EXPECT_EQ((*driver)->matching, Matching::host);
        EXPECT_GE((*driver)->threshold, kLowestThreshold);
    }
}

}  // namespace
}  // namespace sekimori::biometric
