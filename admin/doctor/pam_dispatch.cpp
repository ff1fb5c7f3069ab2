// SPDX-License-Identifier: Apache-2.0
#include "admin/doctor/pam_dispatch.hpp"

namespace sekimori::doctor {
namespace {

using Kind = Action::Kind;

// Walks on to the next module, entering substacks on the way.
void settle(const Chain& chain, Walk& walk) {
    for (; walk.next < chain.size(); ++walk.next) {
        const Handler& handler = chain[walk.next];
        if (walk.previous_level < handler.level) walk.entered[handler.level] = walk.mark;
        // Deeper marks are written again before they are read: forgetting them makes equal walks equal.
        for (std::size_t level = handler.level + 1U; level < kMaxLevels; ++level) walk.entered[level] = {};
        if (handler.kind != Handler::Kind::substack) return;
        walk.previous_level = handler.level;
    }
}

[[nodiscard]] bool more_at(const Chain& chain, std::size_t at, std::uint8_t level) noexcept {
    return at + 1 < chain.size() && chain[at + 1].level >= level;
}

// The rest of this substack, or of the chain, is not called.
std::size_t last_of_level(const Chain& chain, std::size_t at, std::uint8_t level) noexcept {
    while (more_at(chain, at, level)) ++at;
    return at;
}

void accept(Mark& mark, Code code) noexcept {
    if (mark.impression == Impression::undefined ||
        (mark.impression == Impression::positive && mark.status == Code::success))
        mark = {Impression::positive, code};
}

void reject(Mark& mark, Code code) noexcept {
    if (mark.impression != Impression::negative)
        mark = {Impression::negative, code == Code::ignore ? Code::perm_denied : code};
}

// A jump of N skips N modules of this level; a substack counts as one. Beyond the end: denied.
std::size_t jump(const Chain& chain, std::size_t at, std::uint8_t level, std::uint32_t skip, Mark& mark) noexcept {
    for (; skip > 0 && more_at(chain, at, level); --skip) {
        do ++at;
        while (more_at(chain, at, static_cast<std::uint8_t>(level + 1)));
    }
    if (skip > 0) mark = {Impression::negative, Code::perm_denied};
    return at;
}

}  // namespace

Walk start(const Chain& chain) {
    Walk walk;
    settle(chain, walk);
    return walk;
}

bool ended(const Chain& chain, const Walk& walk) noexcept { return walk.next >= chain.size(); }

void advance(const Chain& chain, Walk& walk, Code code, std::optional<Code> frozen) {
    const Handler& handler = chain[walk.next];
    const Code deciding = frozen.value_or(code);
    const Action action = handler.actions[static_cast<std::size_t>(deciding)];
    std::size_t at = walk.next;
    switch (action.kind) {
        case Kind::reset:
            walk.mark = walk.entered[handler.level];
            break;
        case Kind::ok:
        case Kind::done:
            // A frozen chain may come here with an ignore that was none the first time: it decides nothing.
            if (code != Code::ignore || deciding == code) accept(walk.mark, code);
            if (action.kind == Kind::done && walk.mark.impression == Impression::positive)
                at = last_of_level(chain, at, handler.level);
            break;
        case Kind::bad:
            reject(walk.mark, code);
            break;
        case Kind::die:
            reject(walk.mark, code);
            at = last_of_level(chain, at, handler.level);
            break;
        case Kind::ignore:
            break;
        case Kind::jump:
            at = jump(chain, at, handler.level, action.skip, walk.mark);
            break;
    }
    walk.previous_level = handler.level;
    walk.next = static_cast<std::uint16_t>(at + 1);
    settle(chain, walk);
}

Code verdict(const Walk& walk) noexcept {
    const bool unfounded = walk.mark.status == Code::success && walk.mark.impression != Impression::positive;
    return unfounded ? Code::perm_denied : walk.mark.status;
}

Run run(const Chain& chain, const Modules& modules, const Run* frozen) {
    Run run{Code::perm_denied, std::vector<std::optional<Code>>(chain.size())};
    Walk walk = start(chain);
    while (!ended(chain, walk)) {
        const std::size_t at = walk.next;
        const Code code = chain[at].kind == Handler::Kind::must_fail ? Code::perm_denied : modules(at);
        run.returned[at] = code;
        if (code == Code::incomplete) {  // the application is asked to call again: nothing is decided
            run.verdict = code;
            return run;
        }
        advance(chain, walk, code, frozen == nullptr ? std::nullopt : frozen->returned[at]);
    }
    run.verdict = verdict(walk);
    return run;
}

}  // namespace sekimori::doctor
