// SPDX-License-Identifier: Apache-2.0
// sekimori setup: the first run, as root. The broker leads the dialogue, whose outcome are two administrators;
// switching the machine over is between us and its files (sekimori-enforce).
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "admin/envelope.hpp"
#include "admin/render.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/trial.hpp"
#include "admin/trial_login.hpp"
#include "admin/verbs/finger_dialogue.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

struct Options {
    bool yes{false}, enable{false}, disable{false}, reset_identity{false}, check_trial{false}, accept_notice{false};
    std::vector<std::string> administrators;
};

std::string render(const Json& answer) {
    std::string text = tr("Administrators:") + " " + joined(texts_at(answer, "administrators")) + "\n";
    text += rescue_code_line(answer);
    if (!true_at(answer, "enabled")) text += tr("The login profile is not switched on; see --enable.") + "\n";
    return text;
}

// Two people, one after the other, and two fingers of each.
class SetupView final : public FingerView {
  public:
    using FingerView::FingerView;
    void progress(const wire::Progress& progress) override {
        if (progress.event == wire::ProgressEvent::done) return done();
        FingerView::progress(progress);
    }
};

Outcome<std::monostate> tell_purpose(Session& session, const Options& options) {
    if (options.accept_notice) return {};
    // Where people are registered nobody's finger is taken: the broker refuses, whatever they accept.
    const auto persons = session.query("person.list");
    if (persons && !items_of(persons->json).empty()) return {};
    const auto accept = notice_accepted(session, Notice::to_be_shown);
    if (!accept) return tl::unexpected<Failure>(accept.error());
    if (!*accept) return cancelled();
    return {};
}

bool has_administrators(Session& session) {
    const auto persons = session.list("person.list");
    if (!persons) return false;
    const auto& items = items_of(persons->json);
    return std::any_of(items.begin(), items.end(), [](const Json& person) {
        const auto roles = texts_at(person, "roles");
        return std::find(roles.begin(), roles.end(), "administrator") != roles.end();
    });
}

Outcome<Session::Answer> administrators(Session& session, const Options& options) {
    Json arguments{{"yes", options.yes}, {"enable", false}, {"reset_identity", false}, {"accept_notice", true}};
    for (const std::string& text : options.administrators) {
        const std::size_t colon = text.find(':');
        if (colon == std::string::npos || colon == 0 || colon + 1 == text.size())
            return misuse("An administrator is LOGIN:NAME.");
        arguments["administrators"].push_back({{"login", text.substr(0, colon)}, {"name", text.substr(colon + 1)}});
    }
    if (!session.has_terminal() && (!options.yes || options.administrators.empty()) && !options.enable)
        return misuse("Setup asks questions, and there is no terminal.",
                      "Give --yes and twice --administrator LOGIN:NAME.");
    if (const auto told = tell_purpose(session, options); !told) return tl::unexpected<Failure>(told.error());
    SetupView view(session);
    return session.command("setup", arguments, &view);
}

// A copy of another machine gets keys of its own. Only as long as nobody is registered on it: a person's records are
// not thrown away by a flag.
Outcome<Exit> reset_identity(Session& session, Enforcer& enforcer, const Options& options) {
    const auto persons = session.query("person.list");
    // With a key that is sealed to the other machine the broker of a copy does not even start.
    if (!persons && !(persons.error().exit == Exit::unreachable && options.yes))
        return tl::unexpected<Failure>(persons.error());
    if (persons && !items_of(persons->json).empty())
        return refuse("exists", "People are registered on this machine.",
                      "Take the copy before anybody is registered.");
    if (auto done = enforcer.run("identity"); !done) return tl::unexpected<Failure>(done.error());
    const Json answer{{"schema", 1}, {"changed", true}};
    session.show({write_json(answer), answer},
                 [](const Json&) { return tr("This machine has keys of its own.") + "\n"; });
    return Exit::done;
}

