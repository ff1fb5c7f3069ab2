// SPDX-License-Identifier: Apache-2.0
#include "admin/verbs/finger_dialogue.hpp"

#include "admin/text.hpp"

namespace sekimori::admin {
namespace {

// The hint's name for programs; people get its text.
const char* name_of_hint(MessageId id) noexcept {
    if (id == MessageId::retry_too_short) return "too-short";
    if (id == MessageId::retry_center) return "center";
    if (id == MessageId::retry_remove || id == MessageId::lift_finger) return "remove-finger";
    return "general";
}

// Act on the Protection of Personal Information, art. 2(2): fingerprint data is an individual identification code
// (個人識別符号), and the person is told what for before it is taken (art. 21).
std::string text_of_notice() {
    return tr(
        "Purpose of use: your fingerprint is registered so that this office's terminals can tell that it is you "
        "who logs in. What is stored is a template, encrypted; no picture is kept. It is used for nothing else, "
        "given to nobody, and deleted when you leave or ask for it.");
}

}  // namespace

void FingerView::progress(const wire::Progress& progress) {
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

void FingerView::line(const char* event, const std::string& human, const std::string& hint) {
    if (session().format == Format::human) return session().out(human + "\n");
    session().out(write_json(Json{{"event", event}, {"stage", stage_}, {"stages", stages_}, {"hint", hint}}) + "\n");
}

Outcome<bool> notice_accepted(Session& session, Notice notice) {
    if (notice == Notice::accepted) return true;
    const auto mode = session.broker().mode();
    if (!mode) return tl::unexpected<Failure>(mode.error());
    if (*mode == Mode::lab) return true;
    if (!session.has_terminal())
        return misuse("The person must be told what the fingerprint is for, and accept it.",
                      "Show them the notice, then add --accept-notice.");
    session.err(text_of_notice() + "\n");
    return session.confirm(tr("Does the person accept? [y/N] "));
}

}  // namespace sekimori::admin
