// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace sekimori::lab {

/// A PIN and its counter. The counter outlives resets, power and, through on_change, the process.
class Pin {
  public:
    enum class Verdict : std::uint8_t { Right, Wrong, Blocked };
    static constexpr unsigned kMaxTries = 3;

    Pin(std::string digits, unsigned tries, unsigned max_tries = kMaxTries)
        : digits_(std::move(digits)), tries_(std::min(tries, max_tries)), max_tries_(max_tries) {}

    unsigned tries() const { return tries_; }
    const std::string& digits() const { return digits_; }
    /// Called after every change of the counter, before verify() returns: a wrong try is charged even if the card is
    /// pulled.
    void on_change(std::function<void(unsigned tries)> callback) { on_change_ = std::move(callback); }

    Verdict verify(std::string_view candidate) {
        if (tries_ == 0) return Verdict::Blocked;
        const bool right = candidate == digits_;
        const unsigned before = std::exchange(tries_, right ? max_tries_ : tries_ - 1);
        if (tries_ != before && on_change_) on_change_(tries_);
        return right ? Verdict::Right : Verdict::Wrong;
    }
    void block() { tries_ = 0; }

  private:
    std::string digits_;
    unsigned tries_;
    unsigned max_tries_;
    std::function<void(unsigned)> on_change_;
};

}  // namespace sekimori::lab
