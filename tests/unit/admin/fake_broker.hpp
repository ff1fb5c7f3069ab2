// SPDX-License-Identifier: Apache-2.0
// A broker without a bus: it notes what it is asked, and its dialogues are written down before they are held. What a
// broker sends does not depend on when the command reads it, so no thread is needed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "admin/broker.hpp"
#include "admin/command.hpp"

namespace sekimori::admin::test {

class FakeBroker final : public Broker {
  public:
    struct Call {
        std::string verb;
        Json arguments;
        int file;
    };
    std::vector<Call> calls;
    std::vector<Outcome<std::string>> answers;  // of queries, in order
    std::function<void(Channel&)> dialogue;     // what the broker says on its end
    Outcome<Mode> lab{Mode::lab};
    Outcome<std::string> refusal{std::string()};  // of commands, when it holds a failure
    Channel broker_end;                           // kept open after the dialogue's lines

    Outcome<std::string> query(const std::string& verb, const Json& arguments) override {
        calls.push_back({verb, arguments, -1});
        if (answers.empty()) return unreachable();
        auto answer = answers.front();
        answers.erase(answers.begin());
        return answer;
    }
    Outcome<Channel> command(const std::string& verb, const Json& arguments, int file) override {
        calls.push_back({verb, arguments, file});
        if (!refusal) return tl::unexpected<Failure>(refusal.error());
        auto ends = Channel::pair();
        broker_end = std::move(ends->first);
        if (dialogue) dialogue(broker_end);
        return std::move(ends->second);
    }
    Outcome<Mode> mode() override { return lab; }
};

inline wire::CommandDone done(const std::string& json) { return {wire::CommandResult::done, json}; }
inline wire::CommandDone failed(const std::string& json) { return {wire::CommandResult::failed, json}; }
inline wire::Prompt prompt(wire::PromptStyle style, MessageId id, std::uint32_t serial = 0) {
    wire::Prompt made;
    made.style = style;
    made.id = id;
    made.serial = serial;
    return made;
}

// A descriptor that never becomes readable, and one that is.
struct Pipe {
    UniqueFd read_end, write_end;
    Pipe();
    void write(const std::string& text) const;
    void close() { write_end.reset(); }
};

// One run of the command against a fake.
struct Run {
    Exit exit;
    std::string out, err;
};
[[nodiscard]] Run run(FakeBroker& broker, const std::vector<std::string>& arguments, int input = -1,
                      const Pipe* interrupt = nullptr);

}  // namespace sekimori::admin::test
