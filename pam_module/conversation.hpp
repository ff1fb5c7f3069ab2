// SPDX-License-Identifier: Apache-2.0
// The person at the other end, as the dialogue sees them. PAM's conversation function is one; tests have others.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::pam {

enum class Tone : std::uint8_t { info, error };
enum class Echo : std::uint8_t { off, on };

// The longest reply that is passed on (Answer::text).
inline constexpr std::size_t kMaxReply = 512;

class Conversation {
  public:
    Conversation() = default;
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;
    // Errors: cancelled (the host's conversation failed). Blocks as long as the host likes.
    virtual Status say(Tone tone, const std::string& text) = 0;
    // Never empty, at most kMaxReply bytes. Errors: cancelled (nobody answers), not_found (an empty line), too_large.
    [[nodiscard]] virtual Result<SecureBytes> ask(Echo echo, const std::string& text) = 0;

  protected:
    ~Conversation() = default;
};

}  // namespace sekimori::pam
