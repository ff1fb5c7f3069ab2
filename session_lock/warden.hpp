// SPDX-License-Identifier: Apache-2.0
// Warden: the sessions that lockd watches. Does what the broker asks, says what it sees; while there is no broker it
// drives each session by the core's own SessionTracker: a broker that does not come back locks.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/schema.hpp"
#include "session_lock/lockers.hpp"
#include "session_lock/login1.hpp"
#include "session_lock/user_slice.hpp"

namespace sekimori::lockd {

// Where the news go: the broker's socket. Nobody there: they are lost, and asked for again by WatchSession.
class News {
  public:
    virtual ~News() = default;
    virtual void tell(const wire::SessionFacts& facts) = 0;
    virtual void tell(const wire::SessionSeen& seen) = 0;
    virtual void tell(const wire::LockerGone& gone) = 0;
    virtual void tell(const wire::SessionRemoved& removed) = 0;
    virtual void tell(const wire::SessionEmptied& emptied) = 0;
    virtual void tell(const wire::SessionIdle& idle) = 0;
    virtual void tell(const wire::MachineSlept& slept) = 0;
};

class Warden {
  public:
    Warden(Loop& loop, News& news, std::vector<std::string> lockers,
           const std::vector<std::string>& cgroups = cgroup_roots())
        : loop_(loop), news_(news), lockers_(std::move(lockers)), cgroups_(cgroups) {}
    // Before anything else is called.
    void use(Logind& logind) { logind_ = &logind; }

    // From the broker. Errors: malformed, too_large (more sessions than a machine has).
    [[nodiscard]] Status handle(wire::MessageType type, ByteSpan bytes);
    void broker_lost();
    // From logind.
    void changed(const std::string& path);
    void removed(const std::string& id);
    void user_removed(uid_t uid);
    void slept();

    [[nodiscard]] std::size_t size() const noexcept { return watched_.size(); }

  private:
    enum class Asked : std::uint8_t { nothing, lock, end, end_user };
    enum class Facts : std::uint8_t { wanted, told };
    // removed: what is left of it is being asked. left: there are processes.
    enum class Phase : std::uint8_t { there, removed, user_gone, left };
    struct Watched {
        Watched(Loop& loop, std::vector<std::string> names, std::function<void()> gone,
                const std::vector<std::string>& cgroups)
            : lockers(loop, std::move(names), std::move(gone)), slice(loop, cgroups) {}
        SessionView view;
        SessionPolicy policy;  // for the time alone
        Facts facts{Facts::wanted};
        Phase phase{Phase::there};
        Asked asked{Asked::nothing};
        session::Shown shown{session::Shown::nothing};
        Lockers lockers;
        UserSlice slice;
        int looks{0};
        Source look_again, ask_again;
        std::optional<TrackedSession> own;
        Source timer;
    };
    using Ref = std::shared_ptr<Watched>;
    using Weak = std::weak_ptr<Watched>;

    [[nodiscard]] Status watch(ByteSpan bytes);
    [[nodiscard]] Status lock(ByteSpan bytes);
    [[nodiscard]] Status end(ByteSpan bytes);
    [[nodiscard]] Status forget(ByteSpan bytes);
    [[nodiscard]] Ref find(const std::string& id) const;
    [[nodiscard]] Ref add(const std::string& id);
    void drop(const Ref& watched) { std::erase(watched_, watched); }

    void look(const Ref& watched);
    void adopt(const Weak& weak, Logind::Seen seen);
    void judge(const Ref& watched);
    void judged(const Ref& watched, const std::string& class_on_seat);
    void locker_gone(const Ref& watched);
    void left(const Ref& watched, session::Leftover leftover);
    void emptied(const Ref& watched);
    void end_user(const Ref& watched);

    void alone(const Ref& watched);
    void feed(const Ref& watched, const session::Event& event);
    void perform(const Ref& watched, const SessionStep& step);

    Loop& loop_;
    News& news_;
    std::vector<std::string> lockers_;
    const std::vector<std::string>& cgroups_;
    Logind* logind_{nullptr};
    std::vector<Ref> watched_;
};

}  // namespace sekimori::lockd
