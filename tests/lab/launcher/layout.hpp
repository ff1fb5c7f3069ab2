// SPDX-License-Identifier: Apache-2.0
// Where everything of one lab lies: one folder, below which nothing is shared with the machine or another lab.
#pragma once

#include <filesystem>
#include <string>

#include "core/result.hpp"

namespace sekimori::lab::launcher {

// A unix socket's path holds 107 bytes (unix(7)); this leaves room for the longest name below the folder.
inline constexpr std::size_t max_folder_bytes = 70;

class Layout {
  public:
    // Absolute, at most max_folder_bytes, no control characters. Errors: invalid_argument.
    [[nodiscard]] static Result<Layout> at(const std::string& folder);

    [[nodiscard]] const std::string& folder() const { return folder_; }
    [[nodiscard]] std::string below(const std::string& name) const { return folder_ + "/" + name; }

    // For users and their programs.
    [[nodiscard]] std::string environment() const { return below("env"); }
    [[nodiscard]] std::string pids() const { return below("pids"); }
    [[nodiscard]] std::string log(const std::string& process) const { return below("log/" + process + ".log"); }
    [[nodiscard]] std::string pam() const { return below("pam.d"); }
    [[nodiscard]] std::string bus() const { return below("bus"); }
    [[nodiscard]] std::string card(int reader) const { return below("card" + std::to_string(reader) + ".sock"); }
    [[nodiscard]] std::string finger() const { return below("finger.sock"); }

    // For the broker and its workers.
    [[nodiscard]] std::string config() const { return below("sekimori.conf"); }
    [[nodiscard]] std::string policy() const { return below("policy"); }
    [[nodiscard]] std::string state() const { return below("state"); }
    [[nodiscard]] std::string workers() const { return below("workers"); }
    [[nodiscard]] std::string auth() const { return below("auth.sock"); }
    [[nodiscard]] std::string card_worker() const { return below("workers/card.sock"); }
    [[nodiscard]] std::string finger_worker() const { return below("workers/finger.sock"); }
    [[nodiscard]] std::string lock_worker() const { return below("workers/lock.sock"); }
    [[nodiscard]] std::string media_worker() const { return below("workers/media.sock"); }
    [[nodiscard]] std::string fleet_worker() const { return below("workers/fleet.sock"); }
    [[nodiscard]] std::string agent_state() const { return below("agent"); }
    // The scanner's folder where the finger worker has an account of its own; finger() then leads there.
    [[nodiscard]] std::string scanner() const { return below("scanner"); }

    // For the launcher itself and its other children.
    [[nodiscard]] std::string bus_config() const { return below("bus.conf"); }
    [[nodiscard]] std::string bus_passwd() const { return below("bus.passwd"); }
    [[nodiscard]] std::string bus_group() const { return below("bus.group"); }
    [[nodiscard]] std::string pcscd() const { return below("pcscd.comm"); }
    [[nodiscard]] std::string lock() const { return below("lock"); }
    [[nodiscard]] std::string processes() const { return below("processes"); }

  private:
    explicit Layout(std::string folder) : folder_(std::move(folder)) {}

    std::string folder_;
};

}  // namespace sekimori::lab::launcher
