// SPDX-License-Identifier: Apache-2.0
// A lab for one test, with stand-ins for broker and workers or the real ones: ended with everything in it at the test's
// end.
#pragma once

#include <sys/types.h>
#include <chrono>
#include <functional>
#include <map>
#include <string>

#include "tests/unit/lab/finger_folder.hpp"

namespace sekimori::lab::launcher {

struct Outcome {
    int code;
    std::string output;  // standard output and error
};

class TestLab {
  public:
    enum class Programs { stand_ins, real };

    explicit TestLab(Programs programs = Programs::stand_ins);
    ~TestLab();
    TestLab(const TestLab&) = delete;
    TestLab& operator=(const TestLab&) = delete;

    // Runs sekimori-lab VERB --dir folder(), as user `uid` if that is not the caller.
    Outcome run(const std::string& verb_and_options) const;
    Outcome up(const std::string& options = "") const;
    Outcome down() const { return run("down"); }

    // Everything below is somebody else's from here on; root only.
    void give_to(uid_t uid);
    void behave(const std::string& program, const std::string& mode) const;

    std::string folder() const { return (temporary_.path() / "lab").string(); }
    std::string file(const std::string& name) const { return folder() + "/" + name; }
    std::map<std::string, pid_t> pids() const;
    std::string content(const std::string& name) const;

  private:
    TemporaryFolder temporary_;
    Programs programs_;
    std::string as_user_;
};

// Waits for what must come, with a generous bound.
bool eventually(const std::function<bool()>& condition);
bool is_running(pid_t pid);

}  // namespace sekimori::lab::launcher
