// SPDX-License-Identifier: Apache-2.0
// The test plays the broker: it listens on a worker's socket, starts the real worker and speaks with it. What stands on
// the worker's other side is the business of the rigs made from this one.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "protocol/channel.hpp"
#include "protocol/schema.hpp"
#include "tests/temporary_folder.hpp"

namespace sekimori::test {

inline constexpr Millis kSoon{15'000};  // for what must come

enum class Lab : std::uint8_t { off, on };

class WorkerRig {
  public:
    using Environment = std::map<std::string, std::string>;

    WorkerRig(const WorkerRig&) = delete;
    WorkerRig& operator=(const WorkerRig&) = delete;

    // Its exit code; -1 if it does not end, or by a signal.
    [[nodiscard]] int exit_code(Millis limit = kSoon);
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] std::string log() const;
    [[nodiscard]] const std::string& folder() const { return folder_.path(); }

    template <class T>
    void say(const T& message) {
        const auto sent = broker.send(message);
        ASSERT_TRUE(sent.has_value()) << sent.error().message;
    }

    Channel broker;

  protected:
    WorkerRig(wire::WorkerClass worker, const char* socket);
    ~WorkerRig();

    // Starts `command --config …`. `more`: further lines of the configuration; `environment`: all that it gets beside
    // PATH and the bus; a variable that is empty is left out.
    void run(std::vector<std::string> command, Lab lab, const std::string& more, const Environment& environment);
    // Accepts its connection and answers its hello.
    void greet();

  private:
    TemporaryFolder folder_;
    wire::WorkerClass worker_;
    UniqueFd listener_;
    pid_t pid_{-1};
};

}  // namespace sekimori::test
