// SPDX-License-Identifier: Apache-2.0
#include "admin/dialogue.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace sekimori::admin {
namespace {

tl::unexpected<Failure> nonsense() { return refuse("malformed", "The broker sent what this command does not know."); }

tl::unexpected<Failure> unanswered(wire::PromptStyle style) {
    if (style == wire::PromptStyle::echo_on) return misuse("This question needs a terminal.");
    return misuse("A PIN or passphrase is needed.", "Give it as one line on standard input, or with --pin-fd.");
}

}  // namespace

Dialogue::Question::Question(wire::Prompt asked, int fd, std::optional<SecureBytes> typed_before)
    : prompt(std::move(asked)),
      first(std::move(typed_before)),
      reader(fd, prompt.style == wire::PromptStyle::echo_off ? Echo::off : Echo::on) {}

bool Dialogue::Question::at_terminal() const noexcept { return isatty(reader.fd()) != 0; }

Outcome<std::string> Dialogue::run() {
    auto end = loop();
    question_.reset();
    channel_ = Channel();
    return end;
}

Outcome<void> Dialogue::run_until_ready() {
    until_ = Until::ready;
    const auto end = loop();
    question_.reset();
    if (!end) return tl::unexpected<Failure>(end.error());
    if (!end->empty()) return nonsense();
    return {};
}

Outcome<std::string> Dialogue::loop() {
    for (;;) {
        std::array<pollfd, 3> waits{pollfd{interrupt_.fd(), POLLIN, 0}, pollfd{channel_.fd(), POLLIN, 0},
                                    pollfd{question_ ? question_->reader.fd() : -1, POLLIN, 0}};
        if (poll(waits.data(), waits.size(), -1) < 0) {
            if (errno == EINTR) continue;
            return refuse("io", "Waiting for the broker failed.");
        }
        Step step{std::nullopt};
        // The broker's end wins over a signal that came with it: what is durable is reported as done.
        if (waits[1].revents != 0)
            step = on_message();
        else if (waits[0].revents != 0)
            return cancelled();
        else if (waits[2].revents != 0)
            step = on_input();
        if (!step) return tl::unexpected<Failure>(std::move(step.error()));
        if (*step) return std::move(**step);
    }
}

Dialogue::Step Dialogue::on_message() {
    const auto bytes = channel_.receive(std::nullopt);
    if (!bytes && bytes.error().code == ErrorCode::busy) return std::nullopt;
    if (!bytes && bytes.error().code == ErrorCode::too_large) return nonsense();
    if (!bytes) return unreachable("The broker went away. Whether it was done is not known.");
    const auto type = wire::type_of(bytes->span());
    if (!type) return nonsense();
    if (*type == static_cast<std::uint16_t>(wire::MessageType::prompt)) {
        auto prompt = wire::decode<wire::Prompt>(bytes->span());
        if (!prompt) return nonsense();
        return on_prompt(std::move(*prompt));
    }
    if (*type == static_cast<std::uint16_t>(wire::MessageType::progress)) {
        const auto progress = wire::decode<wire::Progress>(bytes->span());
        if (!progress) return nonsense();
        if (until_ == Until::ready && progress->event == wire::ProgressEvent::ready)
            return std::optional<std::string>(std::string());
        view_.progress(*progress);
        return std::nullopt;
    }
    if (*type == static_cast<std::uint16_t>(wire::ReceiptFills::kType)) {
        const auto receipt = wire::decode<wire::ReceiptFills>(bytes->span());
        if (!receipt) return nonsense();
        view_.receipt(*receipt);
        return std::nullopt;
    }
    if (*type != static_cast<std::uint16_t>(wire::MessageType::command_done)) return nonsense();
    auto done = wire::decode<wire::CommandDone>(bytes->span());
    if (!done) return nonsense();
    if (done->result == wire::CommandResult::done) return std::optional<std::string>(std::move(done->json));
    return tl::unexpected<Failure>(failure_from_json(done->json));
}

Dialogue::Step Dialogue::on_prompt(wire::Prompt prompt) {
    if (prompt.style == wire::PromptStyle::info || prompt.style == wire::PromptStyle::error) {
        view_.tell(prompt);
        return std::nullopt;
    }
    const bool hidden = prompt.style == wire::PromptStyle::echo_off;
    const int fd = hidden && answers_.pin_fd ? *answers_.pin_fd : answers_.input;
    if (!hidden && isatty(fd) == 0) return unanswered(prompt.style);
    question_.reset();  // a new question withdraws the one before
    question_.emplace(std::move(prompt), fd, std::nullopt);
    if (question_->at_terminal()) view_.question(question_->prompt);
    return std::nullopt;
}

Dialogue::Step Dialogue::on_input() {
    auto line = question_->reader.on_readable();
    if (!line) {
        if (line.error().code == ErrorCode::gone && question_->at_terminal()) return cancelled();
        return unanswered(question_->prompt.style);
    }
    if (*line) answer(std::move(**line));
    return std::nullopt;
}

void Dialogue::answer(SecureBytes text) {
    wire::Prompt prompt = std::move(question_->prompt);
    const std::optional<SecureBytes> first = std::move(question_->first);
    const int fd = question_->reader.fd();
    const bool terminal = question_->at_terminal();
    question_.reset();
    // Typed twice, since a passphrase that nobody can repeat makes a backup that nobody can read.
    if ((prompt.id == MessageId::new_passphrase || prompt.id == MessageId::new_password) && terminal) {
        if (!first) {
            question_.emplace(std::move(prompt), fd, std::move(text));
            view_.again(question_->prompt);
            return;
        }
        if (!SecureBytes::equal(first->span(), text.span())) {
            view_.differ();
            question_.emplace(std::move(prompt), fd, std::nullopt);
            view_.question(question_->prompt);
            return;
        }
    }
    wire::Answer reply;
    reply.serial = prompt.serial;
    reply.status = wire::AnswerStatus::given;
    reply.text = std::move(text);
    // A broker that is gone shows as end of file, with its last words before it.
    static_cast<void>(channel_.send(reply));
}

}  // namespace sekimori::admin
