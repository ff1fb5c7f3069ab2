// SPDX-License-Identifier: Apache-2.0
// The lines and words of a PAM file as Linux-PAM 1.5 sees them: through a buffer of 1024 bytes, with '#', '\' at the
// end of a line, and [...] as one word. What it gets wrong (long lines are cut in two) is got wrong here as well.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sekimori::doctor {

class PamLines {
  public:
    // `text` outlives this.
    explicit PamLines(std::string_view text) noexcept : text_(text) {}

    enum class End { none, file, broken };  // broken: libpam gives the whole file up
    // The next line that says something, continuation lines joined; none at the end.
    [[nodiscard]] std::optional<std::string> next();
    [[nodiscard]] End end() const noexcept { return end_; }
    // Where the last line began, from 1.
    [[nodiscard]] std::size_t number() const noexcept { return number_; }

  private:
    [[nodiscard]] std::optional<std::string> piece(std::size_t room);
    std::string_view text_;
    std::size_t lines_{0}, number_{0};
    bool in_line_{false};
    End end_{End::none};
};

class PamWords {
  public:
    // `line` outlives this.
    explicit PamWords(std::string_view line) noexcept : rest_(line) {}
    // The next word, of [...] the inside; "\]" in it is "]".
    [[nodiscard]] std::optional<std::string> next();

  private:
    std::string_view rest_;
};

}  // namespace sekimori::doctor
