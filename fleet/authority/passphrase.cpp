// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/passphrase.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "fleet/io/files.hpp"
#include "protocol/channel.hpp"

namespace sekimori::fleet {
namespace {

// Puts the terminal back however the question ends.
class Quiet {
  public:
    explicit Quiet(int fd) : fd_(fd), held_(tcgetattr(fd, &before_) == 0) {
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        if (held_) (void)tcsetattr(fd_, TCSAFLUSH, &silent);
    }
    ~Quiet() {
        if (held_) (void)tcsetattr(fd_, TCSAFLUSH, &before_);
    }
    Quiet(const Quiet&) = delete;
    Quiet& operator=(const Quiet&) = delete;

  private:
    int fd_;
    termios before_{};
    bool held_;
};

Result<SecureBytes> ask(int fd, const std::string& question) {
    if (write(fd, question.data(), question.size()) < 0) return fail(ErrorCode::io, "the terminal is gone");
    auto line = [&] {
        const Quiet quiet(fd);
        return read_line_of(fd);
    }();
    if (write(fd, "\n", 1) < 0) return fail(ErrorCode::io, "the terminal is gone");
    return line;
}

Result<UniqueFd> terminal_or(const char* option) {
    UniqueFd terminal(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    if (!terminal)
        return fail(ErrorCode::invalid_argument, std::string("there is no terminal to ask at: give ") + option);
    return terminal;
}

}  // namespace

Result<SecureBytes> ask_pin(std::optional<int> fd, const std::string& question) {
    if (fd) return read_line_of(*fd);
    const auto terminal = terminal_or("--pin-fd");
    if (!terminal) return tl::unexpected<Error>(terminal.error());
    return ask(terminal->get(), question);
}

Result<SecureBytes> ask_passphrase(std::optional<int> fd, Asked asked) {
    if (fd) return read_line_of(*fd);
    const auto terminal = terminal_or("--passphrase-fd");
    if (!terminal) return tl::unexpected<Error>(terminal.error());
    auto first = ask(terminal->get(), "Passphrase of the authority: ");
    if (!first || asked == Asked::once) return first;
    const auto second = ask(terminal->get(), "Once more: ");
    if (!second || !SecureBytes::equal(first->span(), second->span()))
        return fail(ErrorCode::invalid_argument, "not the same passphrase twice");
    return first;
}

}  // namespace sekimori::fleet
