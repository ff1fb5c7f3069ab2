// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <png.h>

#include <fstream>
#include <string>

#include "tests/lab/fingers/image.hpp"
#include "tests/unit/lab/finger_folder.hpp"

namespace sekimori::lab::fingers {
namespace {

class FingerImage : public ::testing::Test {
  protected:
    std::filesystem::path written(const std::string& content) {
        const std::filesystem::path file = folder_.path() / "image";
        std::ofstream(file, std::ios::binary) << content;
        return file;
    }

    TemporaryFolder folder_;
};

TEST_F(FingerImage, PgmComesBackAsItWas) {
    const GreyImage image{3, 2, {0, 1, 127, 128, 254, 255}};
    const auto file = folder_.path() / "print.pgm";
    ASSERT_TRUE(save_pgm(image, file));
    const auto loaded = load_pgm(file);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(*loaded, image);
}

TEST_F(FingerImage, PgmMayHoldComments) {
    const auto loaded = load_pgm(written("P5 # made by hand\n# two\n 2\t1\n255\nAB"));
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(*loaded, (GreyImage{2, 1, {'A', 'B'}}));
}

TEST_F(FingerImage, RefusesWhatIsNotAnEightBitPgm) {
    for (const char* content :
         {"", "P", "P2\n2 1\n255\nAB", "P6\n2 1\n255\nABABAB", "P5\n2 1\n65535\nABAB", "P5\n0 1\n255\n",
          "P5\n2 -1\n255\nAB", "P5\n2 1\n255", "P5\n2 1\n255\nA", "P5\nx y\n255\nAB"}) {
        const auto loaded = load_pgm(written(content));
        ASSERT_FALSE(loaded) << content;
        EXPECT_EQ(loaded.error().code, ErrorCode::malformed) << content;
    }
}

TEST_F(FingerImage, RefusesWhatIsTooLargeBeforeReadingIt) {
    for (const char* content : {"P5\n5001 1\n255\n", "P5\n1 99999\n255\n"}) {
        const auto loaded = load_pgm(written(content));
        ASSERT_FALSE(loaded);
        EXPECT_EQ(loaded.error().code, ErrorCode::too_large);
    }
    EXPECT_FALSE(load_pgm(written("P5\n999999999999 1\n255\n")));
}

TEST_F(FingerImage, ReportsMissingAndUnwritableFiles) {
    const auto missing = load_pgm(folder_.path() / "missing.pgm");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::not_found);
    EXPECT_FALSE(save_pgm({1, 1, {0}}, folder_.path() / "missing" / "print.pgm"));
}

class FingerPng : public FingerImage {
  protected:
    std::filesystem::path png(std::uint32_t width, std::uint32_t format, const std::vector<std::uint8_t>& pixels) {
        png_image image{};
        image.version = PNG_IMAGE_VERSION;
        image.width = width;
        image.height = 1;
        image.format = format;
        const auto file = folder_.path() / "print.png";
        EXPECT_NE(png_image_write_to_file(&image, file.c_str(), 0, pixels.data(), 0, nullptr), 0) << image.message;
        return file;
    }
};

TEST_F(FingerPng, GreyIsTakenAsItIs) {
    const auto loaded = load_png_grey(png(3, PNG_FORMAT_GRAY, {0, 100, 255}));
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(*loaded, (GreyImage{3, 1, {0, 100, 255}}));
}

TEST_F(FingerPng, InkInTheAlphaChannelBecomesDarkRidges) {
    const auto loaded = load_png_grey(png(3, PNG_FORMAT_GA, {0, 255, 0, 100, 0, 0}));
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(*loaded, (GreyImage{3, 1, {0, 155, 255}}));
}

TEST_F(FingerPng, RefusesWhatIsNoPng) {
    EXPECT_FALSE(load_png_grey(written("P5\n2 1\n255\nAB")));
    EXPECT_FALSE(load_png_grey(folder_.path() / "missing.png"));
}

}  // namespace
}  // namespace sekimori::lab::fingers
