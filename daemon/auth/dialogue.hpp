// SPDX-License-Identifier: Apache-2.0
// Dialogue: whoever speaks to the person. Message ids and parameters only; the other end renders them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/message.hpp"
#include "protocol/channel.hpp"
#include "protocol/schema.hpp"

namespace sekimori::daemon {

struct PromptText {
    MessageId id{};
    std::uint32_t number{0};
    std::string service, requester;
    std::vector<std::string> items;
};
using AnswerCallback = std::function<void(wire::AnswerStatus, SecureBytes)>;

class Dialogue {
  public:
    virtual ~Dialogue() = default;
    virtual void tell(const PromptText& text) = 0;
    // One question at a time. The callback comes from the loop, once; a new question takes the place of the old one.
    virtual void ask(const PromptText& text, wire::PromptStyle style, AnswerCallback callback) = 0;
};

// The dialogue over one SEQPACKET channel. A peer that does not read is a peer that is gone: `broken` is called from
// the loop.
class ChannelDialogue final : public Dialogue {
  public:
    ChannelDialogue(Channel& channel, std::function<void()> broken) : channel_(channel), broken_(std::move(broken)) {}
    void tell(const PromptText& text) override { send(text, style_of(text.id)); }
    void ask(const PromptText& text, wire::PromptStyle style, AnswerCallback callback) override;
    // A late answer to an earlier question is dropped. Errors: malformed (an answer to what was never asked): the owner
    // cuts the connection.
    Status on_answer(wire::Answer answer);
    [[nodiscard]] static wire::PromptStyle style_of(MessageId id) noexcept;

  private:
    void send(const PromptText& text, wire::PromptStyle style);
    Channel& channel_;
    std::function<void()> broken_;
    AnswerCallback waiting_;
    std::uint32_t serial_{0};
    std::uint32_t asked_{0};
};

}  // namespace sekimori::daemon
