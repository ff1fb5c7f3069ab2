// SPDX-License-Identifier: Apache-2.0
// A logind that answers at once and remembers what it was asked to do.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "session_lock/warden.hpp"

namespace sekimori::lockd::test {

class FakeLogind final : public Logind {
  public:
    std::vector<SessionView> sessions;
    std::vector<uid_t> users;  // those with processes
    std::string class_of_seat;
    std::vector<std::string> acts;
    std::vector<std::function<void()>> late;  // with `slow`: answers that have not come yet
    bool slow{false};
    bool mute{false};  // it restarts

    void find(const std::string& id, std::function<void(Seen)> done) override {
        if (mute) return done(tl::unexpected<Unseen>(Unseen::no_answer));
        const auto at = std::find_if(sessions.begin(), sessions.end(), [&](const auto& view) { return view.id == id; });
        if (at == sessions.end()) return done(tl::unexpected<Unseen>(Unseen::gone));
        done(*at);
    }
    void class_on_seat(const std::string&, std::function<void(std::string)> done) override { done(class_of_seat); }
    void list(std::function<void(std::optional<std::vector<Listed>>)> done) override {
        std::vector<Listed> all;
        all.reserve(sessions.size());
        for (const SessionView& view : sessions) all.push_back({view.id, view.uid});
        done(all);
    }
    void user_known(uid_t uid, std::function<void(bool)> done) override {
        const bool known = std::find(users.begin(), users.end(), uid) != users.end();
        if (slow) return late.push_back([=] { done(known); });
        done(known);
    }
    void lock(const std::string& id) override { acts.push_back("lock " + id); }
    void terminate(const std::string& id) override { acts.push_back("terminate " + id); }
    void kill(const std::string& id) override { acts.push_back("kill " + id); }
    void terminate_user(uid_t uid) override { acts.push_back("terminate user " + std::to_string(uid)); }
};

// What the broker would have been told, in words.
class FakeNews final : public News {
  public:
    std::vector<std::string> told;
    void tell(const wire::SessionFacts& m) override {
        told.push_back("facts " + m.session + (m.found == wire::Found::no ? " none" : "") + shown(m.shown));
        surface = m.surface;
    }
    void tell(const wire::SessionSeen& m) override { told.push_back("seen " + m.session + shown(m.shown)); }
    void tell(const wire::LockerGone& m) override { told.push_back("locker gone " + m.session); }
    void tell(const wire::SessionRemoved& m) override {
        told.push_back("removed " + m.session + (m.left == session::Leftover::processes ? " left" : ""));
    }
    void tell(const wire::SessionEmptied& m) override { told.push_back("emptied " + m.session); }
    void tell(const wire::SessionIdle& m) override {
        told.push_back((m.state == wire::IdleState::idle ? "idle " : "busy ") + m.session);
    }
    void tell(const wire::MachineSlept&) override { told.emplace_back("slept"); }
    session::Surface surface{};

  private:
    static const char* shown(session::Shown what) {
        return what == session::Shown::hint ? " hint" : what == session::Shown::seat ? " seat" : "";
    }
};

}  // namespace sekimori::lockd::test
