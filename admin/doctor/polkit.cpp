// SPDX-License-Identifier: Apache-2.0
#include "admin/doctor/checks.hpp"
#include "admin/doctor/settings.hpp"
#include "admin/text.hpp"

namespace sekimori::doctor {
namespace {

using admin::later;

constexpr const char* kActions = "/usr/share/polkit-1/actions";
constexpr const char* kRules[] = {"/etc/polkit-1/rules.d", "/run/polkit-1/rules.d", "/usr/local/share/polkit-1/rules.d",
                                  "/usr/share/polkit-1/rules.d"};

bool is_ours(const std::string& path) { return path.substr(path.rfind('/')).find("sekimori") != std::string::npos; }

}  // namespace

Checks check_polkit(const Tree& tree) {
    std::vector<std::string> kept, yes;
    bool ours = false;
    for (const std::string& file : files_at(tree, kActions, ".policy")) {
        const std::string text = tree.read(file).value_or("");
        if (text.find("_keep<") != std::string::npos) kept.push_back(file);
    }
    for (const char* directory : kRules)
        for (const std::string& file : files_at(tree, directory, ".rules")) {
            const std::string text = tree.read(file).value_or("");
            if (is_ours(file)) {
                ours = true;
                continue;
            }
            if (text.find("_KEEP") != std::string::npos) kept.push_back(file);
            if (text.find("Result.YES") != std::string::npos) yes.push_back(file);
        }
    Checks checks;
    if (!kept.empty() && !ours)
        checks.push_back({"polkit.keep",
                          Status::warn,
                          "polkit-1",
                          kept,
                          {later("polkit remembers an authentication for some minutes (*_keep)."), {}},
                          {later("Install the rule of the sekimori package that turns it off."), {}}});
    if (!yes.empty())
        checks.push_back({"polkit.yes",
                          Status::warn,
                          "polkit-1",
                          yes,
                          {later("Rules that may say yes without any factor."), {}},
                          {later("Read them."), {}}});
    if (checks.empty() && tree.is_directory(kActions))
        checks.push_back({"polkit", Status::ok, "polkit-1", {}, {later("polkit asks every time."), {}}, {}});
    return checks;
}

}  // namespace sekimori::doctor
