// SPDX-License-Identifier: Apache-2.0
// sekimori enrol finger: stage by stage, a line each, flushed; scripts wait on these lines.
#include "admin/verbs/finger_dialogue.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

struct Options {
    std::string login, finger;
    unsigned timeout{30};
    bool accept_notice{false};
};

std::vector<std::string> finger_names() {
    std::vector<std::string> names;
    for (const char* hand : {"left-", "right-"})
        for (const char* finger : {"thumb", "index-finger", "middle-finger", "ring-finger", "little-finger"})
            names.push_back(std::string(hand) + finger);
    return names;
}

Outcome<Exit> enrol(Session& session, const Options& options) {
    const auto accept = notice_accepted(session, options.accept_notice ? Notice::accepted : Notice::to_be_shown);
    if (!accept) return tl::unexpected<Failure>(accept.error());
    if (!*accept) return refuse("cancelled", "The notice was not accepted. Nothing was stored.");
    const Json arguments{
        {"login", options.login}, {"finger", options.finger}, {"timeout", options.timeout}, {"accept_notice", true}};
    FingerView view(session);
    const auto answer = session.command("finger.enrol", arguments, &view);
    if (!answer) return tl::unexpected<Failure>(answer.error());
    view.done();
    return Exit::done;
}

}  // namespace

void add_enrol_finger(CLI::App& enrol_verb, Session& session) {
    const auto verb = add_verb<Options>(enrol_verb, "finger", "Enrol a finger, stage by stage");
    verb.app->add_option("LOGIN", verb.options->login)->required();
    verb.app->add_option("--finger", verb.options->finger, "Which finger")
        ->required()
        ->check(CLI::IsMember(finger_names()));
    verb.app->add_option("--timeout", verb.options->timeout, "Seconds for each stage")->check(CLI::Range(1U, 600U));
    verb.app->add_flag("--accept-notice", verb.options->accept_notice, "The person was told the purpose and accepts");
    on(verb, session, enrol);
}

}  // namespace sekimori::admin
