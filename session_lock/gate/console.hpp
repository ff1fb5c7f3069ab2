// SPDX-License-Identifier: Apache-2.0
// The console that the gate speaks on: lines out, one line in, and no key that sends a signal.
#pragma once

#include <termios.h>

#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "protocol/secure_bytes.hpp"
#include "session_lock/gate/rounds.hpp"

namespace sekimori::gate {

enum class Echo : std::uint8_t { off, on };

inline constexpr std::size_t kMaxLine = 512;
inline constexpr Millis kForever{-1};

class Console {
  public:
    // Borrows all three. `stop` becomes readable when it is time to go. Keys that would send a signal (Ctrl-C would end
    // the gate) are characters from here on, and nothing is echoed outside a question.
    Console(int input, int output, int stop);
    ~Console();
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;
    Console(Console&&) = delete;
    Console& operator=(Console&&) = delete;

    // Control characters are left out.
    void line(std::string_view text);
    // One line without its end. What was typed before the question is thrown away. Failures: cancelled (nothing was
    // typed, or it is time to go), timeout, too_large, gone.
    [[nodiscard]] Result<SecureBytes> ask(std::string_view question, Echo echo, Millis limit = kForever);
    // A line that is typed meanwhile ends it as well if the code is offered; what it says is read by nobody.
    [[nodiscard]] Pause wait(Millis time, Rescue rescue);
    // What was typed up to now was meant for nobody.
    void forget_keys();
    // Another program has the console until take_back(); its end may have hung it up.
    void lend();
    void take_back();

  private:
    void set(Echo echo);

    int input_;
    int output_;
    int stop_;
    std::optional<termios> before_;
};

// Can a text in Japanese be read there? The kernel's own consoles and serial terminals have no such letters.
[[nodiscard]] bool shows_japanese(std::string_view term, std::string_view locale) noexcept;

}  // namespace sekimori::gate
