// SPDX-License-Identifier: Apache-2.0
// sekimori doctor
#include <algorithm>

#include "admin/doctor/checks.hpp"
#include "admin/doctor/disk_tree.hpp"
#include "admin/doctor/examine.hpp"
#include "admin/doctor/pam_check.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

using doctor::Check;
using doctor::Checks;
using doctor::Status;

struct Options {
    std::string root, service;
};

enum class Language { english, users };

std::string text_of(const doctor::Text& text, Language language) {
    std::string filled = language == Language::users ? tr(text.english) : text.english;
    for (const auto& [name, value] : text.values) filled = fill(std::move(filled), {{name, value}});
    return filled;
}

Json json_of(const Checks& checks) {
    Json list = Json::array();
    for (const Check& check : checks)
        list.push_back({{"id", check.id},
                        {"status", name_of(check.status)},
                        {"service", check.service},
                        {"path", check.path},
                        {"message", text_of(check.message, Language::english)},
                        {"fix", text_of(check.fix, Language::english)}});
    return {{"schema", 1}, {"checks", std::move(list)}};
}

std::string mark(Status status) {
    switch (status) {
        case Status::ok:
            return "\033[32mok  \033[0m";
        case Status::warn:
            return "\033[33mwarn\033[0m";
        case Status::fail:
            break;
    }
    return "\033[31mfail\033[0m";
}

std::string render(const Checks& checks) {
    std::string text;
    std::size_t fails = 0;
    std::size_t warns = 0;
    for (const Check& check : checks) {
        text += mark(check.status) + " " + printable(check.id) +
                (check.service.empty() ? "" : " " + printable(check.service)) + ": " +
                printable(text_of(check.message, Language::users)) + "\n";
        fails += check.status == Status::fail;
        warns += check.status == Status::warn;
        if (check.status == Status::ok) continue;
        for (const std::string& line : check.path) text += "       " + printable(line) + "\n";
        if (!check.fix.english.empty()) text += "     = " + printable(text_of(check.fix, Language::users)) + "\n";
    }
    return text +
           fill(tr("{fails} failures, {warns} warnings."),
                {{"fails", std::to_string(fails)}, {"warns", std::to_string(warns)}}) +
           "\n";
}

doctor::BrokerState broker_state(const Outcome<Session::Answer>& status) {
    doctor::BrokerState state;
    if (!status) return state;
    state.reachable = true;
    state.key_protection = text_at(status->json, "key_protection");
    state.witness = !text_at(status->json, "witness").empty();
    state.certificate = text_at(at(at(status->json, "fleet"), "certificate"), "state");
    state.offline_keys = texts_at(at(at(status->json, "fleet"), "offline"), "without_effect");
    for (const Json& reader : at(status->json, "readers")) state.readers.push_back(text_at(reader, "name"));
    for (const Json& scanner : at(status->json, "scanners"))
        state.scanners.push_back(text_at(scanner, "driver") + " " + text_at(scanner, "usb"));
    return state;
}

Outcome<Exit> examine(Session& session, const Options& options) {
    const bool elsewhere = !options.root.empty();
    auto root = doctor::DiskTree::open_root(elsewhere ? options.root : "/");
    if (!root) return refuse(name_of(root.error().code), "This directory can't be opened: " + root.error().message);
    const doctor::DiskTree tree(std::move(*root));
    Checks checks;
    bool lab = false;
    if (!options.service.empty()) {
        checks = doctor::check_pam(tree, options.service);
    } else {
        checks = doctor::examine_tree(tree);
        if (!elsewhere) {
            append(checks, doctor::examine_machine(tree));
            const auto status = session.query("status");
            lab = status && true_at(status->json, "lab");
            append(checks, doctor::check_broker(broker_state(status)));
        }
    }
    if (lab)
        checks.insert(
            checks.begin(),
            {"lab", Status::fail, "", {}, {later("LAB: software devices are accepted. Not for real use."), {}}, {}});
    Session::Answer answer{write_json(json_of(checks)), {}};
    session.show(answer, [&](const Json&) {
        return (lab ? "\033[31m" + tr("LAB: software devices are accepted. Not for real use.") + "\033[0m\n" : "") +
               render(checks);
    });
    const bool failed =
        std::any_of(checks.begin(), checks.end(), [](const Check& check) { return check.status == Status::fail; });
    return failed ? Exit::refused : Exit::done;
}

}  // namespace

void add_doctor(CLI::App& root, Session& session) {
    const auto verb = add_verb<Options>(root, "doctor", "Proves the PAM stacks and examines the machine");
    verb.app->add_option("--root", verb.options->root, "Examine the files below this directory");
    verb.app->add_option("--service", verb.options->service, "Examine this PAM service alone");
    on(verb, session, examine);
}

}  // namespace sekimori::admin
