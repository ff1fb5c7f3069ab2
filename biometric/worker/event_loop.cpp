// SPDX-License-Identifier: Apache-2.0
#include "biometric/worker/event_loop.hpp"

#include <glib-unix.h>

#include <utility>

#include "biometric/worker/timer.hpp"

namespace sekimori::biometric {
namespace {

// The broker's socket as a source of the main loop.
class Line {
  public:
    explicit Line(Channel channel) : channel_(std::move(channel)) {}
    ~Line() { hang_up(); }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    void connect(Dialogue& dialogue) {
        dialogue_ = &dialogue;
        source_ = g_unix_fd_add(channel_.fd(), static_cast<GIOCondition>(G_IO_IN | G_IO_HUP | G_IO_ERR), ready, this);
    }
    Status send(ByteSpan bytes) { return channel_.send_bytes(bytes); }

  private:
    static gboolean ready(gint /*fd*/, GIOCondition /*condition*/, gpointer self) noexcept {
        auto& me = *static_cast<Line*>(self);
        const auto message = me.channel_.receive(std::nullopt);
        if (message) {
            me.dialogue_->receive(message->span());
            return G_SOURCE_CONTINUE;
        }
        const ErrorCode code = message.error().code;
        if (code == ErrorCode::busy) return G_SOURCE_CONTINUE;
        if (code == ErrorCode::too_large)
            me.dialogue_->malformed("an oversize datagram");
        else
            me.dialogue_->broker_gone();
        me.source_ = 0;
        return G_SOURCE_REMOVE;
    }
    void hang_up() {
        if (source_ != 0) g_source_remove(std::exchange(source_, 0));
    }

    Channel channel_;
    Dialogue* dialogue_{nullptr};
    guint source_{0};
};

}  // namespace

Fate serve(Channel broker, BiometricPort& port, std::function<void(const std::string&)> log) {
    Line line(std::move(broker));
    Dialogue dialogue(
        port,
        {.now = monotonic_now, .send = [&line](ByteSpan bytes) { return line.send(bytes); }, .log = std::move(log)});
    line.connect(dialogue);
    Timer deadline(Timer::Manners::prompt, [&] { dialogue.on_deadline(); });
    Timer still(Timer::Manners::patient, [&] { dialogue.on_still(); });
    dialogue.start();
    while (dialogue.fate() == Fate::running) {
        deadline.set(dialogue.deadline());
        still.set(dialogue.still_at());
        g_main_context_iteration(nullptr, TRUE);
    }
    return dialogue.fate();
}

}  // namespace sekimori::biometric
