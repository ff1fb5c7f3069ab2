// SPDX-License-Identifier: Apache-2.0
#include "admin/doctor/pam_check.hpp"

#include <algorithm>

#include "admin/doctor/pam_modules.hpp"
#include "admin/doctor/pam_paths.hpp"
#include "admin/doctor/pam_service.hpp"
#include "admin/text.hpp"

namespace sekimori::doctor {
namespace {

using admin::later;

constexpr std::size_t kMaxRoutes = 4;  // shown of one kind; the first is enough to know where to look
constexpr const char* kEnable = later("Let the profile do it: sekimori setup --enable (pam-auth-update).");

std::string action_text(const Action& action) {
    constexpr std::array names{"ignore", "ok", "done", "bad", "die", "reset"};
    if (action.kind == Action::Kind::jump) return "skip " + std::to_string(action.skip);
    return names[static_cast<std::size_t>(action.kind)];
}

std::string place_text(const Place& place) {
    return place.line == 0 ? place.file : place.file + ":" + std::to_string(place.line);
}

std::vector<std::string> path_text(const Chain& chain, const Path& path) {
    std::vector<std::string> lines;
    for (const PathStep& step : path) {
        const Handler& handler = chain[step.handler];
        const std::string module = handler.kind == Handler::Kind::module ? handler.module : "?";
        lines.push_back(place_text(handler.place) + " " + module + " → " + action_text(step.action) + " (" +
                        std::string(name_of(step.returned)) + ")");
    }
    return lines;
}

Facts with(Facts facts, Fact fact) { return facts.set(static_cast<std::size_t>(fact)); }

// What each entry may return, and what follows from it.
std::vector<ModuleView> views_of(const Tree& tree, const ModuleFiles& files, const Chain& chain, Phase phase) {
    std::vector<ModuleView> views;
    bool logind = false;
    for (const Handler& handler : chain) {
        ModuleView view{possible_codes(tree, files, handler, phase), {}, {}};
        const std::string name = standard_name(handler.module);
        if (ours(handler) == Ours::factors) {
            view.on_success = with(view.on_success, Fact::factors);
            if (logind) view.on_success = with(view.on_success, Fact::bound);
        }
        if (name == "pam_rootok.so") view.on_success = with(view.on_success, Fact::root);
        if (name == "pam_systemd.so") {
            logind = true;
            view.when_called = with(view.when_called, Fact::logind);
        }
        views.push_back(view);
    }
    return views;
}

// One phase of one service.
struct Examined {
    const Service& service;
    Phase phase;
    const Chain& chain;
    std::vector<ModuleView> views;
    Paths paths;

    Examined(const Tree& tree, const ModuleFiles& files, const Service& from, Phase which)
        : service(from),
          phase(which),
          chain(from.of(which).chain),
          views(views_of(tree, files, chain, which)),
          paths(chain, views) {}
    Examined(const Examined&) = delete;
    Examined& operator=(const Examined&) = delete;
    Examined(Examined&&) = delete;
    Examined& operator=(Examined&&) = delete;
    ~Examined() = default;

