// SPDX-License-Identifier: Apache-2.0
// PAM files as an administrator may have left them, and sudoers. A tree in one input: files are separated by NUL, the
// first is the service, the next ones are `other` and what both include as a, b, c. Whatever stands there: every run of
// the dispatch that lets somebody in ends in an ending that the enumeration knows.
#include <algorithm>
#include <string>
#include <vector>

#include "admin/doctor/pam_check.hpp"
#include "admin/doctor/pam_modules.hpp"
#include "admin/doctor/pam_paths.hpp"
#include "admin/doctor/sudoers.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using namespace sekimori::doctor;

// Codes that depend on the input and the round alone.
class Dice {
  public:
    explicit Dice(std::size_t seed) noexcept : state_(seed * 2654435761U + 1) {}
    Code code() noexcept {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        const std::size_t index = (state_ >> 33U) % (kCodes * 2);
        return index >= kCodes ? Code::success : static_cast<Code>(index);
    }

  private:
    std::size_t state_;
};

void compare(const Chain& chain, std::size_t seed) {
    std::vector<ModuleView> views;
    for (const Handler& handler : chain)
        views.push_back({handler.kind == Handler::Kind::must_fail
                             ? CodeSet().set(static_cast<std::size_t>(Code::perm_denied))
                             : every_code().reset(static_cast<std::size_t>(Code::incomplete)),
                         {},
                         {}});
    const Paths paths(chain, views);
    if (!paths.complete()) return;
    bool in = false;
    for (const Ending& ending : paths.endings()) in = in || !ending.new_password;
    for (std::size_t round = 0; round < 8; ++round) {
        Dice dice(seed + round);
        const Run played = run(chain, [&](std::size_t) {
            const Code code = dice.code();
            return code == Code::incomplete ? Code::abort : code;
        });
        SEKIMORI_HOLDS(played.verdict != Code::success || in);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    MemoryTree tree;
    const std::string input(reinterpret_cast<const char*>(data), size);
    const char* names[] = {"subject", "other", "a", "b", "c"};
    std::size_t begin = 0;
    for (const char* name : names) {
        if (begin > input.size()) break;
        const std::size_t end = std::min(input.size(), input.find('\0', begin));
        tree.files[std::string("/etc/pam.d/") + name] = input.substr(begin, end - begin);
        begin = end + 1;
    }
    tree.files["/etc/sudoers"] = input;
    for (const Phase phase : {Phase::auth, Phase::account, Phase::session})
        compare(load_service(tree, "subject").of(phase).chain, size);
    for (const Check& check : check_pam(tree)) SEKIMORI_HOLDS(!check.id.empty() && !check.message.english.empty());
    SEKIMORI_HOLDS(!check_sudo(tree).empty());
    return 0;
}
