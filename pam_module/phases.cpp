// SPDX-License-Identifier: Apache-2.0
#include "pam_module/phases.hpp"

#include <security/pam_ext.h>
#include <syslog.h>
#include <unistd.h>

#include <utility>

#include "pam_module/dialogue.hpp"
#include "pam_module/handle.hpp"
#include "pam_module/intent.hpp"
#include "pam_module/offline.hpp"
#include "pam_module/pam_conversation.hpp"
#include "pam_module/server.hpp"

namespace sekimori::pam {
namespace {

// What PAM says about this call: claims, which the broker compares with what it sees of the peer.
struct Items {
    std::string service, user, tty, rhost, ruser;
};

Result<Items> read_items(const Call& call) {
    Items items;
    const std::pair<int, std::string Items::*> wanted[] = {{PAM_SERVICE, &Items::service},
                                                           {PAM_USER, &Items::user},
                                                           {PAM_TTY, &Items::tty},
                                                           {PAM_RHOST, &Items::rhost},
                                                           {PAM_RUSER, &Items::ruser}};
    for (const auto& [item, member] : wanted) {
        auto text = text_item(call.handle, item);
        if (!text) return tl::unexpected<Error>(text.error());
        items.*member = std::move(*text);
    }
    return items;
}

wire::Intent intent_of(const Call& call, const Items& items) {
    return call.options.intent.value_or(usual_intent(items.service, geteuid()));
}

bool observes(const Call& call) { return call.options.trial == wire::Trial::observe; }

// sudo, su and polkit open sessions in the PAM sense; the person's session stays whose it is.
bool binds_session(wire::Intent intent) {
    return intent == wire::Intent::login || intent == wire::Intent::boot || intent == wire::Intent::unlock;
}

PamConversation conversation_of(const Call& call) {
    return {call.handle, (call.flags & static_cast<int>(PAM_SILENT)) != 0 ? Silence::yes : Silence::no};
}

Decision failed(const Error& error) {
    return {.ending = ending_of(error), .user = {}, .grant = {}, .cause = error.message};
}

void log(const Call& call, const char* phase, const Decision& decision) {
    const bool granted = decision.ending == Ending::granted;
    pam_syslog(call.handle, granted ? LOG_INFO : LOG_NOTICE, "%s%s: %s%s", observes(call) ? "trial, no login: " : "",
               phase,
               granted ? "granted to " : "not granted: ", granted ? decision.user.c_str() : decision.cause.c_str());
}

Decision run_dialogue(const Call& call, const Items& items) {
    const Deadline deadline(observes(call) ? limits().trial : limits().dialogue);
    auto broker = connect_to_broker(call.options.socket, deadline);
    if (!broker) return failed(broker.error());
    const wire::Begin begin{.service = items.service,
                            .user = items.user,
                            .tty = items.tty,
                            .rhost = items.rhost,
                            .ruser = items.ruser,
                            .intent = intent_of(call, items),
                            .trial = call.options.trial};
    // Whatever PAM_SILENT says (sudo always sets it): what is asked for is shown, or nobody could know what the finger
    // is for, nor that it is wanted.
    PamConversation person(call.handle, Silence::no);
    return authenticate(*broker, begin, person, call.options.language, deadline);
}

bool has_grant(const Call& call) {
    const Kept* state = kept(call.handle);
    return state != nullptr && state->grant.size() == kGrantSize;
}

bool may_go_on(const Call& call) {
    const Kept* state = kept(call.handle);
    return has_grant(call) || (state != nullptr && state->allowed);
}

SecureBytes grant_of(const Call& call) {
    const Kept* state = kept(call.handle);
    return state == nullptr ? SecureBytes() : state->grant.clone();
}

template <class Question>
Decision without_broker(const Call& call, const Question& question, const Error& error) {
    if (error.code != ErrorCode::unavailable || has_grant(call) || !allowed_offline(question.service, question.user))
        return failed(error);
    pam_syslog(call.handle, LOG_WARNING, "no broker; %s of %s goes on by the list of unattended services",
               question.service.c_str(), question.user.c_str());
    return {.ending = Ending::granted, .user = question.user, .grant = {}, .cause = {}};
}

// su is an unattended job when root runs it; run by a user it is that user's, and only the real uid tells (the broker
// sees uid 0 in both cases). Whoever runs such a program needs a grant.
bool is_run_by_a_user() { return getuid() != geteuid(); }

template <class Question>
Decision question_broker(const Call& call, const Question& question) {
    if (!has_grant(call) && is_run_by_a_user())
        return failed({ErrorCode::refused, "a user's set-user-id program has no grant"});
    const Deadline deadline(limits().request);
    auto broker = connect_to_broker(call.options.socket, deadline);
    if (!broker) return without_broker(call, question, broker.error());
    auto person = conversation_of(call);
    return ask(*broker, question, person, call.options.language, deadline);
}

Decision ask_account(const Call& call, const Items& items) {
    return question_broker(call, wire::Account{.service = items.service,
                                               .user = items.user,
                                               .tty = items.tty,
                                               .rhost = items.rhost,
                                               .grant = grant_of(call)});
}

}  // namespace

Ending authenticate(const Call& call) {
    if (!observes(call)) forget(call.handle);
    const auto items = read_items(call);
    Decision decision = items ? run_dialogue(call, *items) : failed(items.error());
    log(call, "authentication", decision);
    if (observes(call)) return Ending::observed;
    if (decision.ending != Ending::granted) return decision.ending;
    if (items->user.empty() && pam_set_item(call.handle, PAM_USER, decision.user.c_str()) != PAM_SUCCESS)
        return Ending::denied;
    if (!decision.grant.empty() && !keep(call.handle, {.grant = std::move(decision.grant), .allowed = false}))
        return Ending::denied;
    return Ending::granted;
}

Ending set_credentials(const Call& call) {
    if (observes(call)) return Ending::observed;
    if ((call.flags & static_cast<int>(PAM_DELETE_CRED)) != 0) {
        forget(call.handle);
        return Ending::granted;
    }
    return may_go_on(call) ? Ending::granted : Ending::denied;
}

Ending account(const Call& call) {
    if (observes(call)) return Ending::observed;
    if (Kept* state = kept(call.handle)) state->allowed = false;
    const auto items = read_items(call);
    if (!items || items->user.empty()) return Ending::denied;
    const Decision decision = ask_account(call, *items);
    log(call, "account", decision);
    if (decision.ending != Ending::granted) return decision.ending;
    if (Kept* state = kept(call.handle)) {
        state->allowed = true;
    } else if (!keep(call.handle, {.grant = {}, .allowed = true})) {
        return Ending::denied;
    }
    return Ending::granted;
}

Ending open_session(const Call& call) {
    if (observes(call)) return Ending::observed;
    const auto items = read_items(call);
    if (!items || items->user.empty()) return Ending::denied;
    if (!binds_session(intent_of(call, *items))) {
        if (!may_go_on(call)) return Ending::denied;
        const Decision checked = ask_account(call, *items);
        log(call, "session", checked);
        return checked.ending;
    }
    const Decision decision = question_broker(
        call,
        wire::OpenSession{.service = items->service, .user = items->user, .tty = items->tty, .grant = grant_of(call)});
    log(call, "session", decision);
    return decision.ending;
}

Ending close_session(const Call& call) {
    if (observes(call)) return Ending::observed;
    const auto items = read_items(call);
    if (!items || items->user.empty()) return Ending::denied;
    if (!binds_session(intent_of(call, *items))) return Ending::granted;
    const wire::CloseSession question{.service = items->service, .user = items->user};
    const Decision decision = question_broker(call, question);
    log(call, "end of the session", decision);
    return decision.ending;
}

Ending change_token(const Call& call) { return observes(call) ? Ending::observed : Ending::denied; }

}  // namespace sekimori::pam
