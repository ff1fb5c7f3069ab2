// SPDX-License-Identifier: Apache-2.0
// What a broker, or whoever plays one, can do wrong at any moment of a dialogue.
#pragma once

#include <array>
#include <ostream>

#include "tests/unit/pam_module/fake_broker.hpp"

namespace sekimori::test {

enum class Fault {
    silence,
    eof,
    zero_length,
    garbage,
    cut,
    oversize,
    other_version,
    wrong_type,
    unknown_type,
    missing_field,
    unknown_outcome,
    critical_field,
    verdict_for_another,
    verdict_for_nobody,
    short_grant,
    unknown_prompt,
    pin_with_echo,
    choice_of_nothing,
    command_done,
};
inline constexpr std::array kFaults{
    Fault::silence,
    Fault::eof,
    Fault::zero_length,
    Fault::garbage,
    Fault::cut,
    Fault::oversize,
    Fault::other_version,
    Fault::wrong_type,
    Fault::unknown_type,
    Fault::missing_field,
    Fault::unknown_outcome,
    Fault::critical_field,
    Fault::short_grant,
    Fault::pin_with_echo,
    Fault::verdict_for_another,
    Fault::verdict_for_nobody,
    Fault::unknown_prompt,
    Fault::choice_of_nothing,
    Fault::command_done,
};
inline const char* name_of(Fault fault) {
    constexpr std::array names{"silence",
                               "eof",
                               "zero_length",
                               "garbage",
                               "cut",
                               "oversize",
                               "other_version",
                               "wrong_type",
                               "unknown_type",
                               "missing_field",
                               "unknown_outcome",
                               "critical_field",
                               "another",
                               "nobody",
                               "short_grant",
                               "unknown_prompt",
                               "pin_with_echo",
                               "choice_of_nothing",
                               "command_done"};
    return names[static_cast<std::size_t>(fault)];
}
inline void PrintTo(Fault fault, std::ostream* out) { *out << name_of(fault); }

inline wire::Bytes encoded(const wire::Verdict& verdict) {
    const auto message = wire::encode(verdict);
    return {message->span().begin(), message->span().end()};
}

// Does it, and then goes on as if nothing had been, with a verdict that grants: it must not count any more.
inline void commit(Fault fault, Line& line, const std::string& user) {
    wire::Bytes bytes = encoded(granted(user));
    switch (fault) {
        case Fault::silence:
            return line.wait_for_end();
        case Fault::eof:
            return;
        case Fault::zero_length:
            line.say_raw({});
            break;
        case Fault::garbage:
            line.say_raw(std::array<std::uint8_t, 5>{0xde, 0xad, 0xbe, 0xef, 0x00});
            break;
        case Fault::cut:
            line.say_raw(ByteSpan(bytes).first(bytes.size() - 1));
            break;
        case Fault::oversize:
            bytes.resize(wire::kMaxMessage + 1);
            line.say_raw(bytes);
            break;
        case Fault::other_version:
            bytes[0] = 2;
            line.say_raw(bytes);
            break;
        case Fault::wrong_type:
            line.say(wire::Hello{});
            break;
        case Fault::unknown_type:
            bytes[2] = 250;
            line.say_raw(bytes);
            break;
        case Fault::missing_field:
            line.say_raw(ByteSpan(bytes).first(3));
            break;
        case Fault::unknown_outcome:  // header 3, tag 2, length 2, then the outcome
            bytes[7] = 200;
            line.say_raw(bytes);
            break;
        case Fault::critical_field:
            for (const int byte : {0x80 | 0x7f, 0x01, 0x00, 0x00}) bytes.push_back(static_cast<std::uint8_t>(byte));
            line.say_raw(bytes);
            break;
        case Fault::verdict_for_another:
            line.say(granted("mallory"));
            break;
        case Fault::verdict_for_nobody:
            line.say(granted(""));
            break;
        case Fault::short_grant: {
            auto verdict = granted(user);
            verdict.grant.truncate(16);
            line.say(verdict);
            break;
        }
        case Fault::unknown_prompt:
            line.say(prompt_of(wire::PromptStyle::info, static_cast<MessageId>(999)));
            break;
        case Fault::pin_with_echo:
            line.say(prompt_of(wire::PromptStyle::echo_on, MessageId::enter_pin));
            break;
        case Fault::choice_of_nothing:
            line.say(prompt_of(wire::PromptStyle::echo_on, MessageId::choose_account));
            break;
        case Fault::command_done:
            line.say(wire::CommandDone{.result = wire::CommandResult::done, .json = "{}"});
            break;
    }
    line.say(granted(user));
    line.wait_for_end();
}

// The peer is gone, as far as the module can tell.
inline bool looks_gone(Fault fault) { return fault == Fault::eof || fault == Fault::zero_length; }

}  // namespace sekimori::test
