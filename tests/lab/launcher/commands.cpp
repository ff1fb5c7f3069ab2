// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/launcher/commands.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "tests/lab/launcher/plan.hpp"
#include "tests/lab/launcher/ready.hpp"
#include "tests/lab/launcher/records.hpp"
#include "tests/lab/launcher/supervisor.hpp"

namespace sekimori::lab::launcher {
namespace {

// Whoever tells a supervisor to end must be told when it has.
void wait_for_end(pid_t supervisor) {
    while (waitpid(supervisor, nullptr, 0) < 0 && errno == EINTR) {
    }
}

Result<Plan> make_plan(const UpOptions& options) {
    auto layout = Layout::at(options.folder);
    if (!layout) {
        return tl::unexpected(layout.error());
    }
    std::optional<Accounts> accounts;
    if (!options.users.empty()) {
        if (geteuid() != 0) {
            return fail(ErrorCode::invalid_argument, "--users is for root only");
        }
        auto parsed = parse_accounts(options.users);
        if (!parsed) {
            return tl::unexpected(parsed.error());
        }
        accounts = *parsed;
    }
    auto programs = find_programs(options.stand_ins);
    if (!programs) {
        return tl::unexpected(programs.error());
    }
    if (options.agent != Agent::none && programs->agent.empty()) {
        return fail(ErrorCode::not_found, "sekimori-fleet is not there");
    }
    if (options.sessions != Sessions::none && (programs->lockd.empty() || programs->logind.empty())) {
        return fail(ErrorCode::not_found, "sekimori-lockd or sekimori-lab-logind is not there");
    }
    return Plan{std::move(*layout), std::move(*programs), accounts, options.policy, options.sessions, options.agent};
}

Status launch(const Plan& plan, UniqueFd lock, std::chrono::milliseconds limit) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return fail(ErrorCode::io, "no socket pair for the supervisor");
    }
    UniqueFd control(ends[0]);
    UniqueFd theirs(ends[1]);
    std::fflush(nullptr);
    const pid_t supervisor = fork();
    if (supervisor < 0) {
        return fail(ErrorCode::io, "cannot start the supervisor");
    }
    if (supervisor == 0) {
        control.reset();
        supervise(plan, std::move(lock), std::move(theirs));
        _exit(0);
    }
    lock.reset();
    theirs.reset();
    auto ready = wait_ready(plan.layout, control.get(), limit);
    if (ready && send(control.get(), "stay", 4, MSG_NOSIGNAL) == 4) {
        return {};
    }
    control.reset();
    wait_for_end(supervisor);
    return ready ? fail(ErrorCode::unavailable, "the supervisor is gone") : ready;
}

}  // namespace

Status up(const UpOptions& options) {
    const auto started = std::chrono::steady_clock::now();
    const auto plan = make_plan(options);
    if (!plan) {
        return tl::unexpected(plan.error());
    }
    umask(077);
    if (auto claimed = claim_folder(*plan); !claimed) {
        return claimed;
    }
    auto lock = take_lock(plan->layout);
    if (!lock) {
        return tl::unexpected(lock.error());
    }
    // Left by a supervisor that was killed.
    end_recorded(plan->layout);
    remove_records(plan->layout);
    if (auto prepared = prepare(*plan); !prepared) {
        return prepared;
    }
    const auto spent =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
    return launch(*plan, std::move(*lock), std::max(options.limit - spent, std::chrono::milliseconds(1)));
}

Status down(const std::string& folder) {
    const auto layout = Layout::at(folder);
    if (!layout) {
        return tl::unexpected(layout.error());
    }
    const auto recorded = read_records(*layout);
    end_recorded(*layout);
    remove_records(*layout);
    // Whoever looks for the pids now finds none of them.
    for (const NamedProcess& each : recorded) {
        wait_until_reaped(each.process);
    }
    return {};
}

Status status(const std::string& folder) {
    const auto layout = Layout::at(folder);
    if (!layout) {
        return tl::unexpected(layout.error());
    }
    const auto recorded = read_records(*layout);
    const auto supervisor = std::ranges::find(recorded, supervisor_name, &NamedProcess::name);
    if (supervisor == recorded.end() || !is_alive(supervisor->process)) {
        return fail(ErrorCode::unavailable, "no lab is up in " + layout->folder());
    }
    for (const NamedProcess& each : recorded) {
        std::printf("%s %d\n", each.name.c_str(), static_cast<int>(each.process.pid));
    }
    return {};
}

}  // namespace sekimori::lab::launcher
