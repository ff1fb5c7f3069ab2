// SPDX-License-Identifier: Apache-2.0
#include "admin/command.hpp"

#include <algorithm>

#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

struct Globals {
    bool json{false};
    int pin_fd{-1};
};

void describe(CLI::App& root, Session& session, Globals& globals) {
    root.name("sekimori");
    root.require_subcommand(1);
    root.fallthrough();
    root.add_flag("--json", globals.json, "Print JSON");
    root.add_option("--pin-fd", globals.pin_fd, "Read the PIN or passphrase from this descriptor, one line")
        ->check(CLI::Range(0, 1 << 20));
    add_setup(root, session);
    add_status(root, session);
    add_person(root, session);
    CLI::App* enrol = root.add_subcommand("enrol", "Give a person a card or a finger");
    enrol->require_subcommand(1);
    add_enrol_card(*enrol, session);
    add_enrol_finger(*enrol, session);
    add_enrol_station(*enrol, session);
    add_card(root, session);
    add_media(root, session);
    add_code(root, session);
    add_exempt(root, session);
    add_break_glass(root, session);
    add_session(root, session);
    add_audit(root, session);
    add_policy(root, session);
    add_doctor(root, session);
    add_fleet(root, session);
    add_backup(root, session);
    add_report(root, session);
    add_rescue(root, session);
    // The global options may stand behind any verb.
    for (CLI::App* verb : root.get_subcommands(nullptr)) {
        verb->fallthrough();
        for (CLI::App* below : verb->get_subcommands(nullptr)) below->fallthrough();
    }
}

// CLI11 takes the arguments last to first.
std::vector<std::string> reversed(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());
    return arguments;
}

Exit run(const std::vector<std::string>& arguments, Session& session) {
    // Also when the rest of the line is wrong.
    if (std::find(arguments.begin(), arguments.end(), "--json") != arguments.end()) session.format = Format::json;
    if (!std::all_of(arguments.begin(), arguments.end(), is_utf8))
        return session.show(misuse("The command line is not UTF-8.").value());
    CLI::App root("Sekimori: two factors, a card and a finger");
    Globals globals;
    describe(root, session, globals);
    try {
        root.parse(reversed(arguments));
    } catch (const CLI::CallForHelp&) {
        // The help of the verb that was named last.
        const CLI::App* asked = &root;
        std::string before;
        while (!asked->get_subcommands().empty()) {
            before += (before.empty() ? "" : " ") + asked->get_name();
            asked = asked->get_subcommands().front();
        }
        session.out(asked->help(before));
        return Exit::done;
    } catch (const CLI::ParseError& error) {
        return session.show(misuse(error.what(), "See: sekimori --help").value());
    }
    if (globals.pin_fd >= 0) session.pin_fd = globals.pin_fd;
    if (!session.action) return session.show(misuse("A verb is missing.", "See: sekimori --help").value());
    const auto end = session.action(session);
    return end ? *end : session.show(end.error());
}

}  // namespace

Exit run_command(const std::vector<std::string>& arguments, Broker& broker, const Interrupt& interrupt,
                 Streams streams) noexcept {
    Session session(broker, interrupt, streams);
    // The edge: CLI11, JSON and the standard library may throw (out of memory); nothing of ours does.
    try {
        return run(arguments, session);
    } catch (const std::exception& error) {
        std::fprintf(streams.err, "sekimori: %s\n", error.what());
        return Exit::refused;
    }
}

}  // namespace sekimori::admin
