// SPDX-License-Identifier: Apache-2.0
// sekimori-lab-login: one login through the lab's PAM stacks.
//
// Prints each prompt, then a line for each phase ("auth PAM_SUCCESS"). Exits with 0 if every phase succeeded, with 1 if
// one did not, with 2 for a wrong command line.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "tests/lab/login/pam_names.hpp"
#include "tests/lab/login/phases.hpp"
#include "tests/lab/login/program.hpp"

namespace sekimori::lab::login {
namespace {

struct Options {
    std::string dir;
    Request request;
    std::int64_t seed{-1};
    std::uint64_t press{20};
    std::string cache, program;
    bool json{false}, hold{false};
};

std::unique_ptr<Hand> make_hand(const Options& options) {
    if (options.seed < 0) return nullptr;
    const auto seed = fingers::FingerSeed{static_cast<std::uint64_t>(options.seed)};
    auto master = options.cache.empty() ? Result<fingers::Field>(fingers::grow_master(seed))
                                        : fingers::MasterCache(options.cache).master(seed);
    if (!master) {
        std::fprintf(stderr, "finger: %s\n", master.error().message.c_str());
        return nullptr;
    }
    return std::make_unique<Hand>(options.dir + "/finger.sock", std::move(*master), seed,
                                  fingers::PressNumber{options.press});
}

void print(const Login& login) {
    for (const PhaseResult& phase : login.phases) std::cout << phase.phase << ' ' << pam_name(phase.code) << std::endl;
}

void print_json(const Login& login, const std::vector<std::string>& prompts) {
    nlohmann::json object{{"granted", login.granted()}, {"user", login.user}, {"prompts", prompts}};
    object["result"] = login.phases.empty() ? "" : pam_name(login.phases.back().code);
    object["phases"] = nlohmann::json::array();
    for (const PhaseResult& phase : login.phases)
        object["phases"].push_back(
            {{"phase", phase.phase}, {"result", pam_name(phase.code)}, {"ms", phase.milliseconds}});
    if (login.auth_began_ms >= 0) object["auth_began_ms"] = login.auth_began_ms;
    if (login.to_finger_ms >= 0) object["to_finger_ms"] = login.to_finger_ms;
    if (login.after_finger_ms >= 0) object["after_finger_ms"] = login.after_finger_ms;
    std::cout << object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
}

// Everything that is left on standard input is waited for.
void wait_for_end_of_input() {
    std::cout << "open" << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
    }
}

// What happens while the session is open.
std::function<void()> stay(const Options& options) {
    if (options.program.empty()) return options.hold ? wait_for_end_of_input : std::function<void()>();
    return [&options] {
        std::cout << "open" << std::endl;
        if (!run_as(options.request.user, options.program))
            std::fprintf(stderr, "%s could not be started\n", options.program.c_str());
    };
}

int run(int argc, char** argv) {
    Options options;
    options.request.phases = {"auth", "account", "setcred", "open", "close"};
    CLI::App app("One login through the lab's PAM stacks.");
    app.add_option("--dir", options.dir, "the lab's folder")->envname("SEKIMORI_LAB_DIR")->required();
    app.add_option("--stacks", options.request.stacks, "another folder of PAM stacks than the lab's");
    app.add_option("SERVICE", options.request.service, "login, sudo, unlock, gate")->required();
    app.add_option("USER", options.request.user, "the account; without it the card says who it is");
    app.add_option("--tty", options.request.tty, "PAM_TTY");
    app.add_option("--rhost", options.request.rhost, "PAM_RHOST");
    app.add_option("--ruser", options.request.ruser, "PAM_RUSER");
    app.add_option("--phases", options.request.phases, "of auth, account, setcred, open, close")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"auth", "account", "setcred", "open", "close"}));
    app.add_option("--finger-seed", options.seed, "whose finger is placed when the login asks; without: nobody's");
    app.add_option("--press", options.press, "its first press")->capture_default_str();
    app.add_option("--cache", options.cache, "keep grown fingers in this folder");
    app.add_flag("--json", options.json, "one JSON object instead of lines");
    app.add_flag("--hold", options.hold, "keep the session open until standard input ends");
    app.add_option("--run", options.program, "what runs in the session, as its user, in the place of --hold");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (options.request.stacks.empty()) options.request.stacks = options.dir + "/pam.d";
    const auto hand = make_hand(options);
    Conversation conversation(hand.get(), options.json ? Conversation::Show::nothing : Conversation::Show::prompts);
    const Login login = log_in(options.request, conversation, hand.get(), stay(options));
    if (options.json)
        print_json(login, conversation.prompts());
    else
        print(login);
    return login.granted() ? 0 : 1;
}

}  // namespace
}  // namespace sekimori::lab::login

int main(int argc, char** argv) { return sekimori::lab::login::run(argc, argv); }
