// SPDX-License-Identifier: Apache-2.0
// Login1: logind on the system bus, with the few calls and signals that locking and ending need. Nothing here waits:
// answers come from the loop. An answer that does not come is an answer that says no.
#pragma once

#include <systemd/sd-bus.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "event/loop.hpp"
#include "session_lock/view.hpp"

namespace sekimori::lockd {

// What the rest of lockd needs of logind: an interface, so that its tests have their own.
class Logind {
  public:
    struct Handlers {
        std::function<void(const std::string& path)> changed;  // "": anything may have changed (logind restarted)
        std::function<void(const std::string& id)> removed;
        std::function<void(uid_t uid)> user_removed;
        std::function<void()> slept;
    };
    struct Listed {
        std::string id;
        uid_t uid{};
    };
    // A logind that does not answer (it restarts) has not said that a session is gone.
    enum class Unseen : std::uint8_t { gone, no_answer };
    using Seen = tl::expected<SessionView, Unseen>;
    virtual ~Logind() = default;
    virtual void find(const std::string& id, std::function<void(Seen)> done) = 0;
    // Class of the session that is active on a seat, "" if none or unknown.
    virtual void class_on_seat(const std::string& seat, std::function<void(std::string)> done) = 0;
    virtual void list(std::function<void(std::optional<std::vector<Listed>>)> done) = 0;
    // Unless logind says no, it may be.
    virtual void user_known(uid_t uid, std::function<void(bool known)> done) = 0;
    virtual void lock(const std::string& id) = 0;
    virtual void terminate(const std::string& id) = 0;
    virtual void kill(const std::string& id) = 0;
    virtual void terminate_user(uid_t uid) = 0;
};

class Login1 final : public Logind {
  public:
    // Connects to the system bus and subscribes. `lost`: the bus is gone. Errors: unavailable.
    [[nodiscard]] static Result<std::unique_ptr<Login1>> open(Loop& loop, Handlers handlers,
                                                              std::function<void()> lost);
    ~Login1() override;
    Login1(const Login1&) = delete;
    Login1& operator=(const Login1&) = delete;

    void find(const std::string& id, std::function<void(Seen)> done) override;
    void class_on_seat(const std::string& seat, std::function<void(std::string)> done) override;
    void list(std::function<void(std::optional<std::vector<Listed>>)> done) override;
    void user_known(uid_t uid, std::function<void(bool known)> done) override;
    void lock(const std::string& id) override;
    void terminate(const std::string& id) override;
    void kill(const std::string& id) override;
    void terminate_user(uid_t uid) override;

  private:
    Login1(Handlers handlers, std::function<void()> lost) : handlers_(std::move(handlers)), lost_(std::move(lost)) {}
    Status subscribe();
    void read(const std::string& path, std::function<void(Seen)> done);
    static int on_changed(sd_bus_message* message, void* data, sd_bus_error* error) noexcept;
    static int on_removed(sd_bus_message* message, void* data, sd_bus_error* error) noexcept;
    static int on_user_removed(sd_bus_message* message, void* data, sd_bus_error* error) noexcept;
    static int on_sleep(sd_bus_message* message, void* data, sd_bus_error* error) noexcept;
    static int on_owner(sd_bus_message* message, void* data, sd_bus_error* error) noexcept;
    static int on_disconnected(sd_bus_message* message, void* data, sd_bus_error* error) noexcept;

    Handlers handlers_;
    std::function<void()> lost_;
    sd_bus* bus_{nullptr};
};

}  // namespace sekimori::lockd
