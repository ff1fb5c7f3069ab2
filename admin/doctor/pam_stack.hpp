// SPDX-License-Identifier: Apache-2.0
// The stacks of a service as libpam 1.5.2 of Debian 12 assembles them: which file, @include, include, substack,
// `other`.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "admin/doctor/pam_code.hpp"
#include "admin/doctor/tree.hpp"

namespace sekimori::doctor {

enum class Phase : std::uint8_t { auth, account, session, password };
inline constexpr std::array kPhases{Phase::auth, Phase::account, Phase::session, Phase::password};
[[nodiscard]] constexpr const char* name_of(Phase phase) noexcept {
    constexpr std::array names{"auth", "account", "session", "password"};
    return names[static_cast<std::size_t>(phase)];
}

struct Place {
    std::string file;
    std::size_t line{0};
    bool operator==(const Place&) const = default;
};

// One entry of a stack.
struct Handler {
    enum class Kind : std::uint8_t { module, must_fail, substack };
    Kind kind{Kind::module};
    std::uint8_t level{0};  // how many substacks deep
    bool silent{false};     // -type: a missing module is not logged
    Actions actions{};
    std::string module;  // as written; of a substack its file
    std::vector<std::string> arguments;
    Place place;
};
using Chain = std::vector<Handler>;

inline constexpr std::size_t kMaxLevels = 16;  // PAM_SUBSTACK_MAX_LEVEL

struct Defect {
    enum class Kind : std::uint8_t {
        word,        // a type or control that libpam does not understand: the line denies
        include,     // an included file is not there or not readable: the line, or the service, denies
        unread,      // the file is given up in the middle: the service denies
        unreadable,  // not to us; perhaps to root
        undefined,   // libpam's behaviour is undefined: nothing can be proved
    };
    Kind kind;
    Place place;
    std::string text;  // the word or file
    bool operator==(const Defect&) const = default;
};

struct Stack {
    Chain chain;
    bool from_other{false};  // the service's own file says nothing about this phase
};

struct Service {
    std::string name;
    std::array<Stack, kPhases.size()> stacks;
    bool refused{false};  // libpam gives the whole service up: every phase fails
    std::vector<Defect> defects;

    [[nodiscard]] const Stack& of(Phase phase) const noexcept { return stacks[static_cast<std::size_t>(phase)]; }
};

// Where libpam looks.
struct PamLayout {
    std::vector<std::string> directories{"/etc/pam.d", "/usr/lib/pam.d"};  // the first that has the file wins
    std::string includes{"/etc/pam.d"};   // Debian: included names are looked for here alone
    std::string single{"/etc/pam.conf"};  // read only if there is none of the directories
};

// Never fails: what libpam would refuse is said in the answer. "other" stands for every service without a file.
[[nodiscard]] Service load_service(const Tree& tree, const std::string& name, const PamLayout& layout = {});
// Names of all services that have a file (or a line in pam.conf), sorted; without leftovers and Debian's common-*.
[[nodiscard]] std::vector<std::string> services_of(const Tree& tree, const PamLayout& layout = {});
// What an editor or dpkg left behind; no program asks for such a service.
[[nodiscard]] bool is_leftover(const std::string& file) noexcept;

}  // namespace sekimori::doctor
