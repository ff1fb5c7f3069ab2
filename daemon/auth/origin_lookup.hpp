// SPDX-License-Identifier: Apache-2.0
// OriginLookup: what logind and systemd say about a peer (origin.hpp), asked one after the other without waiting.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/auth/origin.hpp"
#include "daemon/io/bus.hpp"
#include "daemon/io/loop.hpp"

namespace sekimori::daemon {

// Of all questions about one peer together. A look-up that takes longer has found nothing, and that means remote.
inline constexpr Millis kOriginLimit = std::chrono::seconds{3};

class OriginLookup {
  public:
    using Done = std::function<void(OriginFacts)>;
    // `done` comes from the loop, once, and may destroy this. Dropping it before forgets the question. A question that
    // fails leaves its fact at its strict default.
    OriginLookup(pid_t pid, uid_t uid, std::string rhost, LabMode lab, Done done);

  private:
    void on_logind(const Variant& owned);
    void on_session_path(const Variant& path);
    void ask_session(const std::string& path, std::function<void(SessionFacts)> then);
    void on_unit_path(const Variant& path);
    void on_unit(const Variant& name);
    void on_list(const Variant& list);
    void next_of_uid();
    void finish();

    pid_t pid_;
    OriginFacts facts_;
    std::vector<std::string> paths_;  // of sessions that are still to be read
    Done done_;
    Source limit_;
    std::unique_ptr<BusCalls> bus_{std::make_unique<BusCalls>()};  // none after the end: no late answer is heard
};

}  // namespace sekimori::daemon
