// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/admin/doctor/stack_maker.hpp"

namespace sekimori::doctor::test {

// Mostly the codes at which stacks fork.
std::string StackMaker::code() {
    if (chance(45)) return "success";
    return one_of({"ignore", "auth_err", "perm_denied", "new_authtok_reqd", "user_unknown", "authinfo_unavail",
                   "cred_err", "abort", "module_unknown", "try_again", "acct_expired"});
}

std::string StackMaker::control() {
    if (chance(45)) return one_of({"required", "requisite", "sufficient", "optional", "Required"});
    std::string pairs;
    const auto action = [&] {
        return chance(30) ? std::to_string(1 + pick(3)) : one_of({"ok", "done", "bad", "die", "ignore", "reset"});
    };
    for (std::size_t i = 0; i < 1 + pick(3); ++i)
        pairs += (chance(20) ? "  " : " ") + code() + (chance(20) ? " = " : "=") + action();
    if (chance(60)) pairs += " default=" + action();
    if (chance(3)) pairs += one_of({" nonsense=ok", " success=0", " success", " success=okdone", " =ok", " default=x"});
    return "[" + pairs + "]";
}

std::string StackMaker::module_line(const std::string& type) {
    const std::string head = type + "\t" + control() + (chance(10) ? " \\\n  " : " ");
    if (chance(6)) return head + "pam_permit.so\n";
    if (chance(6)) return head + "pam_deny.so\n";
    if (chance(4)) return (chance(50) ? "-" : "") + head + "pam_that_is_not_there.so\n";
    const std::string phases = type == "account"   ? "acct=" + code()
                               : type == "session" ? "open_session=" + code() + " close_session=" + code()
                                                   : "auth=" + code() + " cred=" + code();
    return head + "pam_debug.so [" + phases.substr(0, phases.find(' ')) + "]" +
           (phases.find(' ') == std::string::npos ? "" : phases.substr(phases.find(' '))) +
           (chance(10) ? " # a remark\n" : "\n");
}

std::string StackMaker::included(int depth) {
    const std::string name = "part" + std::to_string(files_.size());
    files_[name] = "";  // takes the name
    files_[name] = lines(1 + pick(4), depth - 1);
    return directory_ + "/" + name;
}

std::string StackMaker::lines(std::size_t count, int depth) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        if (chance(8)) text += one_of({"\n", "# nothing\n", "  \t\n", "#\\\n"});
        const std::string type = one_of({"auth", "account", "session", "auth", "account", "AUTH"});
        if (depth > 0 && chance(25))
            text += chance(25) ? "@include " + included(depth) + "\n"
                               : type + " " + one_of({"include ", "substack ", "substack "}) + included(depth) + "\n";
        else if (chance(2))
            text += type + " " + one_of({"include", "substack"}) + " " + directory_ + "/that-is-not-there\n";
        else if (chance(2))
            text += one_of({"athu required pam_permit.so\n", "auth\n", "account required\n", "-\n",
                            "nothing sufficient pam_permit.so\n", "auth [success=ok pam_permit.so\n"});
        else
            text += module_line(type == "AUTH" ? "auth" : type);
    }
    if (chance(1)) text += "auth required pam_permit.so \\";  // and there it ends
    return text;
}

std::map<std::string, std::string> StackMaker::files() {
    files_.clear();
    if (!chance(10)) files_["subject"] = lines(1 + pick(7), 3);
    if (files_.empty() || chance(50)) files_["other"] = lines(1 + pick(4), 2);
    return files_;
}

}  // namespace sekimori::doctor::test
