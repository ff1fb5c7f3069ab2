// SPDX-License-Identifier: Apache-2.0
// Dialogue: one writing verb from its socket to its CommandDone (docs/PROTOCOL-COMMANDS.md). Waits for the broker, for
// the person and for a signal at once, so that an unanswered question never hides the end.
#pragma once

#include <optional>
#include <string>

#include "admin/failure.hpp"
#include "admin/interrupt.hpp"
#include "admin/line_reader.hpp"
#include "protocol/channel.hpp"
#include "protocol/schema.hpp"
#include "protocol/schema_receipt.hpp"

namespace sekimori::admin {

// What the person sees of it. A question is shown when the terminal is ready for its answer.
class View {
  public:
    View() = default;
    virtual ~View() = default;
    View(const View&) = delete;
    View& operator=(const View&) = delete;
    View(View&&) = delete;
    View& operator=(View&&) = delete;

    virtual void tell(const wire::Prompt& prompt) = 0;      // info and error
    virtual void question(const wire::Prompt& prompt) = 0;  // only where somebody is there to read it
    virtual void again(const wire::Prompt& prompt) = 0;     // a new passphrase is asked for a second time
    virtual void differ() = 0;                              // ... and was another one
    virtual void progress(const wire::Progress& progress) = 0;
    virtual void receipt(const wire::ReceiptFills& /*receipt*/) {}
};

// Where answers come from. Descriptors are borrowed.
struct Answers {
    int input{-1};              // standard input
    std::optional<int> pin_fd;  // --pin-fd: PINs and passphrases, one a line
};

class Dialogue {
  public:
    // All but the channel is borrowed.
    Dialogue(Channel channel, Answers answers, const Interrupt& interrupt, View& view) noexcept
        : channel_(std::move(channel)), answers_(answers), interrupt_(interrupt), view_(view) {}

    // The JSON of CommandDone{done}. Failures: what the broker said; `cancelled` by a signal or the end of a
    // terminal's input; usage when an answer is needed and nobody is there; unreachable when the broker went away.
    // The socket is closed when it returns: an unfinished act is cancelled by that.
    [[nodiscard]] Outcome<std::string> run();
    // Up to the broker's `ready`: from then on the socket, and with it what it stands for, is held as long as this
    // lives. Failures: as run(); malformed where it ends before.
    [[nodiscard]] Outcome<void> run_until_ready();

  private:
    using Step = Outcome<std::optional<std::string>>;  // nullopt: go on
    [[nodiscard]] Outcome<std::string> loop();
    [[nodiscard]] Step on_message();
    [[nodiscard]] Step on_prompt(wire::Prompt prompt);
    [[nodiscard]] Step on_input();
    void answer(SecureBytes text);

    struct Question {
        Question(wire::Prompt asked, int fd, std::optional<SecureBytes> typed_before);
        wire::Prompt prompt;
        std::optional<SecureBytes> first;  // of a new passphrase
        LineReader reader;
        [[nodiscard]] bool at_terminal() const noexcept;
    };
    Channel channel_;
    Answers answers_;
    const Interrupt& interrupt_;
    View& view_;
    std::optional<Question> question_;
    enum class Until : std::uint8_t { done, ready } until_{Until::done};
};

}  // namespace sekimori::admin
