// SPDX-License-Identifier: Apache-2.0
// A broker for the PAM module's tests: the real socket and the real protocol, and a script for what it says.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "protocol/channel.hpp"
#include "protocol/schema.hpp"

namespace sekimori::test {

// A directory of the test's own, gone with it. Short: a socket's path has room for 107 bytes.
class TempDir {
  public:
    TempDir() {
        char name[] = "/tmp/sekimori-pam-XXXXXX";
        if (mkdtemp(name) != nullptr) path_ = name;
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

// The broker's end of one connection.
class Line {
  public:
    explicit Line(Channel channel) : channel_(std::move(channel)) {}

    // nullopt: the module sent something else, or hung up.
    template <class T>
    std::optional<T> hear() {
        auto message = channel_.receive_as<T>(std::chrono::seconds{20});
        if (!message) return std::nullopt;
        return std::move(*message);
    }
    template <class T>
    void say(const T& message) {
        (void)channel_.send(message);
    }
    // Whatever it is: also what no encoder makes.
    void say_raw(ByteSpan bytes) { (void)::send(channel_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    // Hello, Welcome, and then the one question of the phase.
    template <class Question>
    std::optional<Question> open() {
        if (!hear<wire::Hello>()) return std::nullopt;
        say(wire::Welcome{.version = wire::kProtocolMax});
        return hear<Question>();
    }
    // Silence until the module hangs up.
    void wait_for_end() {
        pollfd item{channel_.fd(), 0, 0};
        (void)poll(&item, 1, 20'000);
    }

  private:
    Channel channel_;
};

// Listens at path() from construction on. Each connection runs the next script; one that comes without a script is
// closed at once. Scripts run in a thread: they report by EXPECT_* or through what they captured, read after finish().
class FakeBroker {
  public:
    using Script = std::function<void(Line&)>;

    explicit FakeBroker(std::string path) : path_(std::move(path)), stop_(eventfd(0, EFD_CLOEXEC)) {
        auto listener = listen_at(path_, 0666);
        if (!listener) {
            ADD_FAILURE() << listener.error().message;
            return;
        }
        listener_ = std::move(*listener);
        thread_ = std::thread([this] { run(); });
    }
    FakeBroker(const FakeBroker&) = delete;
    FakeBroker& operator=(const FakeBroker&) = delete;
    ~FakeBroker() { finish(); }

    void expect(Script script) {
        const std::lock_guard lock(mutex_);
        scripts_.push_back(std::move(script));
    }
    // Ends the thread after the connection that it serves. Nobody listens any more.
    void finish() {
        (void)eventfd_write(stop_.get(), 1);
        if (thread_.joinable()) thread_.join();
        listener_.reset();
    }
    [[nodiscard]] const std::string& path() const { return path_; }
    // Scripts that no connection asked for.
    [[nodiscard]] std::size_t unused() {
        const std::lock_guard lock(mutex_);
        return scripts_.size();
    }

  private:
    void run() {
        while (true) {
            pollfd items[] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
            if (poll(items, 2, -1) < 0 || (items[1].revents & POLLIN) != 0) return;
            auto channel = accept_from(listener_.get());
            if (!channel) continue;
            Line line(std::move(*channel));
            if (const Script script = next()) script(line);
        }
    }
    Script next() {
        const std::lock_guard lock(mutex_);
        if (scripts_.empty()) return {};
        Script script = std::move(scripts_.front());
        scripts_.pop_front();
        return script;
    }

    std::string path_;
    UniqueFd stop_;
    UniqueFd listener_;
    std::mutex mutex_;
    std::deque<Script> scripts_;
    std::thread thread_;
};

inline constexpr std::uint8_t kGrantByte = 0x5a;

inline SecureBytes some_grant(std::uint8_t byte = kGrantByte) {
    SecureBytes grant(std::size_t{32});
    for (std::uint8_t& b : grant.span()) b = byte;
    return grant;
}

inline wire::Verdict granted(const std::string& user, std::uint8_t byte = kGrantByte) {
    wire::Verdict verdict;
    verdict.outcome = Outcome::granted;
    verdict.user = user;
    verdict.grant = some_grant(byte);
    return verdict;
}

inline wire::Verdict verdict_of(Outcome outcome, MessageId id = MessageId::denied, std::uint32_t number = 0) {
    wire::Verdict verdict;
    verdict.outcome = outcome;
    verdict.id = id;
    verdict.number = number;
    return verdict;
}

inline wire::Prompt prompt_of(wire::PromptStyle style, MessageId id, std::uint32_t number = 0) {
    wire::Prompt prompt;
    prompt.serial = 7;
    prompt.style = style;
    prompt.id = id;
    prompt.number = number;
    return prompt;
}

}  // namespace sekimori::test
