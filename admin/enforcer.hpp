// SPDX-License-Identifier: Apache-2.0
// Enforcer: what switches the machine over to card and finger, and back (sekimori-enforce); a fake in the tests. It
// writes files of root's, so it does what its caller may.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "admin/failure.hpp"

namespace sekimori::admin {

class Enforcer {
  public:
    enum class State : std::uint8_t { off, trial, on };

    Enforcer() = default;
    virtual ~Enforcer() = default;
    Enforcer(const Enforcer&) = delete;
    Enforcer& operator=(const Enforcer&) = delete;
    Enforcer(Enforcer&&) = delete;
    Enforcer& operator=(Enforcer&&) = delete;

    // One step, to its end; what it says goes to stderr. Failures: refused, io.
    [[nodiscard]] virtual Outcome<void> run(const std::string& step) = 0;
    [[nodiscard]] virtual State state() const = 0;
    // Since when the trial runs, RFC 3339. None when there is none.
    [[nodiscard]] virtual std::optional<std::string> trial_since() const = 0;
};

class SystemEnforcer final : public Enforcer {
  public:
    [[nodiscard]] Outcome<void> run(const std::string& step) override;
    [[nodiscard]] State state() const override;
    [[nodiscard]] std::optional<std::string> trial_since() const override;
};

}  // namespace sekimori::admin
