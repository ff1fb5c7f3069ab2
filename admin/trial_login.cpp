// SPDX-License-Identifier: Apache-2.0
#include "admin/trial_login.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "admin/render.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"

namespace sekimori::admin {
namespace {

constexpr const char* kService = "sekimori-trial";

pam::Conversation conversation_at(Session& session) {
    return {[&](std::string_view text) { session.err(printable(std::string(text)) + "\n"); },
            [&](std::string_view question, pam::Echo echo) -> std::optional<SecureBytes> {
                auto line =
                    session.ask_line(printable(std::string(question)), echo == pam::Echo::on ? Echo::on : Echo::off);
                if (!line) return std::nullopt;
                return std::move(*line);
            }};
}

}  // namespace

TrialLogin trial_service(const Session& session) {
    const char* name = ttyname(session.input());
    return [tty = std::string(name == nullptr ? "" : name)](const pam::Conversation& conversation) {
        return pam::authenticate({kService, tty.c_str()}, conversation);
    };
}

Outcome<std::vector<std::string>> try_logins(Session& session, std::vector<std::string> logins,
                                             const TrialLogin& attempt) {
    const bool anybody = logins.empty();
    std::vector<std::string> passed;
    while (!logins.empty() || (anybody && passed.empty())) {
        session.err((anybody ? tr("A trial login, with card and finger. It opens nothing.")
                             : fill(tr("A trial login of {who}, with card and finger. It opens nothing."),
                                    {{"who", joined(logins)}})) +
                    "\n");
        const pam::Codes codes = attempt(conversation_at(session));
        const auto at = std::find(logins.begin(), logins.end(), codes.user);
        if (codes.granted() && (anybody || at != logins.end())) {
            session.err(fill(tr("{who}: both factors work."), {{"who", printable(codes.user)}}) + "\n");
            passed.push_back(codes.user);
            if (!anybody) logins.erase(at);
            continue;
        }
        if (codes.granted()) session.err(fill(tr("That was {who}."), {{"who", printable(codes.user)}}) + "\n");
        const auto again = session.confirm(tr("That is not the login that is needed. Try again? [y/N] "));
        if (!again) return tl::unexpected<Failure>(again.error());
        if (!*again)
            return refuse("refused", "The trial login did not succeed: nothing was switched on.", "sekimori doctor");
    }
    return passed;
}

}  // namespace sekimori::admin
