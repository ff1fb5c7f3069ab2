// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/worker_rig.hpp"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "core/build.hpp"

namespace sekimori::test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (std::string& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

}  // namespace

WorkerRig::WorkerRig(wire::WorkerClass worker, const char* socket) : worker_(worker) {
    auto listener = listen_at(folder_.path(socket), 0600);
    EXPECT_TRUE(listener.has_value());
    if (listener) listener_ = std::move(*listener);
}

WorkerRig::~WorkerRig() {
    if (pid_ <= 0) return;
    (void)kill(pid_, SIGKILL);
    (void)waitpid(pid_, nullptr, 0);
}

void WorkerRig::run(std::vector<std::string> command, Lab lab, const std::string& more,
                    const Environment& environment) {
    const std::string config = folder_.write(
        "sekimori.conf", "[paths]\nstate=" + folder() + "/state\nrun=" + folder() + "\nworkers=" + folder() +
                             "\n[lab]\nenabled=" + (lab == Lab::on ? "true" : "false") + "\n" + more + "\n");
    Environment all{{"PATH", "/usr/bin:/bin"}, {"DBUS_SYSTEM_BUS_ADDRESS", "unix:path=" + folder_.path("bus")}};
    for (const auto& [name, value] : environment) all[name] = value;
    std::vector<std::string> variables;
    for (const auto& [name, value] : all)
        if (!value.empty()) variables.push_back(name + "=" + value);
    command.insert(command.end(), {"--config", config});
    const auto argv = pointers(command);
    const auto envp = pointers(variables);
    const std::string out = folder_.path("log");
    pid_ = fork();
    ASSERT_GE(pid_, 0);
    if (pid_ == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (freopen(out.c_str(), "a", stderr) == nullptr) _exit(126);
        execvpe(argv[0], argv.data(), envp.data());
        _exit(127);
    }
}

void WorkerRig::greet() {
    pollfd item{listener_.get(), POLLIN, 0};
    ASSERT_EQ(poll(&item, 1, static_cast<int>(kSoon.count())), 1) << "the worker does not connect\n" << log();
    auto channel = accept_from(listener_.get());
    ASSERT_TRUE(channel.has_value());
    broker = std::move(*channel);
    const auto hello = broker.receive_as<wire::WorkerHello>(kSoon);
    ASSERT_TRUE(hello.has_value()) << hello.error().message << "\n" << log();
    EXPECT_EQ(hello->worker, worker_);
    EXPECT_EQ(hello->build, kBuild);
    say(wire::WorkerWelcome{});
}

int WorkerRig::exit_code(Millis limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    int status = 0;
    while (waitpid(pid_, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() >= end) return -1;
        std::this_thread::sleep_for(Millis{2});
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string WorkerRig::log() const {
    std::ifstream file(folder_.path("log"));
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace sekimori::test
