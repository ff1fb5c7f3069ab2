// SPDX-License-Identifier: Apache-2.0
// sekimori enrol finger: stage by stage, a line each, flushed; scripts wait on these lines.
#include "admin/text.hpp"
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

// The hint's name for programs; people get its text.
const char* name_of_hint(MessageId id) noexcept {
    if (id == MessageId::retry_too_short) return "too-short";
    if (id == MessageId::retry_center) return "center";
    if (id == MessageId::retry_remove || id == MessageId::lift_finger) return "remove-finger";
    return "general";
}

class FingerView final : public PlainView {
  public:
    using PlainView::PlainView;

    void progress(const wire::Progress& progress) override {
        stage_ = progress.stage;
        if (progress.stages > 0) stages_ = progress.stages;
        switch (progress.event) {
            case wire::ProgressEvent::ready:
                return line("ready", "ready", {});
            case wire::ProgressEvent::stage:
                return line("stage", "stage " + std::to_string(stage_) + "/" + std::to_string(stages_), {});
            case wire::ProgressEvent::retry:
                return line("retry", "retry: " + text_of(progress.hint), name_of_hint(progress.hint));
            case wire::ProgressEvent::done:
                return;  // said when the broker has stored it
        }
    }
    void done() { line("done", "done", {}); }

  private:
    void line(const char* event, const std::string& human, const std::string& hint) {
        if (session().format == Format::human) return session().out(human + "\n");
        session().out(write_json(Json{{"event", event}, {"stage", stage_}, {"stages", stages_}, {"hint", hint}}) +
                      "\n");
    }
    unsigned stage_{0}, stages_{0};
};

// Act on the Protection of Personal Information, art. 2(2): fingerprint data is an individual identification code
// (個人識別符号), and the person is told what for before it is taken (art. 21).
std::string notice() {
    return tr(
        "Purpose of use: your fingerprint is registered so that this office's terminals can tell that it is you "
        "who logs in. What is stored is a template, encrypted; no picture is kept. It is used for nothing else, "
        "given to nobody, and deleted when you leave or ask for it.");
}

Outcome<bool> accepted(Session& session, const Options& options) {
    if (options.accept_notice) return true;
    const auto mode = session.broker().mode();
    if (!mode) return tl::unexpected<Failure>(mode.error());
    if (*mode == Mode::lab) return true;
    if (!session.has_terminal())
        return misuse("The person must be told what the fingerprint is for, and accept it.",
                      "Show them the notice, then add --accept-notice.");
    session.err(notice() + "\n");
    return session.confirm(tr("Does the person accept? [y/N] "));
}

Outcome<Exit> enrol(Session& session, const Options& options) {
    const auto accept = accepted(session, options);
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
