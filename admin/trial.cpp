// SPDX-License-Identifier: Apache-2.0
#include "admin/trial.hpp"

#include <algorithm>
#include <utility>

#include "admin/text.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

constexpr std::chrono::milliseconds kLook{1000};

// A session that the broker opened: authentication, account and session phase of a real login, all of them through the
// stacks as they are now. What only authenticated (sudo) shows less.
bool opened(const Json& event) {
    return text_at(event, "what") == "session.open" && text_at(event, "result") == "success";
}

bool somebody_is_in(Session& session, const std::string& since) {
    const auto events = session.query("audit.list", {{"since", since}, {"result", "success"}});
    if (!events) return false;  // a broker that can't be asked confirms nothing
    const auto& items = items_of(events->json);
    return std::any_of(items.begin(), items.end(), opened);
}

Outcome<Exit> confirmed(Session& session, Json answer) {
    answer["enabled"] = true;
    session.show({write_json(answer), answer}, [](const Json& shown) {
        return rescue_code_line(shown) +
               tr("Card and finger are what this machine asks for now, at its next start as well.") + "\n";
    });
    return Exit::done;
}

}  // namespace

Outcome<Exit> run_trial(Session& session, Enforcer& enforcer, Json answer) {
    const auto status = session.query("status");
    if (!status) return tl::unexpected<Failure>(status.error());
    if (at(status->json, "readers").empty() || at(status->json, "scanners").empty())
        return refuse("unavailable", "There is no card reader, or no scanner: nobody could log in.", "sekimori status");
    if (auto begun = enforcer.run("trial"); !begun) return tl::unexpected<Failure>(begun.error());
    const auto since = enforcer.trial_since();
    if (!since) return refuse("internal", "The trial did not begin.");
    session.err(tr("Now log in at another console, with card and finger. In five minutes it is all taken back.") +
                "\n");
    while (!somebody_is_in(session, *since)) {
        if (enforcer.state() == Enforcer::State::on) return confirmed(session, std::move(answer));
        if (enforcer.state() == Enforcer::State::off)
            return refuse("timeout", "Nobody logged in with both factors: it was taken back.");
        if (session.pause(kLook) == Pause::interrupted) {
            if (auto back = enforcer.run("off"); !back) return tl::unexpected<Failure>(back.error());
            return cancelled();
        }
    }
    if (auto kept = enforcer.run("confirm"); !kept) return tl::unexpected<Failure>(kept.error());
    return confirmed(session, std::move(answer));
}

Outcome<Exit> check_trial(Session& session, const Enforcer& enforcer) {
    const auto since = enforcer.trial_since();
    if (!since) return refuse("not_found", "There is no trial.");
    if (!somebody_is_in(session, *since)) return refuse("refused", "Nobody has logged in with both factors.");
    return Exit::done;
}

}  // namespace sekimori::admin
