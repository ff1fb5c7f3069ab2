// SPDX-License-Identifier: Apache-2.0
// A lab of the test's own, with the real broker, and what people do in it.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/integration/cli/process.hpp"

namespace sekimori::cli_test {

struct Answer {
    int code;
    nlohmann::json json;  // of the last line of standard output; discarded where there is none
    std::string out, err;
};

class Lab {
  public:
    Lab();  // aborts if it does not come up
    ~Lab();
    Lab(const Lab&) = delete;
    Lab& operator=(const Lab&) = delete;
    Lab(Lab&&) = delete;
    Lab& operator=(Lab&&) = delete;

    [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
    // The command with --json; `input` is all of its standard input.
    [[nodiscard]] Answer sekimori(std::vector<std::string> arguments, const std::string& input = {}) const;
    // Any program of the build beside it, running.
    [[nodiscard]] std::unique_ptr<Process> start(const std::string& program, const std::vector<std::string>& arguments,
                                                 Process::Input input = Process::Input::at_end) const;
    // The command with both of its outputs in one, as it would be at a terminal.
    [[nodiscard]] std::unique_ptr<Process> watch(const std::vector<std::string>& arguments) const;
    // A new card: `kind` piv or jpki, with further options of sekimori-lab-card.
    [[nodiscard]] std::string new_card(const std::string& name, const std::string& kind,
                                       const std::vector<std::string>& options = {}) const;
    // In the reader for as long as the process lives.
    [[nodiscard]] std::unique_ptr<Process> insert(const std::string& card, int reader = 0) const;
    // Returns when the scanner has read it.
    void press(unsigned seed, unsigned press) const;
    [[nodiscard]] Answer enrol_finger(const std::string& login, const std::string& finger, unsigned seed) const;
    // The result of the last phase, "PAM_SUCCESS" for a whole login.
    [[nodiscard]] std::string log_in(const std::string& service, const std::string& user, unsigned seed,
                                     const std::string& typed = {}) const;
    [[nodiscard]] pid_t pid_of(const std::string& process) const;
    void wait_until_ready() const;

  private:
    std::string folder_;
    std::vector<std::string> environment_;
};

}  // namespace sekimori::cli_test
