// SPDX-License-Identifier: Apache-2.0
#include "biometric/drivers.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace sekimori::biometric {
namespace {

// The drivers of libfprint 1.94.5 and the threshold that each sets (bz3_threshold in its class_init; 40 where it sets
// none).
constexpr std::array kDrivers{
    Driver{"aes1610", Matching::host, 20, "swipe"},
    Driver{"aes1660", Matching::host, 20, "swipe"},
    Driver{"aes2501", Matching::host, 40, "swipe"},
    Driver{"aes2550", Matching::host, 40, "swipe"},
    Driver{"aes2660", Matching::host, 20, "swipe"},
    Driver{"aes3500", Matching::host, 9, "press; its authors: extremely low due to low image quality"},
    Driver{"aes4000", Matching::host, 9, "press; its authors: extremely low due to low image quality"},
    Driver{"egis0570", Matching::host, 0, "its authors mark the threshold as a security issue"},
    Driver{"elan", Matching::host, 24, "swipe"},
    Driver{"elanmoc", Matching::chip, 0, "match on chip"},
    Driver{"elanspi", Matching::host, 24, "press"},
    Driver{"etes603", Matching::host, 40, "swipe"},
    Driver{"fpcmoc", Matching::chip, 0, "match on chip"},
    Driver{"goodixmoc", Matching::chip, 0, "match on chip"},
    Driver{"nb1010", Matching::host, 24, "press"},
    Driver{"synaptics", Matching::chip, 0, "match on chip"},
    Driver{"upeksonly", Matching::host, 25, "swipe; one of its models sets 25, the others 40"},
    Driver{"upektc", Matching::host, 30, "press"},
    Driver{"upektc_img", Matching::host, 20, "swipe"},
    Driver{"upekts", Matching::chip, 0, "match on chip"},
    Driver{"uru4000", Matching::host, 40, "press"},
    Driver{"vcom5s", Matching::host, 40, "press"},
    Driver{"vfs0050", Matching::host, 24, "swipe"},
    Driver{"vfs101", Matching::host, 24, "swipe"},
    Driver{"vfs301", Matching::host, 24, "swipe"},
    Driver{"vfs5011", Matching::host, 20, "swipe"},
    Driver{"vfs7552", Matching::host, 20, "press"},
    Driver{"virtual_device", Matching::software, 0, "takes a word for a finger"},
    Driver{"virtual_device_storage", Matching::software, 0, "takes a word for a finger"},
    Driver{"virtual_image", Matching::software, 40, "takes pictures from a socket; the real matcher"},
};
static_assert(std::ranges::is_sorted(kDrivers, {}, &Driver::name));

}  // namespace

const Driver* find_driver(std::string_view name) noexcept {
    const auto* found = std::ranges::lower_bound(kDrivers, name, {}, &Driver::name);
    return found != kDrivers.end() && found->name == name ? found : nullptr;
}

Result<const Driver*> allowed_driver(std::string_view name, LabMode lab) {
    const auto refuse = [&](std::string_view why) {
        return fail(ErrorCode::refused, "scanner refused: driver " + std::string(name) + ": " + std::string(why));
    };
    const Driver* driver = find_driver(name);
    if (driver == nullptr) return refuse("not in the list of drivers that were looked at");
    switch (driver->matching) {
        case Matching::software:
            if (lab == LabMode::off) return refuse("a software device outside lab mode");
            return driver;
        case Matching::host:
            if (driver->threshold < kLowestThreshold)
                return refuse("its matching threshold is too low (" + std::string(driver->note) + ")");
            return driver;
        case Matching::chip:
            return driver;
    }
    return refuse("unknown matching");
}

}  // namespace sekimori::biometric
