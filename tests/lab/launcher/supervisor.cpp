// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/launcher/supervisor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/lab/launcher/process.hpp"
#include "tests/lab/launcher/records.hpp"
#include "tests/lab/launcher/restart_budget.hpp"
#include "tests/lab/launcher/services.hpp"

namespace sekimori::lab::launcher {
namespace {

using Clock = RestartBudget::Clock;

constexpr std::chrono::milliseconds ending_grace{2000};

std::string describe(int status) {
    return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                               : "code " + std::to_string(WEXITSTATUS(status));
}

RestartBudget::End end_of(int status) {
    const bool killed = WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM);
    const bool left = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return killed || left ? RestartBudget::End::in_order : RestartBudget::End::failed;
}

class Supervisor {
  public:
    Supervisor(const Plan& plan, Services services, UniqueFd control, UniqueFd signals)
        : plan_(plan), services_(std::move(services)), control_(std::move(control)), signals_(std::move(signals)) {
        for (const Service service : services_of(plan)) {
            children_.push_back({service, {}, {}, {}, {}});
        }
    }

    void run() {
        for (Child& child : children_) {
            start(child);
        }
        while (!ending_) {
            wait();
            for (Child& child : children_) {
                if (child.due && Clock::now() >= *child.due) {
                    start(child);
                }
            }
        }
        end_all();
    }

  private:
    struct Child {
        Service service;
        std::optional<Process> process;
        Clock::time_point started;
        std::optional<Clock::time_point> due;  // when it is to be started again
        RestartBudget budget;
    };

    void start(Child& child) {
        child.due.reset();
        child.started = Clock::now();
        const auto pid = services_.start(child.service);
        if (!pid) {
            report(std::string("failed ") + name_of(child.service) + ": " + pid.error().message);
            schedule(child, RestartBudget::End::failed);
            return;
        }
        // A child that is already dead is still a zombie, and about to be reaped: only its number counts.
        child.process = find_process(*pid).value_or(Process{*pid, 0});
        record();
    }

    void schedule(Child& child, RestartBudget::End end) {
        const auto now = Clock::now();
        switch (child.budget.died(end, child.started, now)) {
            case RestartBudget::Answer::at_once:
                child.due = now;
                break;
            case RestartBudget::Answer::after_pause:
                child.due = now + RestartBudget::pause;
                break;
            case RestartBudget::Answer::give_up:
                report(std::string("over ") + name_of(child.service));
                break;
        }
    }

    void wait() {
        std::array<pollfd, 2> events{{{signals_.get(), POLLIN, 0}, {control_.get(), POLLIN, 0}}};
        poll(events.data(), events.size(), until_due());
        signalfd_siginfo info{};
        while (read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
            ending_ = ending_ || info.ssi_signo != SIGCHLD;
        }
        reap();
        if (control_ && events[1].revents != 0) {
            hear();
        }
    }

    int until_due() const {
        std::optional<Clock::time_point> first;
        for (const Child& child : children_) {
            if (child.due && (!first || *child.due < *first)) {
                first = child.due;
            }
        }
        if (!first) {
            return -1;
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*first - Clock::now());
        return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    }

    void reap() {
        int status = 0;
        for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
            const auto child = std::ranges::find_if(
                children_, [&](const Child& each) { return each.process && each.process->pid == pid; });
            if (child == children_.end()) {
                continue;
            }
            child->process.reset();
            services_.ended(child->service);
            report(std::string("exit ") + name_of(child->service) + " " + describe(status));
            if (!ending_) {
                schedule(*child, end_of(status));
            }
            record();
        }
    }

    // What `up` says, or that it is gone.
    void hear() {
        std::array<char, 16> word{};
        const ssize_t got = recv(control_.get(), word.data(), word.size(), MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        ending_ = ending_ || got <= 0 || std::string(word.data(), static_cast<std::size_t>(got)) != "stay";
        control_.reset();
    }

    void report(const std::string& line) {
        std::fprintf(stderr, "%s\n", line.c_str());
        if (control_) {
            send(control_.get(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        }
    }

    void record() const {
        std::vector<NamedProcess> all;
        if (const auto self = find_process(getpid())) {
            all.push_back({supervisor_name, *self});
        }
        for (const Child& child : children_) {
            if (child.process) {
                all.push_back({name_of(child.service), *child.process});
            }
        }
        if (auto written = write_records(plan_.layout, all); !written) {
            std::fprintf(stderr, "%s\n", written.error().message.c_str());
        }
    }

    // The last started first: nobody misses what it depends on while it ends.
    void end_all() {
        std::for_each(children_.rbegin(), children_.rend(), [](const Child& child) {
            if (child.process) {
                end_process(*child.process, ending_grace);
                waitpid(child.process->pid, nullptr, 0);
            }
        });
        services_.unbind();
        remove_records(plan_.layout);
    }

    const Plan& plan_;
    Services services_;
    UniqueFd control_;
    UniqueFd signals_;
    std::vector<Child> children_;
    bool ending_ = false;
};

// From here on nothing of the caller's is held: no terminal, no pipe that somebody waits on.
void detach(const std::string& log_path, UniqueFd& lock, UniqueFd& control) {
    setsid();
    umask(077);
    [[maybe_unused]] const int moved = chdir("/");
    const int null = open("/dev/null", O_RDONLY);
    const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
    dup2(null, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    constexpr int lock_number = 3;
    constexpr int control_number = 4;
    const int lock_aside = fcntl(lock.get(), F_DUPFD, control_number + 1);
    const int control_aside = fcntl(control.get(), F_DUPFD, control_number + 1);
    lock.reset();
    control.reset();
    dup3(lock_aside, lock_number, O_CLOEXEC);
    dup3(control_aside, control_number, O_CLOEXEC);
    syscall(SYS_close_range, control_number + 1, ~0U, 0);
    lock = UniqueFd(lock_number);
    control = UniqueFd(control_number);
}

UniqueFd take_signals() {
    sigset_t watched;
    sigemptyset(&watched);
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) {
        sigaddset(&watched, signal);
    }
    sigprocmask(SIG_BLOCK, &watched, nullptr);
    signal(SIGPIPE, SIG_IGN);
    return UniqueFd(signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace

void supervise(const Plan& plan, UniqueFd lock, UniqueFd control) {
    detach(plan.layout.log(supervisor_name), lock, control);
    UniqueFd signals = take_signals();
    auto services = Services::bind(plan);
    if (!services) {
        const std::string line = "failed " + services.error().message;
        send(control.get(), line.data(), line.size(), MSG_NOSIGNAL);
        return;
    }
    Supervisor(plan, std::move(*services), std::move(control), std::move(signals)).run();
}

}  // namespace sekimori::lab::launcher
