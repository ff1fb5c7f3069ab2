// SPDX-License-Identifier: Apache-2.0
// sekimori: the command of administrators. Holds nothing, decides nothing; see docs/PROTOCOL-COMMANDS.md.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "admin/command.hpp"
#include "admin/dbus_broker.hpp"
#include "admin/text.hpp"

int main(int argc, char** argv) {
    using namespace sekimori::admin;
    choose_language();
    const auto interrupt = Interrupt::block_signals();  // before GDBus starts its thread
    if (!interrupt) {
        std::fprintf(stderr, "sekimori: %s\n", interrupt.error().message.c_str());
        return static_cast<int>(Exit::refused);
    }
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    DBusBroker broker(*interrupt);
    return static_cast<int>(run_command(arguments, broker, *interrupt, {STDIN_FILENO, stdout, stderr}));
}
