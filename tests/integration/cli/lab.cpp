// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/cli/lab.hpp"

#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace sekimori::cli_test {
namespace {

using nlohmann::json;

json last_line(const std::string& out) {
    std::string text = out;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    const auto start = text.rfind('\n');
    return json::parse(start == std::string::npos ? text : text.substr(start + 1), nullptr, false);
}

Answer finished(Process& process) {
    Answer answer;
    answer.code = process.exit_code();
    answer.out = process.out();
    answer.err = process.err();
    answer.json = last_line(answer.out);
    return answer;
}

}  // namespace

Lab::Lab() {
    folder_ = (std::filesystem::temp_directory_path() / "sekimori-cli-XXXXXX").string();
    if (mkdtemp(folder_.data()) == nullptr) std::abort();
    std::filesystem::create_directory(folder_ + "/conf.d");
    // Short, for what never comes.
    std::ofstream(folder_ + "/conf.d/test.conf") << "[limits]\ncard_seconds=2\nfinger_seconds=2\n";
    for (const char* name : {"PATH", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"})
        if (const char* value = std::getenv(name)) environment_.push_back(std::string(name) + "=" + value);
    environment_.emplace_back("LC_ALL=C.UTF-8");
    const auto up = finished(*start("sekimori-lab", {"up", "--dir", folder_}));
    if (up.code != 0) {
        std::fprintf(stderr, "%s\n", up.err.c_str());
        std::abort();
    }
    // NAME='value', as the lab's README has it.
    std::ifstream file(folder_ + "/env");
    for (std::string line; std::getline(file, line);) {
        const auto quote = line.find("='");
        if (quote == std::string::npos || line.back() != '\'' || line.starts_with("PATH=")) continue;
        environment_.push_back(line.substr(0, quote + 1) + line.substr(quote + 2, line.size() - quote - 3));
    }
}

Lab::~Lab() {
    static_cast<void>(start("sekimori-lab", {"down", "--dir", folder_})->exit_code());
    std::filesystem::remove_all(folder_);
}

std::unique_ptr<Process> Lab::start(const std::string& program, const std::vector<std::string>& arguments,
                                    Process::Input input) const {
    return std::make_unique<Process>(std::string(SEKIMORI_BIN) + "/" + program, arguments, environment_, input);
}

Answer Lab::sekimori(std::vector<std::string> arguments, const std::string& input) const {
    arguments.emplace_back("--json");
    const auto command = start("sekimori", arguments, input.empty() ? Process::Input::at_end : Process::Input::open);
    if (!input.empty()) command->write(input);
    return finished(*command);
}

std::unique_ptr<Process> Lab::watch(const std::vector<std::string>& arguments) const {
    std::vector<std::string> line{"-c", R"(exec "$0" "$@" 2>&1)", std::string(SEKIMORI_BIN) + "/sekimori"};
    line.insert(line.end(), arguments.begin(), arguments.end());
    return std::make_unique<Process>("/bin/sh", line, environment_, Process::Input::at_end);
}

std::string Lab::new_card(const std::string& name, const std::string& kind,
                          const std::vector<std::string>& options) const {
    std::vector<std::string> arguments{"new", kind, "--out", folder_ + "/" + name};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const auto made = finished(*start("sekimori-lab-card", arguments));
    if (made.code != 0) std::fprintf(stderr, "%s\n", made.err.c_str());
    return folder_ + "/" + name;
}

std::unique_ptr<Process> Lab::insert(const std::string& card, int reader) const {
    auto process =
        start("sekimori-lab-card", {"insert", card, "--socket", folder_ + "/card" + std::to_string(reader) + ".sock"},
              Process::Input::open);
    if (process->line() != "inserted\n") std::fprintf(stderr, "the card was not taken\n");
    return process;
}

void Lab::press(unsigned seed, unsigned press) const {
    const auto pressed = finished(
        *start("sekimori-lab-finger", {"press", "--seed", std::to_string(seed), "--press", std::to_string(press),
                                       "--socket", folder_ + "/finger.sock", "--cache", folder_ + "/fingers"}));
    if (pressed.code != 0) std::fprintf(stderr, "%s\n", pressed.err.c_str());
}

Answer Lab::enrol_finger(const std::string& login, const std::string& finger, unsigned seed) const {
    const auto command = start("sekimori", {"enrol", "finger", login, "--finger", finger, "--json"});
    Answer answer;
    unsigned presses = 0;
    for (std::string line; !(line = command->line()).empty();) {
        answer.out += line;
        const json event = json::parse(line, nullptr, false);
        if (!event.is_object() || !event.contains("event") || event["event"] == "done") continue;
        if (event["stage"] != event["stages"]) press(seed, ++presses);
    }
    answer.code = command->exit_code();
    answer.json = last_line(answer.out);
    return answer;
}

std::string Lab::log_in(const std::string& service, const std::string& user, unsigned seed,
                        const std::string& typed) const {
    const auto login = start("sekimori-lab-login",
                             {"--dir", folder_, "--json", "--cache", folder_ + "/fingers", "--finger-seed",
                              std::to_string(seed), service, user},
                             typed.empty() ? Process::Input::at_end : Process::Input::open);
    if (!typed.empty()) login->write(typed + "\n");
    const auto answer = finished(*login);
    return answer.json.is_object() ? answer.json.value("result", "") : answer.err;
}

pid_t Lab::pid_of(const std::string& process) const {
    std::ifstream pids(folder_ + "/pids");
    std::string name;
    for (pid_t pid = 0; pids >> name >> pid;)
        if (name == process) return pid;
    return -1;
}

// `up` on a lab that is up waits for the same.
void Lab::wait_until_ready() const {
    while (sekimori({"status"}).code != 0) {
    }
}

}  // namespace sekimori::cli_test
