// SPDX-License-Identifier: Apache-2.0
// Hand: a finger that is put on the lab's scanner whenever the login asks for one.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include "tests/lab/fingers/finger.hpp"

namespace sekimori::lab::login {

class Hand {
  public:
    using Clock = std::chrono::steady_clock;

    // Its print is grown here, before the login begins.
    Hand(std::filesystem::path socket, fingers::Field master, fingers::FingerSeed seed, fingers::PressNumber first);
    Hand(const Hand&) = delete;
    Hand& operator=(const Hand&) = delete;
    Hand(Hand&&) = delete;
    Hand& operator=(Hand&&) = delete;
    ~Hand() = default;

    // Puts the finger down, each time with the next press, without waiting for the scanner to look at it.
    void press();
    // When it was last put down.
    [[nodiscard]] std::optional<Clock::time_point> last_pressed() const noexcept { return last_pressed_; }
    // When the scanner had read the last press.
    [[nodiscard]] std::optional<Clock::time_point> last_read() const noexcept;

  private:
    std::filesystem::path socket_;
    fingers::Field master_;
    fingers::FingerSeed seed_;
    std::uint64_t next_;
    std::optional<Clock::time_point> last_pressed_;
    std::atomic<Clock::rep> last_read_{0};
    std::jthread pressing_;
};

}  // namespace sekimori::lab::login
