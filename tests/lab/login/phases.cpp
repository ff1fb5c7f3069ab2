// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/login/phases.hpp"

#include <chrono>

namespace sekimori::lab::login {
namespace {

using Clock = Hand::Clock;

double milliseconds(Clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

int run_phase(pam_handle_t* handle, const std::string& phase) {
    if (phase == "auth") return pam_authenticate(handle, 0);
    if (phase == "account") return pam_acct_mgmt(handle, 0);
    if (phase == "setcred") return pam_setcred(handle, PAM_ESTABLISH_CRED);
    if (phase == "open") return pam_open_session(handle, 0);
    if (phase == "close") return pam_close_session(handle, 0);
    return PAM_SYSTEM_ERR;
}

int set_items(pam_handle_t* handle, const Request& request) {
    for (const auto& [item, value] :
         {std::pair{PAM_TTY, &request.tty}, {PAM_RHOST, &request.rhost}, {PAM_RUSER, &request.ruser}}) {
        if (value->empty()) continue;
        if (const int done = pam_set_item(handle, item, value->c_str()); done != PAM_SUCCESS) return done;
    }
    return PAM_SUCCESS;
}

}  // namespace

bool Login::granted() const noexcept {
    for (const PhaseResult& phase : phases)
        if (phase.code != PAM_SUCCESS) return false;
    return !phases.empty();
}

Login log_in(const Request& request, Conversation& conversation, const Hand* hand,
             const std::function<void()>& between) {
    Login login;
    pam_handle_t* handle = nullptr;
    const pam_conv conv = conversation.for_pam();
    const char* user = request.user.empty() ? nullptr : request.user.c_str();
    const char* stacks = request.stacks.empty() ? nullptr : request.stacks.c_str();
    int code = pam_start_confdir(request.service.c_str(), user, &conv, stacks, &handle);
    if (code == PAM_SUCCESS) code = set_items(handle, request);
    if (code != PAM_SUCCESS) login.phases.push_back({"start", code, 0});
    for (const std::string& phase : request.phases) {
        if (code != PAM_SUCCESS) break;
        if (phase == "close" && between) between();
        const auto before = Clock::now();
        if (phase == "auth") login.auth_began_ms = milliseconds(before.time_since_epoch());
        code = run_phase(handle, phase);
        const auto after = Clock::now();
        login.phases.push_back({phase, code, milliseconds(after - before)});
        if (phase != "auth" || hand == nullptr) continue;
        if (const auto pressed = hand->last_pressed()) login.to_finger_ms = milliseconds(*pressed - before);
        if (const auto read = hand->last_read()) login.after_finger_ms = milliseconds(after - *read);
    }
    const void* name = nullptr;
    if (handle != nullptr && pam_get_item(handle, PAM_USER, &name) == PAM_SUCCESS && name != nullptr)
        login.user = static_cast<const char*>(name);
    if (handle != nullptr) pam_end(handle, code);
    return login;
}

}  // namespace sekimori::lab::login
