// SPDX-License-Identifier: Apache-2.0
// The worker's side of finger.sock: messages of the broker become sessions, and what sessions say becomes messages.
// Knows no socket and no main loop; whoever owns those calls it, and asks it afterwards for its timers and its fate.
//
//     WorkerHello ──► WorkerWelcome ◄── Scanners ──► { GalleryItem* Verify | EnrolFinger | Stop } ...  Retire
//
// One request at a time. A request that comes while the sensor of an answered one is still being closed waits for it;
// any other that comes too early is answered `busy`. After a Stop no message bears that request's number any more.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "biometric/port.hpp"
#include "biometric/session.hpp"
#include "protocol/channel.hpp"

namespace sekimori::biometric {

// What is to become of the process. Whatever it is, the sensor is off by then.
enum class Fate : std::uint8_t {
    running,
    retired,      // Retire, or the broker is gone
    sensor_lost,  // libfprint keeps a sensor that was unplugged in use in its list, dead: a fresh process sees the
                  // truth
    violated,     // the broker said what it must not say
    stuck,        // the sensor does not answer
};

class Dialogue final : public PortSink {
  public:
    struct World {
        std::function<Millis()> now;  // monotonic
        std::function<Status(ByteSpan)> send;
        std::function<void(const std::string&)> log;  // never a template, never a name
    };

    // `port` must outlive the dialogue. Becomes its sink.
    Dialogue(BiometricPort& port, World world);

    void start();                      // says hello
    void receive(ByteSpan message);    // one datagram
    void broker_gone();                // end of file, or a broken socket
    void malformed(const char* what);  // a datagram that the transport refused

    void on_event(Event event) override;
    void on_scanners_changed() override;

    // When on_deadline() and on_still() are due. on_still() must run only when nothing else is waiting in the main
    // loop: what lay on the sensor's wire before is then already handled.
    [[nodiscard]] std::optional<Millis> deadline() const noexcept;
    [[nodiscard]] std::optional<Millis> still_at() const noexcept;
    void on_deadline() { on_event(DeadlineOver{}); }
    void on_still() { on_event(StillLongEnough{}); }

    [[nodiscard]] Fate fate() const noexcept;

  private:
    enum class State : std::uint8_t { greeting, serving };
    struct Wanted {
        wire::Request request{};
        Purpose purpose{};
        Millis limit{};
        std::vector<SecureBytes> gallery;
    };
    struct Handler;
    static const std::span<const Handler> kHandlers;

    // The handlers: false ends the process.
    [[nodiscard]] bool welcome(ByteSpan message);
    [[nodiscard]] bool retire(ByteSpan message);
    [[nodiscard]] bool gallery_item(ByteSpan message);
    [[nodiscard]] bool verify(ByteSpan message);
    [[nodiscard]] bool enrol_finger(ByteSpan message);
    [[nodiscard]] bool stop(ByteSpan message);

    template <class T>
    void send(const T& message);
    void send_scanners();
    void want(Wanted wanted);
    void begin(Wanted wanted);
    void drain();
    void perform(Action& action);
    void put_away();
    void leave(Fate fate);

    BiometricPort& port_;
    World world_;
    State state_{State::greeting};
    Fate leaving_{Fate::running};
    std::optional<Session> session_;
    std::optional<Wanted> collecting_;  // a gallery whose Verify has not come yet
    std::optional<Wanted> waiting_;     // for the sensor to be closed
    std::deque<Event> events_;
    bool draining_{false};
};

}  // namespace sekimori::biometric
