// SPDX-License-Identifier: Apache-2.0
#include "admin/doctor/pam_modules.hpp"

#include <algorithm>
#include <string_view>

namespace sekimori::doctor {
namespace {

using C = Code;

// What a module's phase can do to a stack. Which of the refusals it is matters little; that it may be none does.
enum class Says : std::uint8_t {
    absent,   // the module has no such phase: module_unknown
    refuses,  // never success, never ignore
    answers,  // success or a refusal
    answers_or_ignores,
    ignores,  // ignore or a refusal, never success
    expires,  // answers, and may ask for a new password
    anything,
};

struct Row {
    std::string_view module;
    Says auth, account, session;
};

constexpr auto kNone = Says::absent;
constexpr auto kNo = Says::refuses;
constexpr auto kYes = Says::answers;
constexpr auto kMay = Says::answers_or_ignores;
constexpr auto kPass = Says::ignores;

// From the sources of pam 1.5.2-6+deb12u2, libcap2 2.66, systemd 252.
constexpr Row kRows[] = {
    {"pam_access.so", kMay, kMay, kMay},      {"pam_cap.so", kMay, kNone, kNone},
    {"pam_deny.so", kNo, kNo, kNo},           {"pam_echo.so", kMay, kMay, kMay},
    {"pam_env.so", kMay, kMay, kMay},         {"pam_faildelay.so", kMay, kNone, kNone},
    {"pam_group.so", kMay, kNone, kNone},     {"pam_keyinit.so", kMay, kNone, kMay},
    {"pam_lastlog.so", kMay, kMay, kMay},     {"pam_limits.so", kNone, kNone, kMay},
    {"pam_listfile.so", kMay, kMay, kMay},    {"pam_localuser.so", kYes, kYes, kYes},
    {"pam_loginuid.so", kNone, kMay, kMay},   {"pam_mail.so", kMay, kNone, kMay},
    {"pam_mkhomedir.so", kNone, kNone, kYes}, {"pam_motd.so", kNone, kNone, kMay},
    {"pam_nologin.so", kMay, kMay, kNone},    {"pam_permit.so", kYes, kYes, kYes},
    {"pam_rootok.so", kYes, kYes, kNone},     {"pam_securetty.so", kYes, kYes, kNone},
    {"pam_shells.so", kYes, kYes, kNone},     {"pam_succeed_if.so", kMay, kMay, kMay},
    {"pam_systemd.so", kNone, kNone, kYes},   {"pam_time.so", kNone, kYes, kNone},
    {"pam_umask.so", kNone, kNone, kYes},     {"pam_unix.so", kYes, Says::expires, kYes},
    {"pam_usertype.so", kMay, kMay, kMay},    {"pam_warn.so", kPass, kPass, kPass},
    {"pam_wheel.so", kMay, kMay, kNone},
};

CodeSet codes_of(Says says) {
    const auto index = [](C code) { return static_cast<std::size_t>(code); };
    CodeSet codes = every_code();
    codes.reset(index(C::incomplete));
    if (says == Says::anything) return codes;
    if (says == Says::absent) return CodeSet().set(index(C::module_unknown));
    if (says != Says::expires) codes.reset(index(C::new_authtok_reqd));
    if (says == Says::refuses || says == Says::ignores) codes.reset(index(C::success));
    if (says != Says::answers_or_ignores && says != Says::ignores) codes.reset(index(C::ignore));
    return codes;
}

Says said_by(const Row& row, Phase phase) {
    switch (phase) {
        case Phase::auth:
            return row.auth;
        case Phase::account:
            return row.account;
        case Phase::session:
            return row.session;
        case Phase::password:
            break;
    }
    return Says::anything;
}

// "$ISA" is /lib/security in Debian.
std::string without_isa(std::string module) {
    if (const std::size_t isa = module.find("$ISA"); isa != std::string::npos) module.replace(isa, 4, "/lib/security");
    return module;
}

// Of our module; any other word makes it answer service_err.
bool knows_options(const Handler& handler) {
    return std::all_of(handler.arguments.begin(), handler.arguments.end(), [](const std::string& word) {
        return word == "observe" || word.starts_with("intent=") || word.starts_with("lang=") ||
               word.starts_with("socket=");
    });
}

bool is_triplet(std::string_view name) noexcept { return name.find("-linux-gnu") != std::string_view::npos; }

}  // namespace

ModuleFiles module_files(const Tree& tree) {
    ModuleFiles files;
    for (const std::string lib : {"/lib", "/usr/lib"}) {
        if (tree.is_directory(lib + "/security")) files.directories.push_back(lib + "/security");
        for (const std::string& name : tree.list(lib))
            if (is_triplet(name) && tree.is_directory(lib + "/" + name + "/security"))
                files.directories.push_back(lib + "/" + name + "/security");
    }
    return files;
}

bool has_module(const Tree& tree, const ModuleFiles& files, const std::string& written) {
    const std::string module = without_isa(written);
    if (files.directories.empty()) return true;
    if (module.starts_with('/')) return tree.exists(module);
    return std::any_of(files.directories.begin(), files.directories.end(),
                       [&](const std::string& directory) { return tree.exists(directory + "/" + module); });
}

std::string standard_name(const std::string& written) {
    std::string module = without_isa(written);
    const std::size_t slash = module.rfind('/');
    if (slash == std::string::npos) return module;
    std::string_view directory = std::string_view(module).substr(0, slash);
    if (directory.starts_with("/usr")) directory.remove_prefix(4);
    if (!directory.starts_with("/lib/") || !directory.ends_with("security")) return {};
    directory.remove_prefix(5);
    const bool standard = directory == "security" || (directory.ends_with("/security") && is_triplet(directory) &&
                                                      directory.find('/') == directory.size() - 9);
    return standard ? module.substr(slash + 1) : std::string();
}

Ours ours(const Handler& handler) {
    if (handler.kind != Handler::Kind::module || standard_name(handler.module) != kOurModule) return Ours::no;
    Ours kind = Ours::factors;
    for (const std::string& argument : handler.arguments) {
        if (argument == "observe") return Ours::trial;
        // Whoever listens there decides.
        if (argument.starts_with("socket="))
            kind = argument == "socket=/run/sekimori/auth.sock" ? Ours::factors : Ours::other_socket;
    }
    return kind;
}

CodeSet possible_codes(const Tree& tree, const ModuleFiles& files, const Handler& handler, Phase phase) {
    const auto only = [](C code) { return CodeSet().set(static_cast<std::size_t>(code)); };
    if (handler.kind == Handler::Kind::must_fail) return only(C::perm_denied);
    const CodeSet vanished = only(C::module_unknown);
    if (!has_module(tree, files, handler.module)) return vanished;
    switch (ours(handler)) {
        case Ours::trial:
            return only(C::cred_insufficient) | vanished | (knows_options(handler) ? CodeSet() : only(C::service_err));
        case Ours::factors:
        case Ours::other_socket:
            return codes_of(Says::answers);  // its table holds no other (pam_module/pam_code.cpp)
        case Ours::no:
            break;
    }
    const std::string name = standard_name(handler.module);
    const auto* row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.module == name; });
    return codes_of(row == std::end(kRows) ? Says::anything : said_by(*row, phase)) | vanished;
}

}  // namespace sekimori::doctor
