// SPDX-License-Identifier: Apache-2.0
// sekimori-lab-card: makes software cards and puts them into a reader that speaks vpcd's wire.
#include "tests/lab/cards/command/commands.hpp"

int main(int argc, char** argv) {
    CLI::App app{"Makes software IC cards and puts them into a reader that speaks vpcd's wire."};
    app.require_subcommand(1);
    int code = sekimori::lab::kFailed;
    sekimori::lab::add_new_commands(app, code);
    sekimori::lab::add_insert_command(app, code);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? sekimori::lab::kDone : sekimori::lab::kUsage;
    }
    return code;
}
