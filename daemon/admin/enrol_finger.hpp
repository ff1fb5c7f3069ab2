// SPDX-License-Identifier: Apache-2.0
// EnrolFinger: stage by stage on the scanner, told as Progress; stored when the last stage is good. Dropped before:
// nothing is stored.
#pragma once

#include <functional>
#include <string>

#include "daemon/admin/command.hpp"

namespace sekimori::daemon {

struct EnrolFingerRequest {
    PersonRecord person;
    std::string finger;
    Millis stage_timeout{std::chrono::seconds{30}};
};

// {left,right}-{thumb,index-finger,middle-finger,ring-finger,little-finger}
[[nodiscard]] bool is_finger_name(std::string_view name) noexcept;

class EnrolFinger {
  public:
    EnrolFinger(CommandRun& run, EnrolFingerRequest request, std::function<void(Reply)> done);

  private:
    void start();
    void on_answer(FingerAnswer answer);
    void store(wire::EnrolDone done);
    void finish(Reply reply);

    CommandRun& run_;
    Broker& broker_;
    EnrolFingerRequest request_;
    std::function<void(Reply)> done_;
    FingerRequest finger_;
    Source start_;
};

}  // namespace sekimori::daemon
