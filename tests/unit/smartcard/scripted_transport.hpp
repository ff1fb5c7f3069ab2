// SPDX-License-Identifier: Apache-2.0
// A card that follows a script: each command is expected byte for byte, in order, and nothing else may come.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "core/ids.hpp"
#include "smartcard/apdu/transport.hpp"
#include "tests/unit/smartcard/bytes.hpp"

namespace sekimori::smartcard::test {

class ScriptedTransport final : public Transport {
  public:
    ScriptedTransport& on(std::string_view command, std::string_view answer) {
        script_.push_back({hex(command), hex(answer), CardFault::internal});
        return *this;
    }
    // The reader fails on this command.
    ScriptedTransport& fails(std::string_view command, CardFault fault) {
        script_.push_back({hex(command), {}, fault});
        return *this;
    }
    [[nodiscard]] std::size_t left() const { return script_.size(); }
    ~ScriptedTransport() override { EXPECT_EQ(left(), 0U) << "commands of the script that never came"; }
    ScriptedTransport() = default;
    ScriptedTransport(const ScriptedTransport&) = delete;
    ScriptedTransport& operator=(const ScriptedTransport&) = delete;

  private:
    struct Step {
        Bytes command, answer;
        CardFault fault;
    };
    CardResult<Bytes> exchange(ByteSpan command) override {
        if (script_.empty()) {
            ADD_FAILURE() << "unexpected command " << to_hex(command);
            return failure(CardFault::unreadable);
        }
        Step step = std::move(script_.front());
        script_.pop_front();
        EXPECT_EQ(to_hex(command), to_hex(step.command));
        if (step.answer.empty()) return failure(step.fault);
        return step.answer;
    }
    std::deque<Step> script_;
};

// SELECTs as every dialogue begins with.
inline constexpr std::string_view kSelectPiv = "00A4040009A0000003080000100000";
inline constexpr std::string_view kSelectJpki = "00A4040C0AD392F000260100000001";

}  // namespace sekimori::smartcard::test
