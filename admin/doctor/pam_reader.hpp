// SPDX-License-Identifier: Apache-2.0
// PamReader: reads PAM files into chains, line by line, with includes.
#pragma once

#include <optional>
#include <string_view>

#include "admin/doctor/pam_stack.hpp"

namespace sekimori::doctor {

class PamLines;
class PamWords;

class PamReader {
  public:
    // Borrows everything.
    PamReader(const Tree& tree, const PamLayout& layout, std::vector<Defect>& defects) noexcept
        : tree_(tree), layout_(layout), defects_(defects) {}

    using Stacks = std::array<Stack, kPhases.size()>;
    enum class Done : std::uint8_t { read, refused };  // refused: PAM_ABORT

    // A service's own file.
    [[nodiscard]] Done read_file(const std::string& path, Stacks& stacks);
    // /etc/pam.conf: each line begins with its service.
    [[nodiscard]] Done read_single(const std::string& path, const std::string& service, Stacks& own, Stacks& other);
    // Can a file be opened there? A directory can, and is empty.
    [[nodiscard]] bool opens(const std::string& path);

  private:
    struct At {
        Place place;
        std::optional<Phase> wanted;  // none: all phases
        std::uint8_t level;
        Stacks& stacks;
    };
    [[nodiscard]] Done read_lines(const std::string& path, std::optional<Phase> wanted, std::uint8_t level,
                                  Stacks& stacks);
    [[nodiscard]] Done read_line(PamWords& words, const At& at);
    [[nodiscard]] Done include(const std::optional<std::string>& name, std::optional<Phase> phase, Handler handler,
                               std::uint8_t level, const At& at);
    [[nodiscard]] Done add(Stacks& stacks, std::optional<Phase> phase, Handler handler);
    void note(Defect::Kind kind, const Place& place, std::string text);
    [[nodiscard]] std::string text_of(const std::string& path);

    const Tree& tree_;
    const PamLayout& layout_;
    std::vector<Defect>& defects_;
    std::size_t depth_{0};
};

}  // namespace sekimori::doctor
