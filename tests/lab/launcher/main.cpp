// SPDX-License-Identifier: Apache-2.0
// sekimori-lab: a whole Sekimori with software devices in one folder, for tests and demonstrations.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

#include "tests/lab/launcher/commands.hpp"

namespace {

namespace launcher = sekimori::lab::launcher;

constexpr int failed = 1;
constexpr int usage = 2;

int code_of(const sekimori::Status& outcome) {
    if (outcome) {
        return 0;
    }
    std::fprintf(stderr, "sekimori-lab: %s\n", outcome.error().message.c_str());
    return outcome.error().code == sekimori::ErrorCode::invalid_argument ? usage : failed;
}

void add_folder(CLI::App& verb, std::string& folder) {
    verb.add_option("--dir", folder, "the lab's folder: an absolute path of at most 70 bytes")->required();
}

}  // namespace

int main(int argc, char** argv) {
    launcher::UpOptions options;
    std::int64_t limit_ms = options.limit.count();
    CLI::App app("A whole Sekimori with software devices in one folder.");
    app.require_subcommand(1);

    CLI::App* up = app.add_subcommand("up", "start a lab; returns when a login can be started");
    add_folder(*up, options.folder);
    up->add_option("--policy", options.policy, "replaces the policy");
    up->add_option("--users", options.users, "BROKER:CARD:FINGER: three accounts for the three processes (root only)");
    bool sessions = false;
    bool fleet = false;
    up->add_flag("--sessions", sessions, "with a stand-in for logind, and lockd: sessions lock when their card goes");
    up->add_flag("--fleet", fleet, "with the fleet's agent, so that the lab can join a fleet");
    up->add_option("--programs", options.stand_ins, "take broker, workers and PAM module from here")->group("");
    up->add_option("--limit", limit_ms, "milliseconds until it must be up")->check(CLI::Range(1, 600000))->group("");

    CLI::App* down = app.add_subcommand("down", "end a lab; its state stays");
    add_folder(*down, options.folder);
    CLI::App* status = app.add_subcommand("status", "list a lab's processes");
    add_folder(*status, options.folder);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : usage;
    }
    if (down->parsed()) {
        return code_of(launcher::down(options.folder));
    }
    if (status->parsed()) {
        return code_of(launcher::status(options.folder));
    }
    options.limit = std::chrono::milliseconds(limit_ms);
    options.sessions = sessions ? launcher::Sessions::stand_in : launcher::Sessions::none;
    options.agent = fleet ? launcher::Agent::runs : launcher::Agent::none;
    if (!options.policy.empty()) {
        std::error_code error;
        options.policy = std::filesystem::absolute(options.policy, error).string();
    }
    return code_of(launcher::up(options));
}