Outcome<Exit> switch_off(Session& session, Enforcer& enforcer) {
    const bool was_on = enforcer.state() != Enforcer::State::off;
    if (auto done = enforcer.run("off"); !done) return tl::unexpected<Failure>(done.error());
    const Json answer{{"schema", 1}, {"enabled", false}, {"changed", was_on}};
    session.show({write_json(answer), answer}, [](const Json&) {
        return tr("This machine asks for what it asked for before; not compliant.") + "\n";
    });
    return Exit::done;
}

// A machine that people log in to: the lab has neither a rescue code nor stacks of its own in /etc.
bool is_real(Session& session) {
    const auto status = session.query("status");
    return geteuid() == 0 && status && at(status->json, "rescue").is_object();
}

// Two administrators are there already: a code that could not be made undoes nothing, and can be made later.
void add_rescue_code(Session& session, Session::Answer& made) {
    auto code = new_rescue_code();
    if (!code) {
        session.err(tr(code.error().message) + "\n" + tr("Make the rescue code now: sekimori rescue renew.") + "\n");
        return;
    }
    made.json["rescue_code"] = std::move(*code);
    made.text = write_json(made.json);
}

enum class Machine { real, lab };

// Those who were just registered log in once before anything asks for it; of a machine that has its administrators
// already, somebody.
Outcome<Exit> try_and_switch_over(Session& session, Enforcer& enforcer, const Options& options, Machine machine,
                                  Json& answer) {
    if (machine == Machine::real && session.has_terminal() && !options.yes) {
        const auto passed = try_logins(session, texts_at(answer, "administrators"), trial_service(session));
        if (!passed) return tl::unexpected<Failure>(passed.error());
        answer["trial_logins"] = *passed;
    }
    if (options.enable) return run_trial(session, enforcer, answer);
    session.show({write_json(answer), answer}, render);
    return Exit::done;
}

Outcome<Exit> setup(Session& session, const Options& options) {
    SystemEnforcer enforcer;
    if (options.check_trial) return check_trial(session, enforcer);
    const bool writes = options.enable || options.disable || options.reset_identity;
    if (writes && geteuid() != 0) return refuse("refused", "Only root changes this machine's logins.");
    if (options.reset_identity) return reset_identity(session, enforcer, options);
    if (options.disable) return switch_off(session, enforcer);
    // For switching over, those who are there already are as good.
    std::optional<Session::Answer> made;
    if (!options.enable || !has_administrators(session)) {
        auto done = administrators(session, options);
        if (!done) return tl::unexpected<Failure>(done.error());
        made = std::move(*done);
    }
    const bool real = is_real(session);
    if (made && real) add_rescue_code(session, *made);
    Json answer = made ? made->json : Json{{"schema", 1}};
    auto end = try_and_switch_over(session, enforcer, options, real ? Machine::real : Machine::lab, answer);
    // The code is shown once, whatever became of the rest.
    if (!end && made) session.err(rescue_code_line(answer));
    return end;
}

}  // namespace

void add_setup(CLI::App& root, Session& session) {
    const auto verb = add_verb<Options>(root, "setup", "The first run: keys, devices, two administrators");
    verb.app->add_flag("--yes", verb.options->yes, "Do not ask for confirmation");
    auto* enable = verb.app->add_flag("--enable", verb.options->enable,
                                      "Switch the login profile on; off again in 5 minutes unless somebody logs in");
    auto* disable = verb.app->add_flag("--disable", verb.options->disable, "Switch the login profile off");
    auto* reset = verb.app->add_flag("--reset-identity", verb.options->reset_identity,
                                     "This machine is a copy: give it keys of its own");
    disable->excludes(enable);
    reset->excludes(enable)->excludes(disable);
    verb.app->add_flag("--accept-notice", verb.options->accept_notice,
                       "Both were told what their fingerprints are for, and accept");
    verb.app->add_flag("--check-trial", verb.options->check_trial)->group("");  // the timer's question
    verb.app->add_option("--administrator", verb.options->administrators, "LOGIN:NAME, twice (without: asked for)")
        ->allow_extra_args(false)
        ->expected(0, 2);
    on(verb, session, setup);
}

}  // namespace sekimori::admin
