// SPDX-License-Identifier: Apache-2.0
// The command as a process: its input, its output as it comes, its exit code.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "protocol/channel.hpp"

namespace sekimori::cli_test {

class Process {
  public:
    enum class Input { open, at_end };

    // Any program, with nothing in its environment but this ("NAME=value").
    Process(const std::string& program, const std::vector<std::string>& arguments, std::vector<std::string> environment,
            Input input, const std::string& extra = {});
    // Runs the command with `bus` as the system bus. `extra`: a text that it can read from descriptor 9.
    Process(const std::string& bus, const std::vector<std::string>& arguments, Input input = Input::at_end,
            const std::string& extra = {});
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    Process(Process&&) = delete;
    Process& operator=(Process&&) = delete;

    void write(const std::string& text) const;
    // Up to and with the next newline; what there is at the end of file.
    [[nodiscard]] std::string line();
    void signal(int number) const;
    // Waits. -1 if it was killed.
    [[nodiscard]] int exit_code();
    // After exit_code(): the rest of both.
    [[nodiscard]] std::string out() const { return rest(out_.get()); }
    [[nodiscard]] std::string err() const { return rest(err_.get()); }

  private:
    [[nodiscard]] static std::string rest(int fd);
    pid_t pid_{-1};
    UniqueFd in_, out_, err_;
};

}  // namespace sekimori::cli_test
