// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/fingers/ridges.hpp"

#include <fftw3.h>

#include <cmath>
#include <complex>
#include <memory>
#include <numbers>
#include <vector>

#include "tests/lab/fingers/random.hpp"

namespace sekimori::lab::fingers {
namespace {

constexpr double pi = std::numbers::pi;
constexpr std::size_t orientations = 24;
constexpr int rounds = 14;
constexpr double gain = 3.0;                   // a growing edge triples each round until tanh saturates
constexpr std::size_t pixels_per_seed = 1200;  // sets how many minutiae a print gets

struct FftwFree {
    void operator()(void* memory) const noexcept { fftwf_free(memory); }
};
struct FftwDestroy {
    void operator()(fftwf_plan plan) const noexcept { fftwf_destroy_plan(plan); }
};
using Plan = std::unique_ptr<std::remove_pointer_t<fftwf_plan>, FftwDestroy>;

// A real image and its half spectrum, with the two transforms between them.
class Transform {
  public:
    explicit Transform(Size size)
        : size_(size),
          image_(static_cast<float*>(fftwf_malloc(size.area() * sizeof(float)))),
          spectrum_(static_cast<fftwf_complex*>(fftwf_malloc(bins() * sizeof(fftwf_complex)))),
          // FFTW_ESTIMATE: a measured plan may differ from run to run, and the prints with it.
          forward_(fftwf_plan_dft_r2c_2d(static_cast<int>(size.height), static_cast<int>(size.width), image_.get(),
                                         spectrum_.get(), FFTW_ESTIMATE)),
          backward_(fftwf_plan_dft_c2r_2d(static_cast<int>(size.height), static_cast<int>(size.width), spectrum_.get(),
                                          image_.get(), FFTW_ESTIMATE)) {}

    [[nodiscard]] std::size_t bins() const { return size_.height * (size_.width / 2 + 1); }
    [[nodiscard]] std::span<float> image() { return {image_.get(), size_.area()}; }
    [[nodiscard]] std::span<std::complex<float>> spectrum() {
        // FFTW's manual, 4.1.1: fftwf_complex and std::complex<float> have the same layout.
        return {reinterpret_cast<std::complex<float>*>(spectrum_.get()), bins()};
    }
    void forward() { fftwf_execute(forward_.get()); }
    void backward() { fftwf_execute(backward_.get()); }  // not normalised: times size.area()

  private:
    Size size_;
    std::unique_ptr<float, FftwFree> image_;
    std::unique_ptr<fftwf_complex, FftwFree> spectrum_;
    Plan forward_;
    Plan backward_;
};

// The frequency response of an even Gabor filter for ridges in one direction: real, one at the ridges' frequency.
std::vector<float> gabor_response(Size size, double ridge_direction, double period) {
    const double fx = std::cos(ridge_direction + pi / 2.0) / period;
    const double fy = std::sin(ridge_direction + pi / 2.0) / period;
    const double sigma = 1.0 / (2.0 * pi * 0.5 * period);  // a window of half a period's standard deviation
    const auto lobe = [&](double u, double v) { return std::exp(-(u * u + v * v) / (2.0 * sigma * sigma)); };
    const std::size_t columns = size.width / 2 + 1;
    std::vector<float> response(size.height * columns);
    for (std::size_t y = 0; y < size.height; ++y) {
        const double row =
            y <= size.height / 2 ? static_cast<double>(y) : static_cast<double>(y) - static_cast<double>(size.height);
        const double v = row / static_cast<double>(size.height);
        for (std::size_t x = 0; x < columns; ++x) {
            const double u = static_cast<double>(x) / static_cast<double>(size.width);
            response[y * columns + x] =
                static_cast<float>((lobe(u - fx, v - fy) + lobe(u + fx, v + fy)) / static_cast<double>(size.area()));
        }
    }
    return response;
}

std::vector<std::vector<float>> filter_bank(Size size, double period) {
    std::vector<std::vector<float>> bank;
    for (std::size_t k = 0; k < orientations; ++k) {
        bank.push_back(gabor_response(size, pi * static_cast<double>(k) / orientations, period));
    }
    return bank;
}

// Each pixel's direction in units of the filter bank's step, in [0, orientations).
std::vector<float> bank_positions(Size size, const OrientationField& orientation) {
    std::vector<float> positions(size.area());
    for (std::size_t y = 0; y < size.height; ++y) {
        for (std::size_t x = 0; x < size.width; ++x) {
            const double direction = orientation.at({static_cast<double>(x), static_cast<double>(y)});
            positions[y * size.width + x] = static_cast<float>(direction / pi * orientations);
        }
    }
    return positions;
}

void sow(std::span<float> image, Random& random) {
    for (std::size_t i = 0; i < image.size() / pixels_per_seed; ++i) {
        image[random.bits() % image.size()] = (random.bits() & 1U) != 0U ? 1.0F : -1.0F;
    }
}

}  // namespace

Field grow_ridges(Size size, const OrientationField& orientation, double period_px, Random& random) {
    const auto bank = filter_bank(size, period_px);
    const auto positions = bank_positions(size, orientation);
    Transform transform(size);
    Field ridges(size);
    sow(ridges.values(), random);
    std::vector<std::complex<float>> spectrum(transform.bins());
    for (int round = 0; round < rounds; ++round) {
        std::copy(ridges.values().begin(), ridges.values().end(), transform.image().begin());
        transform.forward();
        std::copy(transform.spectrum().begin(), transform.spectrum().end(), spectrum.begin());
        std::fill(ridges.values().begin(), ridges.values().end(), 0.0F);
        for (std::size_t k = 0; k < orientations; ++k) {
            for (std::size_t i = 0; i < spectrum.size(); ++i) {
                transform.spectrum()[i] = spectrum[i] * bank[k][i];
            }
            transform.backward();
            for (std::size_t i = 0; i < positions.size(); ++i) {
                // Linear between the two filters nearest to the pixel's direction; the bank is a circle.
                const float distance = std::fabs(positions[i] - static_cast<float>(k));
                const float weight = 1.0F - std::min(distance, static_cast<float>(orientations) - distance);
                if (weight > 0.0F) {
                    ridges.values()[i] += weight * transform.image()[i];
                }
            }
        }
        for (float& value : ridges.values()) {
            value = std::tanh(static_cast<float>(gain) * value);
        }
    }
    return ridges;
}

}  // namespace sekimori::lab::fingers
