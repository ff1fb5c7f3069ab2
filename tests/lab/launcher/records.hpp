// SPDX-License-Identifier: Apache-2.0
// What a lab leaves on disk about its processes, so that `down` finds them, even after the supervisor was killed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "tests/lab/launcher/layout.hpp"
#include "tests/lab/launcher/process.hpp"
#include "tests/lab/unique_fd.hpp"

namespace sekimori::lab::launcher {

inline constexpr const char* supervisor_name = "supervisor";

struct NamedProcess {
    std::string name;
    Process process;

    bool operator==(const NamedProcess&) const = default;
};

// Replaces `processes` (name, pid, start time) and `pids` (name, pid), each whole or not at all.
[[nodiscard]] Status write_records(const Layout& layout, const std::vector<NamedProcess>& processes);

// What `processes` holds: nothing if it is missing, malformed, or not the caller's own file, since what it names is
// ended.
[[nodiscard]] std::vector<NamedProcess> read_records(const Layout& layout);

void remove_records(const Layout& layout);

// Ends every recorded process that is still alive: the supervisor first, which ends the others in order.
void end_recorded(const Layout& layout);

// Held by the supervisor for as long as it lives (flock(2)). Errors: busy, if a lab is up in this folder.
[[nodiscard]] Result<UniqueFd> take_lock(const Layout& layout);

// Writes a file aside and renames it into place.
[[nodiscard]] Status replace_file(const std::string& path, const std::string& content, mode_t mode);

}  // namespace sekimori::lab::launcher
