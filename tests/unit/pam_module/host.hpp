// SPDX-License-Identifier: Apache-2.0
// A PAM application for the tests: the real Linux-PAM on a private stack, and a person who does as told.
#pragma once

#include <gtest/gtest.h>
#include <security/pam_appl.h>
#include <string.h>

#include <deque>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/pam_module/fake_broker.hpp"

namespace sekimori::test {

// What the conversation function does with one question.
struct Reply {
    std::optional<std::string> text;  // none: a response without text
    int code{PAM_SUCCESS};
    bool response{true};  // false: success, but no response at all
};

struct Shown {
    int style;
    std::string text;
    bool operator==(const Shown&) const = default;
};

class Host {
  public:
    // `module` is the .so's path; `arguments` as in a stack, without socket=. User "" is none.
    Host(FakeBroker& broker, TempDir& directory, const std::string& module, const std::string& arguments,
         const std::string& user, const std::string& service = "login")
        : Host(directory, module, "socket=" + broker.path() + " " + arguments, user, service) {}
    Host(TempDir& directory, const std::string& module, const std::string& arguments, const std::string& user,
         const std::string& service)
        : Host(write_stack(directory, module, arguments, service), user, service) {}
    // Stacks that are there already.
    Host(const std::string& stacks, const std::string& user, const std::string& service) {
        EXPECT_EQ(pam_start_confdir(service.c_str(), user.empty() ? nullptr : user.c_str(), &conversation_,
                                    stacks.c_str(), &handle_),
                  PAM_SUCCESS);
    }
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;
    ~Host() { end(); }

    // Replies to the questions to come; without one the conversation fails.
    void will_answer(Reply reply) { replies_.push_back(std::move(reply)); }
    void will_answer(const std::string& text) { will_answer(Reply{.text = text}); }
    // One question is answered by `write`, into room for 64 bytes that the module frees: no copy stays here.
    void will_type(std::function<void(char*)> write) { type_ = std::move(write); }
    // Sees each message before it is answered.
    void on_message(std::function<void(const Shown&)> watch) { watch_ = std::move(watch); }
    // What the conversation function returns for a text from now on.
    void texts_return(int code) { text_code_ = code; }
    void without_conversation() {
        const pam_conv none{nullptr, nullptr};
        EXPECT_EQ(pam_set_item(handle_, PAM_CONV, &none), PAM_SUCCESS);
    }

    int authenticate(unsigned flags = 0) { return last_ = pam_authenticate(handle_, static_cast<int>(flags)); }
    int set_credentials(unsigned flags = PAM_ESTABLISH_CRED) {
        return last_ = pam_setcred(handle_, static_cast<int>(flags));
    }
    int account(unsigned flags = 0) { return last_ = pam_acct_mgmt(handle_, static_cast<int>(flags)); }
    int open_session(unsigned flags = 0) { return last_ = pam_open_session(handle_, static_cast<int>(flags)); }
    int close_session() { return last_ = pam_close_session(handle_, 0); }
    int change_token() { return last_ = pam_chauthtok(handle_, 0); }
    void end() {
        if (handle_ != nullptr) (void)pam_end(std::exchange(handle_, nullptr), last_);
    }

    void set(int item, const char* value) { EXPECT_EQ(pam_set_item(handle_, item, value), PAM_SUCCESS); }
    [[nodiscard]] std::string user() const {
        const void* value = nullptr;
        (void)pam_get_item(handle_, PAM_USER, &value);
        return value == nullptr ? "" : static_cast<const char*>(value);
    }
    [[nodiscard]] const std::vector<Shown>& shown() const { return shown_; }

  private:
    static std::string write_stack(TempDir& directory, const std::string& module, const std::string& arguments,
                                   const std::string& service) {
        std::ofstream stack(directory.file(service));
        for (const char* phase : {"auth", "account", "session", "password"})
            stack << phase << " required " << module << " " << arguments << "\n";
        return directory.path();
    }
    static int converse(int count, const pam_message** messages, pam_response** responses, void* data) noexcept {
        return static_cast<Host*>(data)->answer(count, messages, responses);
    }
    int answer(int count, const pam_message** messages, pam_response** responses) noexcept {
        EXPECT_EQ(count, 1);
        const pam_message& message = *messages[0];
        shown_.push_back({message.msg_style, message.msg});
        if (watch_) watch_(shown_.back());
        const bool question = message.msg_style == PAM_PROMPT_ECHO_OFF || message.msg_style == PAM_PROMPT_ECHO_ON;
        if (!question && text_code_ != PAM_SUCCESS) return text_code_;
        *responses = nullptr;
        Reply reply{.text = std::nullopt, .code = PAM_SUCCESS};
        if (question && type_) {
            *responses = static_cast<pam_response*>(calloc(1, sizeof(pam_response)));
            (*responses)->resp = static_cast<char*>(calloc(1, 64));
            type_((*responses)->resp);
            type_ = {};
            return PAM_SUCCESS;
        }
        if (question) {
            if (replies_.empty()) return PAM_CONV_ERR;
            reply = std::move(replies_.front());
            replies_.pop_front();
            if (reply.code != PAM_SUCCESS || !reply.response) return reply.code;
        }
        *responses = static_cast<pam_response*>(calloc(1, sizeof(pam_response)));
        if (reply.text) (*responses)->resp = strdup(reply.text->c_str());
        return PAM_SUCCESS;
    }

    pam_handle_t* handle_{nullptr};
    pam_conv conversation_{converse, this};
    std::deque<Reply> replies_;
    std::function<void(char*)> type_;
    std::function<void(const Shown&)> watch_;
    int text_code_{PAM_SUCCESS};
    std::vector<Shown> shown_;
    int last_{PAM_SUCCESS};
};

}  // namespace sekimori::test
