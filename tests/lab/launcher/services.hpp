// SPDX-License-Identifier: Apache-2.0
// The processes of a lab and how each is started. The listening sockets live as long as this object, so that a
// process that comes back finds its clients waiting.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tests/lab/launcher/plan.hpp"
#include "tests/lab/launcher/registry.hpp"
#include "tests/lab/launcher/spawn.hpp"
#include "tests/lab/unique_fd.hpp"

namespace sekimori::lab::launcher {

// In the order of their start.
enum class Service : std::uint8_t { bus, logind, pcscd, broker, card, finger, lockd, agent };
// Those that a plan has.
[[nodiscard]] std::vector<Service> services_of(const Plan& plan);

[[nodiscard]] const char* name_of(Service service);

class Services {
  public:
    // Binds every socket. The plan must outlive it.
    [[nodiscard]] static Result<Services> bind(const Plan& plan);

    // Starts one. A worker is registered with the broker before its program runs.
    [[nodiscard]] Result<pid_t> start(Service service);
    // To be called when one is gone.
    void ended(Service service);
    // Removes the sockets' files.
    void unbind() const;

  private:
    explicit Services(const Plan& plan) : plan_(&plan) {}

    [[nodiscard]] Result<HeldChild> spawn_held(Service service);
    [[nodiscard]] Result<HeldChild> spawn_bus();
    [[nodiscard]] Result<HeldChild> spawn_reader_daemon();
    [[nodiscard]] Result<HeldChild> spawn_broker();
    [[nodiscard]] Result<HeldChild> spawn_plain(const std::string& program, Service service);
    [[nodiscard]] Result<HeldChild> spawn_worker(const std::string& program, std::string variable,
                                                 const Account* account, Service service);
    [[nodiscard]] Result<HeldChild> spawn_agent();
    [[nodiscard]] std::string bus_variable() const;
    [[nodiscard]] const Account* account_of(Service service) const;

    const Plan* plan_;
    WorkerRegistry registry_;
    UniqueFd bus_;
    UniqueFd pcscd_;
    std::vector<UniqueFd> cards_;
    // Only with accounts of their own, as systemd makes them in production: auth, card, finger, lock, media, fleet.
    std::vector<UniqueFd> broker_sockets_;
};

}  // namespace sekimori::lab::launcher
