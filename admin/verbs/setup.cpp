// SPDX-License-Identifier: Apache-2.0
// sekimori setup: the first run, as root. The broker leads the dialogue; two administrators are its outcome.
#include "admin/render.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

struct Options {
    bool yes{false}, enable{false}, reset_identity{false};
    std::vector<std::string> administrators;
};

std::string render(const Json& answer) {
    std::string text = tr("Administrators:") + " " + joined(texts_at(answer, "administrators")) + "\n";
    const std::string code = text_at(answer, "rescue_code");
    if (!code.empty())
        text += tr("Rescue code, shown this once; keep it in a sealed envelope:") + " " + printable(code) + "\n";
    if (!true_at(answer, "enabled")) text += tr("The login profile is not switched on; see --enable.") + "\n";
    return text;
}

Outcome<Exit> setup(Session& session, const Options& options) {
    Json arguments{{"yes", options.yes}, {"enable", options.enable}, {"reset_identity", options.reset_identity}};
    for (const std::string& text : options.administrators) {
        const std::size_t colon = text.find(':');
        if (colon == std::string::npos || colon == 0 || colon + 1 == text.size())
            return misuse("An administrator is LOGIN:NAME.");
        arguments["administrators"].push_back({{"login", text.substr(0, colon)}, {"name", text.substr(colon + 1)}});
    }
    if (!session.has_terminal() && (!options.yes || options.administrators.empty()))
        return misuse("Setup asks questions, and there is no terminal.",
                      "Give --yes and twice --administrator LOGIN:NAME.");
    return act_and_show(session, "setup", arguments, render);
}

}  // namespace

void add_setup(CLI::App& root, Session& session) {
    const auto verb = add_verb<Options>(root, "setup", "The first run: keys, devices, two administrators");
    verb.app->add_flag("--yes", verb.options->yes, "Do not ask for confirmation");
    verb.app->add_flag("--enable", verb.options->enable, "Switch the login profile on");
    verb.app->add_flag("--reset-identity", verb.options->reset_identity,
                       "This machine is a copy: give it keys of its own");
    verb.app->add_option("--administrator", verb.options->administrators, "LOGIN:NAME, twice (without: asked for)")
        ->allow_extra_args(false)
        ->expected(0, 2);
    on(verb, session, setup);
}

}  // namespace sekimori::admin