    [[nodiscard]] Check check(Status status, Text message, Text fix, std::vector<std::string> path = {}) const {
        return {std::string("pam.") + name_of(phase),
                status,
                service.name,
                std::move(path),
                std::move(message),
                std::move(fix)};
    }
    void routes(Checks& checks, const Ending& ending, Status status, const Text& message, const Text& fix) const {
        for (const Path& path : paths.routes(ending, kMaxRoutes))
            checks.push_back(check(status, message, fix, path_text(chain, path)));
    }
    [[nodiscard]] bool has_trial() const {
        return std::any_of(chain.begin(), chain.end(), [](const Handler& h) { return ours(h) == Ours::trial; });
    }
    // What is right: the first way in, or none.
    [[nodiscard]] Check fine(const char* message) const {
        for (const Ending& ending : paths.endings())
            if (const auto found = paths.routes(ending, 1); !found.empty())
                return check(Status::ok, {message, {}}, {}, path_text(chain, found.front()));
        return check(Status::ok, {later("Nobody gets through here."), {}}, {});
    }
    [[nodiscard]] Check unproved() const {
        return check(Status::fail, {later("This stack has too many ways to be examined."), {}},
                     {later("Make it shorter."), {}});
    }
};

bool opens(const Ending& ending) noexcept { return !ending.new_password && !has(ending.facts, Fact::factors); }

bool is_closed(const Examined& account) {
    const auto endings = account.paths.endings();
    return account.paths.complete() && std::none_of(endings.begin(), endings.end(), opens);
}

void auth_ending(Checks& checks, const Examined& auth, const Ending& ending, bool account_closed) {
    const std::string& name = auth.service.name;
    if (is_greeters_own(name))
        return auth.routes(
            checks, ending, Status::warn,
            {later("Opens the greeter's own session without a factor, as it must: nobody is there yet."), {}}, {});
    if (has(ending.facts, Fact::root) && knows_caller(name))
        return auth.routes(checks, ending, Status::warn,
                           {later("Whoever is root already needs no factor here (pam_rootok)."), {}}, {});
    if (is_autologin(name) && account_closed)
        return auth.routes(checks, ending, Status::warn,
                           {later("Without a factor; only the account phase refuses it."), {}},
                           {later("Deny it here as well: auth requisite pam_deny.so."), {}});
    const char* message = auth.has_trial() ? later("Not compliant (trial): a way to success without two factors.")
                                           : later("A way to success without two factors.");
    auth.routes(checks, ending, Status::fail, {message, {}}, {kEnable, {}});
}

Checks check_auth(const Examined& auth, bool account_closed) {
    Checks checks;
    if (!auth.paths.complete()) return {auth.unproved()};
    for (const Ending& ending : auth.paths.endings())
        if (opens(ending)) auth_ending(checks, auth, ending, account_closed);
    if (checks.empty()) checks.push_back(auth.fine(later("Every way in takes two factors.")));
    return checks;
}

Checks check_account(const Examined& account) {
    Checks checks;
    if (!account.paths.complete()) return {account.unproved()};
    const Status status = is_greeters_own(account.service.name) ? Status::warn : Status::fail;
    for (const Ending& ending : account.paths.endings()) {
        if (opens(ending))
            account.routes(
                checks, ending, status,
                {later("The account phase can succeed without our module: an ssh key or a NOPASSWD rule gets by."), {}},
                {kEnable, {}});
        else if (!has(ending.facts, Fact::factors))
            account.routes(
                checks, ending, Status::warn,
                {later("An account whose password has expired comes past our module, up to a change of the password."),
                 {}},
                {later("Put account requisite pam_sekimori.so before pam_unix.so."), {}});
    }
    if (checks.empty()) checks.push_back(account.fine(later("No way past our module.")));
    return checks;
}

// A session that is not ours to lock is no way in: a warning.
Checks check_session(const Examined& session) {
    const std::string& name = session.service.name;
    if (is_greeters_own(name) || is_unattended(name)) return {};
    Checks checks;
    if (!session.paths.complete()) return {session.unproved()};
    for (const Ending& ending : session.paths.endings())
        if (!ending.new_password && has(ending.facts, Fact::logind) && !has(ending.facts, Fact::bound) &&
            checks.empty())
            if (const auto found = session.paths.routes(ending, 1); !found.empty())
                checks.push_back(session.check(
                    Status::warn,
                    {later("A session can open that is bound to no card: it does not lock when the card is pulled."),
                     {}},
                    {later("Put session required pam_sekimori.so behind pam_systemd.so: pam-auth-update --enable "
                           "sekimori-session."),
                     {}},
                    path_text(session.chain, found.front())));
    return checks;
}

Check defect_check(const Service& service, const Defect& defect) {
    Check check{"pam.file", Status::warn, service.name, {place_text(defect.place)}, {}, {}};
    const auto says = [&](Status status, const char* message) {
        check.status = status;
        check.message = {message, {{"text", defect.text}}};
    };
    switch (defect.kind) {
        case Defect::Kind::word:
            says(Status::warn, later("libpam does not understand this line and denies: {text}"));
            break;
        case Defect::Kind::include:
            says(Status::warn, later("The file that is included here can't be opened; libpam denies: {text}"));
            break;
        case Defect::Kind::unread:
            says(Status::warn, later("libpam gives this file up and denies everything: {text}"));
            break;
        case Defect::Kind::unreadable:
            says(Status::fail, later("This file can't be read, so nothing is known of it: {text}"));
            break;
        case Defect::Kind::undefined:
            says(Status::fail, later("What libpam does here is undefined: {text}"));
            break;
    }
    check.fix = {later("Repair the line."), {}};
    return check;
}

// What is said once, however many services share it.
void add_once(Checks& checks, Check check) {
    const bool known = std::any_of(checks.begin(), checks.end(), [&](const Check& other) {
        return other.id == check.id && other.path == check.path && other.message.english == check.message.english;
    });
    if (!known) checks.push_back(std::move(check));
}

void check_files(Checks& checks, const Tree& tree, const ModuleFiles& files, const Service& service) {
    for (const Defect& defect : service.defects) add_once(checks, defect_check(service, defect));
    for (const Stack& stack : service.stacks)
        for (const Handler& handler : stack.chain) {
            if (handler.kind != Handler::Kind::module || has_module(tree, files, handler.module)) continue;
            const bool own = standard_name(handler.module) == kOurModule;
            if (handler.silent && !own) continue;
            add_once(checks, {"pam.module",
                              own ? Status::fail : Status::warn,
                              service.name,
                              {place_text(handler.place) + " " + handler.module},
                              {later("The module is not there: {module}"), {{"module", handler.module}}},
                              {later("Install it, or take the line out."), {}}});
        }
}

bool mentions_us(const Service& service) {
    return std::any_of(service.stacks.begin(), service.stacks.end(), [](const Stack& stack) {
        return std::any_of(stack.chain.begin(), stack.chain.end(),
                           [](const Handler& h) { return ours(h) != Ours::no; });
    });
}

}  // namespace

Checks check_pam(const Tree& tree, const std::optional<std::string>& wanted) {
    const auto names = wanted ? std::vector<std::string>{*wanted} : services_of(tree);
    if (names.empty())
        return {{"pam.config", Status::fail, "", {}, {later("There is no PAM configuration here."), {}}, {}}};
    const ModuleFiles files = module_files(tree);
    Checks general, checks;
    bool mentioned = false;
    for (const std::string& name : names) {
        const Service service = load_service(tree, name);
        mentioned = mentioned || mentions_us(service);
        check_files(general, tree, files, service);
        const Examined account(tree, files, service, Phase::account);
        Checks found = check_auth(Examined(tree, files, service, Phase::auth), is_closed(account));
        append(found, check_account(account));
        append(found, check_session(Examined(tree, files, service, Phase::session)));
        for (Check& check : found)
            if (check.status == Status::warn)
                add_once(checks, std::move(check));  // what services share by an include
            else
                checks.push_back(std::move(check));
    }
    if (!mentioned && !wanted)
        general.insert(general.begin(), {"pam.profile",
                                         Status::fail,
                                         "",
                                         {},
                                         {later("No PAM stack asks for the two factors."), {}},
                                         {kEnable, {}}});
    append(general, std::move(checks));
    return general;
}

}  // namespace sekimori::doctor
