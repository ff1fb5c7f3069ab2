// SPDX-License-Identifier: Apache-2.0
// Session: one run of the command: where it reads and writes, how it shows things, and its way to the broker.
#pragma once

#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "admin/broker.hpp"
#include "admin/dialogue.hpp"
#include "admin/interrupt.hpp"
#include "admin/line_reader.hpp"

namespace sekimori::admin {

enum class Format { human, json };
enum class Pause { over, interrupted };

// Borrowed.
struct Streams {
    int input;
    std::FILE* out;
    std::FILE* err;
};

class Session;
// What a verb does once the command line is understood.
using Action = std::function<Outcome<Exit>(Session&)>;
using Renderer = std::function<std::string(const Json&)>;

class Session {
  public:
    Session(Broker& broker, const Interrupt& interrupt, Streams streams) noexcept
        : broker_(broker), interrupt_(interrupt), streams_(streams) {}

    // Set while the command line is parsed.
    Format format{Format::human};
    std::optional<int> pin_fd;
    Action action;

    [[nodiscard]] Broker& broker() noexcept { return broker_; }
    [[nodiscard]] bool has_terminal() const noexcept;
    [[nodiscard]] int input() const noexcept { return streams_.input; }

    // A reading verb's answer, parsed and as it came. Failures: the broker's; malformed.
    struct Answer {
        std::string text;
        Json json;
    };
    [[nodiscard]] Outcome<Answer> query(const std::string& verb, const Json& arguments = Json::object());
    // The same of a list that comes in pages: all of it.
    [[nodiscard]] Outcome<Answer> list(const std::string& verb, Json arguments = Json::object());
    // A writing verb, dialogue and all. `view`: nullptr for the plain one, which shows prompts on stderr.
    [[nodiscard]] Outcome<Answer> command(const std::string& verb, const Json& arguments, View* view = nullptr,
                                          int file = -1);

    // A writing verb that lasts: the answer is the dialogue, at its `ready`, to be held as long as it is wanted.
    class Held;
    [[nodiscard]] Outcome<std::unique_ptr<Held>> hold(const std::string& verb, const Json& arguments);

    // A question whose answer is a line. Precondition: has_terminal(). Failures: cancelled.
    [[nodiscard]] Outcome<std::string> ask(const std::string& question);
    // The same, for what nobody is to read over a shoulder.
    [[nodiscard]] Outcome<SecureBytes> ask_line(const std::string& question, Echo echo);
    // A yes-or-no question at the terminal. Precondition: has_terminal(). Failures: cancelled.
    [[nodiscard]] Outcome<bool> confirm(const std::string& question);
    // Waits, unless the person gives up.
    [[nodiscard]] Pause pause(std::chrono::milliseconds time) const;

    // The answer on stdout: one line of JSON as it came, or rendered.
    void show(const Answer& answer, const Renderer& renderer);
    // Flushed at once.
    void out(const std::string& text);
    // For what is made to be kept: was all of it taken? Failures: io.
    [[nodiscard]] Outcome<Exit> written() const;
    void err(const std::string& text);
    // The failure in the chosen format. Its exit code, for convenience.
    Exit show(const Failure& failure);

  private:
    Broker& broker_;
    const Interrupt& interrupt_;
    Streams streams_;
};

// Prompts as lines on stderr; progress is not shown.
class PlainView : public View {
  public:
    explicit PlainView(Session& session) noexcept : session_(session) {}
    void tell(const wire::Prompt& prompt) override;
    void question(const wire::Prompt& prompt) override;
    void again(const wire::Prompt& prompt) override;
    void differ() override;
    void progress(const wire::Progress& /*progress*/) override {}
    void receipt(const wire::ReceiptFills& receipt) override;

  protected:
    [[nodiscard]] Session& session() noexcept { return session_; }

  private:
    Session& session_;
};

class Session::Held {
  public:
    Held(Session& session, Channel channel, Answers answers, const Interrupt& interrupt)
        : view_(session), dialogue_(std::move(channel), answers, interrupt, view_) {}
    [[nodiscard]] Outcome<void> begin() { return dialogue_.run_until_ready(); }

  private:
    PlainView view_;
    Dialogue dialogue_;
};

}  // namespace sekimori::admin
