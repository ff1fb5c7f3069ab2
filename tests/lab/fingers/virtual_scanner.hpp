// SPDX-License-Identifier: Apache-2.0
// The client's end of the wire of libfprint's virtual_image driver: a hand over the sensor.
//
// A message is two native int32, for an image followed by its pixels (libfprint, libfprint/drivers/virtual-image.c).
// The driver listens only while the device is open, and takes one client at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "core/result.hpp"
#include "tests/lab/fingers/image.hpp"
#include "tests/lab/unique_fd.hpp"

namespace sekimori::lab::fingers {

// libfprint's FpDeviceRetry: what the sensor asks the user to do better.
enum class Retry : std::int32_t { general = 0, too_short = 1, center_finger = 2, remove_finger = 3 };

enum class AutomaticFinger : std::int32_t { off = 0, on = 1 };
enum class Finger : std::int32_t { lifted = 0, present = 1 };

// One connection; closed by the destructor. Every send is bounded by the time given to connect, and fails with `gone`
// if the device was closed or has another client.
class VirtualScanner {
  public:
    // Tries again until the device is open or the time is up (`timeout`).
    [[nodiscard]] static Result<VirtualScanner> connect(const std::filesystem::path& socket,
                                                        std::chrono::milliseconds limit);

    // With the automatic finger on (as it is at first), the image comes with finger on before and off after it.
    [[nodiscard]] Status send(const GreyImage& image);
    // Afterwards libfprint waits for the finger to be lifted, and takes an image for that alone: send Finger::lifted.
    [[nodiscard]] Status send(Retry retry);
    [[nodiscard]] Status send_device_error(std::int32_t code);  // libfprint's FpDeviceError
    [[nodiscard]] Status send(AutomaticFinger automatic);
    [[nodiscard]] Status send(Finger finger);
    [[nodiscard]] Status unplug();

    // Ends the conversation and waits until the driver has read all of it. `gone`: it did not; what was sent is lost.
    [[nodiscard]] Status finish();

  private:
    explicit VirtualScanner(UniqueFd socket) : socket_(std::move(socket)) {}

    [[nodiscard]] Status send_header(std::int32_t first, std::int32_t second);
    [[nodiscard]] Status send_bytes(const void* data, std::size_t size);

    UniqueFd socket_;
};

}  // namespace sekimori::lab::fingers
