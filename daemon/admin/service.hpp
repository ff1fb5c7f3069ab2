// SPDX-License-Identifier: Apache-2.0
// Service: org.sekimori.Broker on the system bus. polkit guards the front door only; the administrator's card and
// finger are asked for behind it (command.hpp). polkit is asked asynchronously: its own PAM stack may be asking us.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include "daemon/admin/command.hpp"

namespace sekimori::daemon {

class Service {
  public:
    // `lost`: the bus or the name is gone; the broker cannot be administered and ends.
    Service(Broker& broker, std::function<void()> lost);
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    // Devices or workers changed: WaitReady callers may be answered.
    void readiness_changed();
    void emit_break_glass(const std::string& person, const std::string& terminal);
    void emit_denied(std::string_view kind, const std::string& id);
    [[nodiscard]] bool ready() const;

    struct Impl;

  private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace sekimori::daemon
