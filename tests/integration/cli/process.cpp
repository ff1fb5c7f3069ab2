// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/cli/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace sekimori::cli_test {
namespace {

std::pair<UniqueFd, UniqueFd> make_pipe() {
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// For execve: the texts' own memory, ended by a null.
std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

Process::Process(const std::string& bus, const std::vector<std::string>& arguments, Input input,
                 const std::string& extra)
    : Process(SEKIMORI_COMMAND, arguments, {"DBUS_SYSTEM_BUS_ADDRESS=" + bus, "LC_ALL=C.UTF-8"}, input, extra) {}

Process::Process(const std::string& program, const std::vector<std::string>& arguments,
                 std::vector<std::string> environment, Input input, const std::string& extra) {
    auto [in_read, in_write] = make_pipe();
    auto [out_read, out_write] = make_pipe();
    auto [err_read, err_write] = make_pipe();
    auto [extra_read, extra_write] = make_pipe();
    if (::write(extra_write.get(), extra.data(), extra.size()) != static_cast<ssize_t>(extra.size())) std::abort();
    extra_write.reset();
    std::vector<std::string> words{program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    auto argv = pointers(words);
    auto envp = pointers(environment);
    pid_ = fork();
    if (pid_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves nobody behind
        dup2(in_read.get(), 0);
        dup2(out_write.get(), 1);
        dup2(err_write.get(), 2);
        dup2(extra_read.get(), 9);
        execve(program.c_str(), argv.data(), envp.data());
        _exit(127);
    }
    if (input == Input::open) in_ = std::move(in_write);
    out_ = std::move(out_read);
    err_ = std::move(err_read);
}

Process::~Process() {
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

void Process::write(const std::string& text) const {
    if (::write(in_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::abort();
}

std::string Process::line() {
    std::string text;
    char c = 0;
    while (read(out_.get(), &c, 1) == 1) {
        text += c;
        if (c == '\n') break;
    }
    return text;
}

void Process::signal(int number) const { kill(pid_, number); }

int Process::exit_code() {
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string Process::rest(int fd) {
    std::string text;
    char block[4096];
    for (ssize_t got = 0; (got = read(fd, block, sizeof block)) > 0;) text.append(block, static_cast<std::size_t>(got));
    return text;
}

}  // namespace sekimori::cli_test
