// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/lab/launcher_lab.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/lab/launcher/process.hpp"

namespace sekimori::lab::launcher {

TestLab::TestLab(Programs programs) : programs_(programs) {
    if (programs == Programs::real) {
        return;
    }
    const auto folder = temporary_.path() / "programs";
    std::filesystem::create_directory(folder);
    for (const char* name : {"sekimorid", "sekimori-card", "sekimori-finger"}) {
        std::filesystem::create_symlink(STAND_IN, folder / name);
    }
    std::ofstream(folder / "pam_sekimori.so") << "not loaded here";
}

TestLab::~TestLab() { EXPECT_EQ(down().code, 0); }

Outcome TestLab::run(const std::string& verb_and_options) const {
    const std::string command = as_user_ + LAB_PROGRAM " " + verb_and_options + " --dir " + folder() + " 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    Outcome outcome{-1, {}};
    // Ends only when nobody holds the pipe any more: a lab that kept it would hang the test.
    for (int c = 0; (c = fgetc(pipe)) != EOF;) {
        outcome.output += static_cast<char>(c);
    }
    const int status = pclose(pipe);
    outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
}

Outcome TestLab::up(const std::string& options) const {
    const std::string programs = "--programs " + (temporary_.path() / "programs").string() + " ";
    return run("up " + (programs_ == Programs::real ? "" : programs) + options);
}

void TestLab::give_to(uid_t uid) {
    const std::string number = std::to_string(uid);
    as_user_ = "setpriv --reuid=" + number + " --regid=" + number + " --clear-groups ";
    EXPECT_EQ(chown(temporary_.path().c_str(), uid, uid), 0);
}

void TestLab::behave(const std::string& program, const std::string& mode) const {
    std::ofstream(temporary_.path() / "programs" / (program + ".mode")) << mode;
}

std::map<std::string, pid_t> TestLab::pids() const {
    std::map<std::string, pid_t> all;
    std::ifstream in(file("pids"));
    std::string name;
    pid_t pid = 0;
    while (in >> name >> pid) {
        all[name] = pid;
    }
    return all;
}

std::string TestLab::content(const std::string& name) const {
    std::ostringstream out;
    out << std::ifstream(file(name)).rdbuf();
    return out.str();
}

bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

bool is_running(pid_t pid) { return find_process(pid).has_value(); }

}  // namespace sekimori::lab::launcher
