// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/cli/private_bus.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

namespace sekimori::cli_test {

PrivateBus::PrivateBus() {
    folder_ = (std::filesystem::temp_directory_path() / "sekimori-bus-XXXXXX").string();
    if (mkdtemp(folder_.data()) == nullptr) std::abort();
    const std::string config = folder_ + "/bus.conf";
    std::ofstream(config) << "<!DOCTYPE busconfig PUBLIC '-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN'"
                             " 'http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd'><busconfig>"
                             "<type>session</type><listen>unix:path="
                          << folder_
                          << "/bus</listen><auth>EXTERNAL</auth><policy context='default'><allow user='*'/>"
                             "<allow own='*'/><allow send_destination='*'/><allow receive_sender='*'/></policy>"
                             "</busconfig>";
    std::array<int, 2> ready{-1, -1};
    if (pipe2(ready.data(), O_CLOEXEC) != 0) std::abort();
    const std::string configured = "--config-file=" + config;
    pid_ = fork();
    if (pid_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves nobody behind
        dup2(ready[1], 3);
        execl(SEKIMORI_DBUS_DAEMON, "dbus-daemon", configured.c_str(), "--nofork", "--nopidfile", "--print-address=3",
              nullptr);
        _exit(127);
    }
    close(ready[1]);
    char c = 0;
    while (read(ready[0], &c, 1) == 1 && c != '\n') address_ += c;
    close(ready[0]);
    if (address_.empty()) std::abort();
}

PrivateBus::~PrivateBus() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
    std::filesystem::remove_all(folder_);
}

}  // namespace sekimori::cli_test
