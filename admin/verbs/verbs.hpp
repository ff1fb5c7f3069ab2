// SPDX-License-Identifier: Apache-2.0
// The verbs. Each add_ function describes its part of the command line and, when that part was given, sets
// Session::action. Both arguments outlive the action.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "admin/session.hpp"

namespace sekimori::admin {

void add_setup(CLI::App& root, Session& session);
void add_status(CLI::App& root, Session& session);
void add_person(CLI::App& root, Session& session);
void add_person_import(CLI::App& person, Session& session);
void add_enrol_card(CLI::App& enrol, Session& session);
void add_enrol_finger(CLI::App& enrol, Session& session);
void add_enrol_station(CLI::App& enrol, Session& session);
void add_card(CLI::App& root, Session& session);
void add_media(CLI::App& root, Session& session);
void add_code(CLI::App& root, Session& session);
void add_exempt(CLI::App& root, Session& session);
void add_break_glass(CLI::App& root, Session& session);
void add_session(CLI::App& root, Session& session);
void add_audit(CLI::App& root, Session& session);
void add_policy(CLI::App& root, Session& session);
void add_doctor(CLI::App& root, Session& session);
void add_fleet(CLI::App& root, Session& session);
void add_backup(CLI::App& root, Session& session);
void add_report(CLI::App& root, Session& session);
void add_rescue(CLI::App& root, Session& session);

// The line with the code of an answer that has one; else nothing.
[[nodiscard]] std::string rescue_code_line(const Json& answer);

// A verb below `parent` whose options live in one Options object for as long as the action does.
template <class Options>
struct Verb {
    CLI::App* app;
    std::shared_ptr<Options> options;
};
template <class Options>
[[nodiscard]] Verb<Options> add_verb(CLI::App& parent, const std::string& name, const std::string& help) {
    return {parent.add_subcommand(name, help), std::make_shared<Options>()};
}

// Runs `act(session, options)` when the verb was given.
template <class Options, class Act>
void on(const Verb<Options>& verb, Session& session, Act act) {
    verb.app->callback([&session, options = verb.options, act] {
        session.action = [options, act](Session& running) { return act(running, *options); };
    });
}

// The usual reading verb: ask, then show.
[[nodiscard]] Outcome<Exit> ask_and_show(Session& session, const std::string& verb, const Json& arguments,
                                         const Renderer& renderer);
// The usual writing verb: its dialogue, then the answer.
[[nodiscard]] Outcome<Exit> act_and_show(Session& session, const std::string& verb, const Json& arguments,
                                         const Renderer& renderer, int file = -1);

}  // namespace sekimori::admin
