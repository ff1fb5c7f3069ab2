// SPDX-License-Identifier: Apache-2.0
#include "session_lock/gate/console.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "protocol/channel.hpp"

namespace sekimori::gate {
namespace {

void write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t done = ::write(fd, text.data(), text.size());
        if (done < 0 && errno != EINTR) return;  // a console that is gone shows nothing; the gate stays shut
        if (done > 0) text.remove_prefix(static_cast<std::size_t>(done));
    }
}

constexpr const char* kPath = "/dev/console";

// Readable, in this order of importance: time to go, a key.
enum class Ready { stop, input, nothing };
Ready wait_for(int stop, int input, Millis time) {
    std::array<pollfd, 2> items{{{stop, POLLIN, 0}, {input, POLLIN, 0}}};
    const int ready = poll(items.data(), input < 0 ? 1 : 2, static_cast<int>(time.count()));
    if (ready > 0 && items[0].revents != 0) return Ready::stop;
    return ready > 0 ? Ready::input : Ready::nothing;
}

}  // namespace

Console::Console(int input, int output, int stop) : input_(input), output_(output), stop_(stop) {
    termios now{};
    if (tcgetattr(input_, &now) == 0) before_ = now;
    set(Echo::off);
}

Console::~Console() { lend(); }

void Console::set(Echo echo) {
    if (!before_) return;
    termios wanted = *before_;
    wanted.c_iflag |= static_cast<tcflag_t>(ICRNL);
    wanted.c_lflag |= static_cast<tcflag_t>(ICANON);
    wanted.c_lflag &= ~static_cast<tcflag_t>(ISIG | ECHO | ECHOE | ECHOK | ECHONL | ECHOCTL | IEXTEN);
    if (echo == Echo::on) wanted.c_lflag |= static_cast<tcflag_t>(ECHO | ECHOE);
    tcsetattr(input_, TCSAFLUSH, &wanted);
}

void Console::line(std::string_view text) {
    std::string shown;
    for (const char c : text)
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) shown += c;
    write_all(output_, shown + "\r\n");
}

Result<SecureBytes> Console::ask(std::string_view question, Echo echo, Millis limit) {
    set(echo);  // and flushes what was typed before
    write_all(output_, question);
    SecureBytes typed(kMaxLine);
    if (typed.size() != kMaxLine) return fail(ErrorCode::internal, "out of memory");
    const Ready ready = wait_for(stop_, input_, limit);
    const ssize_t got = ready == Ready::input ? ::read(input_, typed.span().data(), typed.size()) : -1;
    set(Echo::off);
    write_all(output_, "\r\n");
    if (ready == Ready::nothing) return fail(ErrorCode::timeout, "nobody answers");
    if (ready != Ready::input) return fail(ErrorCode::cancelled, "time to go");
    if (got <= 0) return fail(ErrorCode::gone, "the console is gone");
    const auto size = static_cast<std::size_t>(got);
    if (typed.span()[size - 1] != '\n') return fail(ErrorCode::too_large, "the line is too long");
    if (size == 1) return fail(ErrorCode::cancelled, "nothing was typed");
    typed.truncate(size - 1);
    return typed;
}

Pause Console::wait(Millis time, Rescue rescue) {
    switch (wait_for(stop_, rescue == Rescue::offered ? input_ : -1, time)) {
        case Ready::stop:
            return Pause::stopped;
        case Ready::input:
            return Pause::key;
        case Ready::nothing:
            break;
    }
    return Pause::over;
}

void Console::forget_keys() { (void)tcflush(input_, TCIFLUSH); }

void Console::lend() {
    if (before_) tcsetattr(input_, TCSAFLUSH, &*before_);
}

void Console::take_back() {
    const UniqueFd console(open(kPath, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (console && isatty(console.get()) == 1)
        for (const int fd : {input_, output_}) (void)dup2(console.get(), fd);
    set(Echo::off);
}

bool shows_japanese(std::string_view term, std::string_view locale) noexcept {
    constexpr std::array plain{std::string_view(""),      std::string_view("linux"), std::string_view("dumb"),
                               std::string_view("vt100"), std::string_view("vt102"), std::string_view("vt220")};
    if (std::find(plain.begin(), plain.end(), term) != plain.end()) return false;
    return locale.starts_with("ja") && (locale.ends_with(".UTF-8") || locale.ends_with(".utf8"));
}

}  // namespace sekimori::gate
