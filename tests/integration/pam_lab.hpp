// SPDX-License-Identifier: Apache-2.0
// A lab for the PAM tests: two persons, their cards and fingers, and the things that happen to a workstation.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/unit/pam_module/host.hpp"

namespace sekimori::test {

// alice has a PIV card without a PIN, bert a My Number card with one; the fingers are numbers of synthetic ones.
inline constexpr int kAlicesFinger = 11;
inline constexpr int kBertsFinger = 12;
inline constexpr const char* kBertsPin = "4649";
// The lab's [card] felica_keys=: cards are diversified from the first, and have the second as it is.
inline constexpr const char* kMasterKey = "a1b2c3d4e5f60718293a4b5c6d7e8f90112233445566778a";
inline constexpr const char* kCardKey = "1f2e3d4c5b6a79880716253443526170";

class Lab {
  public:
    // Up, with alice and bert enrolled. A failure is the test's.
    Lab();
    Lab(const Lab&) = delete;
    Lab& operator=(const Lab&) = delete;
    ~Lab();

    // Runs a shell line in the lab's environment; its exit code.
    int run(const std::string& line) const;
    void up();
    void down();
    // Takes effect at the next up().
    void write_limits(const std::string& lines) const;

    // A card's folder in the lab's: "alice", "bert" or one of a test's own. Returns when the reader has it. `fault`: as
    // sekimori-lab-card has it.
    void insert(const std::string& card, const std::string& fault = {});
    // A new person with that card, one finger and the account of that name.
    void enrol(const std::string& person, int finger);
    void pull();
    void press(int finger);                            // in the background: as soon as the scanner looks
    void kill_process(const std::string& name) const;  // "broker", "card", "finger": SIGKILL; the lab starts it again
    void wait_until_ready() const;
    void suspend(const std::string& person) const;  // their card, while it may be in use
    void reinstate(const std::string& person) const;
    // No card in, nobody locked out, everything running.
    void tidy();

    [[nodiscard]] std::string stacks() const { return folder_ + "/pam.d"; }
    [[nodiscard]] std::string socket() const { return folder_ + "/auth.sock"; }

  private:
    void write_card_keys() const;
    std::string folder_;
    pid_t card_{-1};
    std::vector<pid_t> hands_;
    int presses_{20};
};

// The one lab of this program, made when first asked for and ended with the program.
Lab& lab();

// A host at the lab's stacks, each on a terminal of its own: failures of one test are not counted against another.
class LabHost : public Host {
  public:
    explicit LabHost(const std::string& user, const std::string& service = "login");
};

}  // namespace sekimori::test
