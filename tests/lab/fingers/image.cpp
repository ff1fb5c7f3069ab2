// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/fingers/image.hpp"

#include <cctype>
#include <fstream>
#include <limits>
#include <string>

namespace sekimori::lab::fingers {
namespace {

// A decimal number of a PGM header, after white space and comments (netpbm's pgm(5)). 0 if there is none.
std::uint32_t read_number(std::istream& in) {
    while (true) {
        const int next = in.peek();
        if (next == '#') {
            in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
        } else if (next != std::char_traits<char>::eof() && std::isspace(next) != 0) {
            in.get();
        } else {
            break;
        }
    }
    std::uint32_t number = 0;
    for (int digits = 0; digits < 6 && std::isdigit(in.peek()) != 0; ++digits) {
        number = number * 10 + static_cast<std::uint32_t>(in.get() - '0');
    }
    return number;
}

}  // namespace

Result<GreyImage> load_pgm(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        return fail(ErrorCode::not_found, "cannot open " + file.string());
    }
    if (in.get() != 'P' || in.get() != '5') {
        return fail(ErrorCode::malformed, file.string() + " is not a binary PGM (P5)");
    }
    GreyImage image;
    image.width = read_number(in);
    image.height = read_number(in);
    const std::uint32_t maxval = read_number(in);
    if (image.width == 0 || image.height == 0 || maxval != 255 || std::isspace(in.get()) == 0) {
        return fail(ErrorCode::malformed, file.string() + " is not an 8-bit PGM");
    }
    if (image.width > max_side || image.height > max_side) {
        return fail(ErrorCode::too_large, file.string() + " is larger than a fingerprint sensor's image");
    }
    image.pixels.resize(std::size_t{image.width} * image.height);
    in.read(reinterpret_cast<char*>(image.pixels.data()), static_cast<std::streamsize>(image.pixels.size()));
    if (in.gcount() != static_cast<std::streamsize>(image.pixels.size())) {
        return fail(ErrorCode::malformed, file.string() + " ends too early");
    }
    return image;
}

Result<void> save_pgm(const GreyImage& image, const std::filesystem::path& file) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << "P5\n" << image.width << ' ' << image.height << "\n255\n";
    out.write(reinterpret_cast<const char*>(image.pixels.data()), static_cast<std::streamsize>(image.pixels.size()));
    out.close();
    if (!out) {
        return fail(ErrorCode::io, "cannot write " + file.string());
    }
    return {};
}

}  // namespace sekimori::lab::fingers
