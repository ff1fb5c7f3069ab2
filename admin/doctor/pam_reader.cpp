// SPDX-License-Identifier: Apache-2.0
#include "admin/doctor/pam_reader.hpp"

#include <algorithm>
#include <utility>

#include "admin/doctor/pam_control.hpp"
#include "admin/doctor/pam_lines.hpp"

namespace sekimori::doctor {
namespace {

using Kind = Action::Kind;

// libpam has no bound for either; a file that includes itself takes it to the end of its memory.
constexpr std::size_t kMaxIncludes = 32;
constexpr std::size_t kMaxChain = 512;
constexpr std::size_t kMaxDefects = 64;

Actions all(Kind kind) {
    Actions actions;
    actions.fill({kind, 0});
    return actions;
}

std::optional<Phase> phase_of(std::string_view word) noexcept {
    for (const Phase phase : kPhases)
        if (same_word(word, name_of(phase))) return phase;
    return std::nullopt;
}

// The file name without directory and last suffix; libpam gives up where nothing is left.
bool has_name(std::string_view module) noexcept {
    module.remove_prefix(module.rfind('/') + 1);  // npos + 1 is 0
    module = module.substr(0, module.rfind('.'));
    return !module.empty() && module != "?";
}

}  // namespace

void PamReader::note(Defect::Kind kind, const Place& place, std::string text) {
    Defect defect{kind, place, std::move(text)};
    if (defects_.size() < kMaxDefects && std::find(defects_.begin(), defects_.end(), defect) == defects_.end())
        defects_.push_back(std::move(defect));
}

bool PamReader::opens(const std::string& path) {
    if (tree_.is_directory(path)) return true;
    const auto content = tree_.read(path);
    if (!content && content.error().code != ErrorCode::not_found) note(Defect::Kind::unreadable, {path, 0}, path);
    return content.has_value();
}

std::string PamReader::text_of(const std::string& path) { return tree_.read(path).value_or(std::string()); }

PamReader::Done PamReader::add(Stacks& stacks, std::optional<Phase> phase, Handler handler) {
    // A line of no phase, or one whose module has no name: libpam returns PAM_ABORT.
    if (!phase) return Done::refused;
    if (!handler.module.empty() || handler.kind == Handler::Kind::module)
        if (!has_name(handler.module)) {
            note(Defect::Kind::word, handler.place, handler.module);
            return Done::refused;
        }
    Chain& chain = stacks[static_cast<std::size_t>(*phase)].chain;
    if (chain.size() >= kMaxChain) {
        note(Defect::Kind::undefined, handler.place, "too many lines");
        return Done::refused;
    }
    chain.push_back(std::move(handler));
    return Done::read;
}

PamReader::Done PamReader::include(const std::optional<std::string>& name, std::optional<Phase> phase, Handler handler,
                                   std::uint8_t level, const At& at) {
    if (level != at.level) {
        Handler marker = handler;
        marker.kind = Handler::Kind::substack;
        marker.module = name.value_or("");
        if (add(at.stacks, phase, std::move(marker)) == Done::refused) return Done::refused;
    }
    if (!name) {
        note(Defect::Kind::undefined, at.place, "include");  // Debian's libpam reads through a null pointer
        return Done::refused;
    }
    const std::string path = name->starts_with('/') ? *name : layout_.includes + "/" + *name;
    const bool searched = name->starts_with('/') || tree_.is_directory(layout_.includes);
    if (searched && level < kMaxLevels && opens(path)) {
        if (read_lines(path, phase, level, at.stacks) == Done::read) return Done::read;
    } else {
        note(Defect::Kind::include, at.place, path);
    }
    // An @include has no actions of its own: below an include libpam takes what the memory held.
    if (!phase || handler.module == "@include") {
        if (phase) note(Defect::Kind::undefined, at.place, path);
        return Done::refused;
    }
    handler.kind = Handler::Kind::must_fail;
    handler.actions = all(Kind::bad);
    handler.module.clear();
    return add(at.stacks, phase, std::move(handler));
}

// One line, behind its service. The order of the steps is libpam's.
PamReader::Done PamReader::read_line(PamWords& words, const At& at) {
    Handler handler;
    handler.level = at.level;
    handler.place = at.place;
    std::optional<Phase> phase;
    auto type = words.next();
    if (type && type->starts_with('-')) {
        handler.silent = true;
        type->erase(0, 1);
    }
    if (type && same_word(*type, "@include")) {
        handler.module = "@include";
        return include(words.next(), at.wanted, std::move(handler), at.level, at);
    }
    if (type) phase = phase_of(*type);
    if (!phase) {
        note(Defect::Kind::word, at.place, type.value_or(""));
        phase = at.wanted.value_or(Phase::auth);  // the most sensitive one
        handler.kind = Handler::Kind::must_fail;
    }
    if (at.wanted && phase != at.wanted) return Done::read;
    const auto control = words.next();
    if (control && (same_word(*control, "include") || same_word(*control, "substack"))) {
        const bool substack = same_word(*control, "substack");
        return include(words.next(), phase, std::move(handler),
                       static_cast<std::uint8_t>(at.level + (substack ? 1 : 0)), at);
    }
    if (control) {
        const Control parsed = control_of(*control);
        handler.actions = parsed.actions;
        if (parsed.fault == ControlFault::syntax) note(Defect::Kind::word, at.place, *control);
        if (parsed.fault == ControlFault::undefined) note(Defect::Kind::undefined, at.place, *control);
    } else {
        handler.actions = all(Kind::bad);
    }
    auto module = words.next();
    if (!control || !module) {
        note(Defect::Kind::word, at.place, "");
        handler.kind = Handler::Kind::must_fail;
    }
    if (module) handler.module = std::move(*module);
    while (auto argument = words.next()) handler.arguments.push_back(std::move(*argument));
    return add(at.stacks, phase, std::move(handler));
}

PamReader::Done PamReader::read_lines(const std::string& path, std::optional<Phase> wanted, std::uint8_t level,
                                      Stacks& stacks) {
    if (depth_ >= kMaxIncludes) {
        note(Defect::Kind::undefined, {path, 0}, "include");
        return Done::refused;
    }
    ++depth_;
    const std::string text = text_of(path);
    PamLines lines(text);
    Done done = Done::read;
    while (done == Done::read) {
        const auto line = lines.next();
        if (!line) break;
        PamWords words(*line);
        done = read_line(words, {{path, lines.number()}, wanted, level, stacks});
    }
    --depth_;
    if (done == Done::read && lines.end() == PamLines::End::broken) {
        note(Defect::Kind::unread, {path, lines.number()}, path);
        done = Done::refused;
    }
    return done;
}

PamReader::Done PamReader::read_file(const std::string& path, Stacks& stacks) {
    return read_lines(path, std::nullopt, 0, stacks);
}

PamReader::Done PamReader::read_single(const std::string& path, const std::string& service, Stacks& own,
                                       Stacks& other) {
    const std::string text = text_of(path);
    PamLines lines(text);
    while (const auto line = lines.next()) {
        PamWords words(*line);
        const std::string name = words.next().value_or("");
        const bool is_other = same_word(name, "other");
        if (!is_other && !same_word(name, service)) continue;
        if (read_line(words, {{path, lines.number()}, std::nullopt, 0, is_other ? other : own}) == Done::refused)
            return Done::refused;
    }
    return lines.end() == PamLines::End::broken ? Done::refused : Done::read;
}

}  // namespace sekimori::doctor
