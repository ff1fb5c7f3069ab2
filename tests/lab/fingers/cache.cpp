// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <fstream>
#include <string>
#include <system_error>

#include "tests/lab/fingers/finger.hpp"

namespace sekimori::lab::fingers {
namespace {

// Raised whenever the generator changes, so that old files are not taken for new fingers.
constexpr int generator_version = 1;

constexpr auto file_bytes = static_cast<std::streamsize>(master_size.area() * sizeof(float));

std::string file_name(FingerSeed seed) {
    return "finger-v" + std::to_string(generator_version) + "-" + std::to_string(static_cast<std::uint64_t>(seed)) +
           ".f32";
}

bool load(const std::filesystem::path& file, Field& master) {
    std::ifstream in(file, std::ios::binary);
    in.read(reinterpret_cast<char*>(master.values().data()), file_bytes);
    return in.gcount() == file_bytes && in.peek() == std::ifstream::traits_type::eof();
}

// Written aside and renamed: another process sees the whole file or none.
Result<void> store(const std::filesystem::path& file, const Field& master) {
    std::filesystem::path aside = file;
    aside += '.';
    aside += std::to_string(getpid());
    std::ofstream out(aside, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(master.values().data()), file_bytes);
    out.close();
    std::error_code error;
    if (out) {
        std::filesystem::rename(aside, file, error);
    }
    if (!out || error) {
        return fail(ErrorCode::io, "cannot write " + file.string());
    }
    return {};
}

}  // namespace

Result<Field> MasterCache::master(FingerSeed seed) const {
    const std::filesystem::path file = folder_ / file_name(seed);
    Field master(master_size);
    if (load(file, master)) {
        return master;
    }
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) {
        return fail(ErrorCode::io, "cannot make " + folder_.string());
    }
    master = grow_master(seed);
    if (auto stored = store(file, master); !stored) {
        return tl::unexpected(stored.error());
    }
    return master;
}

Result<GreyImage> MasterCache::press(FingerSeed seed, PressNumber press) const {
    return master(seed).map([&](const Field& ridges) { return press_finger(ridges, seed, press); });
}

}  // namespace sekimori::lab::fingers
