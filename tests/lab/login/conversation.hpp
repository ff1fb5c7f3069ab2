// SPDX-License-Identifier: Apache-2.0
// The person at the terminal: shows every prompt, answers from standard input, and puts the finger down when asked.
#pragma once

#include <security/pam_appl.h>

#include <string>
#include <vector>

#include "tests/lab/login/hand.hpp"

namespace sekimori::lab::login {

class Conversation {
  public:
    enum class Show { prompts, nothing };

    // `hand` may be null: then nobody touches the scanner. Borrowed.
    Conversation(Hand* hand, Show show) noexcept : hand_(hand), show_(show) {}

    // For pam_start; valid while this object stays where it is.
    [[nodiscard]] pam_conv for_pam() noexcept { return {converse, this}; }
    [[nodiscard]] const std::vector<std::string>& prompts() const noexcept { return prompts_; }

  private:
    static int converse(int count, const pam_message** messages, pam_response** responses, void* self) noexcept;
    [[nodiscard]] int answer(const pam_message& message, pam_response& response);

    Hand* hand_;
    Show show_;
    std::vector<std::string> prompts_;
};

}  // namespace sekimori::lab::login
