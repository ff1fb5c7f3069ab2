// SPDX-License-Identifier: Apache-2.0
// The model of a stack against the library that it is a model of: the same files, the same answers.
#include <gtest/gtest.h>

#include <algorithm>

#include "admin/doctor/disk_tree.hpp"
#include "admin/doctor/pam_dispatch.hpp"
#include "admin/doctor/pam_modules.hpp"
#include "tests/unit/admin/doctor/real_pam.hpp"
#include "tests/unit/admin/doctor/stack_maker.hpp"

namespace sekimori::doctor::test {
namespace {

static_assert(static_cast<int>(Code::perm_denied) == PAM_PERM_DENIED);
static_assert(static_cast<int>(Code::new_authtok_reqd) == PAM_NEW_AUTHTOK_REQD);
static_assert(static_cast<int>(Code::ignore) == PAM_IGNORE);
static_assert(static_cast<int>(Code::module_unknown) == PAM_MODULE_UNKNOWN);
static_assert(static_cast<int>(Code::incomplete) == PAM_INCOMPLETE);
static_assert(kCodes == _PAM_RETURN_VALUES);

// What the stack's lines say: pam_debug.so KEY=CODE.
Code said(const Handler& handler, const std::string& key, Code denial) {
    if (handler.module == "pam_permit.so") return Code::success;
    if (handler.module == "pam_deny.so") return denial;
    if (handler.module != "pam_debug.so") return Code::module_unknown;
    for (const std::string& argument : handler.arguments)
        if (argument.starts_with(key + "="))
            for (std::size_t i = 0; i < kCodes; ++i)
                if (argument.substr(key.size() + 1) == kCodeNames[i]) return static_cast<Code>(i);
    ADD_FAILURE() << key << " is not said";
    return Code::abort;
}

int verdict_of(const Service& service, Phase phase, const std::string& key, Code denial, Run& first,
               const Run* frozen = nullptr) {
    if (service.refused) return PAM_ABORT;
    const Chain& chain = service.of(phase).chain;
    first = run(
        chain, [&](std::size_t at) { return said(chain[at], key, denial); }, frozen);
    return static_cast<int>(first.verdict);
}

Verdicts ask_model(const Service& service) {
    Run auth, cred, account, open, close;
    Verdicts verdicts{};
    verdicts.auth = verdict_of(service, Phase::auth, "auth", Code::auth_err, auth);
    verdicts.setcred = verdict_of(service, Phase::auth, "cred", Code::cred_err, cred, &auth);
    verdicts.account = verdict_of(service, Phase::account, "acct", Code::auth_err, account);
    verdicts.open_session = verdict_of(service, Phase::session, "open_session", Code::session_err, open);
    verdicts.close_session = verdict_of(service, Phase::session, "close_session", Code::session_err, close, &open);
    return verdicts;
}

std::string shown(const std::map<std::string, std::string>& files) {
    std::string text;
    for (const auto& [name, content] : files) text += "== " + name + "\n" + content;
    return text;
}

// libpam over the same files: how many of the services let somebody in is told, so that nobody tests denials only.
void compare(std::uint32_t first_seed, std::uint32_t count) {
    int successes = 0;
    for (std::uint32_t seed = first_seed; seed < first_seed + count; ++seed) {
        const Folder folder;
        const auto files = StackMaker(seed, folder.path()).files();
        for (const auto& [name, content] : files) folder.write(name, content);
        const DiskTree tree(DiskTree::open_root("/").value());
        const PamLayout layout{{folder.path()}, "/etc/pam.d", "/etc/pam.conf"};
        const Service service = load_service(tree, "Subject", layout);
        const bool undefined = std::any_of(service.defects.begin(), service.defects.end(),
                                           [](const Defect& defect) { return defect.kind == Defect::Kind::undefined; });
        if (undefined) continue;
        const Verdicts real = ask_libpam(folder.path(), "Subject");
        successes += real.auth == PAM_SUCCESS;
        ASSERT_EQ(ask_model(service), real) << "seed " << seed << "\n" << shown(files);
    }
    EXPECT_GT(successes * 10, static_cast<int>(count));
}

TEST(DoctorDifferential, StacksOfTheFirstHundreds) { compare(1, 500); }
TEST(DoctorDifferential, MoreStacks) { compare(100000, 500); }

// By hand, what the random ones may not meet.
TEST(DoctorDifferential, OddFiles) {
    const std::string in = "auth required pam_debug.so auth=success cred=success";
    const std::string out = "auth required pam_debug.so auth=auth_err cred=success";
    const std::vector<std::string> contents{
        in,
        in + "\n" + out,
        in + "\\\n" + out,
        in + "\\",
        "\\\n" + in + "\n",
        "# x\\\n" + out + "\n" + in,
        "auth required pam_debug.so auth=success cred=success " + std::string(1100, 'x') + "\n" + in + "\n",
        "#" + std::string(1022, 'x') + out + "\n" + in + "\n",
        "#" + std::string(1021, 'x') + out + "\n" + in + "\n",
        "auth [default=ok]pam_debug.so auth=success cred=success\n",
        "[auth] [required] [pam_debug.so] [auth=success] cred=success\n",
        "auth sufficient pam_debug.so auth=success cred=success\n" + std::string(20, '\n') + "@include /nowhere\n",
        "auth required pam_debug.so auth=success cred=success\r\n",
        std::string("auth required\0 x\n", 17) + in + "\n",
        "auth [success=1000 default=ok] pam_debug.so auth=success cred=success\n" + in,
        "auth [default=reset] pam_debug.so auth=success cred=success\n",
        "auth required .so\n" + in,
        "auth required ?\n",
        "auth required /lib/x86_64-linux-gnu/security/pam_permit.so\n",
        "auth required $ISA/pam_permit.so\n",
        "auth required ../security/pam_permit.so\n",
        std::string()};
    for (const std::string& content : contents) {
        const Folder folder;
        folder.write("subject", content);
        const DiskTree tree(DiskTree::open_root("/").value());
        const Service service = load_service(tree, "subject", {{folder.path()}, "/etc/pam.d", "/etc/pam.conf"});
        const Chain& chain = service.of(Phase::auth).chain;
        // Modules other than pam_debug.so are the real pam_permit.so under some name, or not there.
        const auto modules = [&](std::size_t at) {
            const Handler& handler = chain[at];
            if (handler.module == "pam_debug.so") return said(handler, "auth", Code::auth_err);
            return has_module(tree, module_files(tree), handler.module) ? Code::success : Code::module_unknown;
        };
        const int model = service.refused ? PAM_ABORT : static_cast<int>(run(chain, modules).verdict);
        EXPECT_EQ(model, ask_libpam(folder.path(), "subject").auth) << content;
    }
}

}  // namespace
}  // namespace sekimori::doctor::test
