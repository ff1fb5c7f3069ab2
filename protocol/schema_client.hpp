// SPDX-License-Identifier: Apache-2.0
// The schema, part one: clients of auth.sock and the dialogues of commands.
#pragma once

#include "protocol/schema_types.hpp"

namespace sekimori::wire {

enum class Intent : std::uint8_t { login, unlock, elevate, boot, application, administer };
enum class Trial : std::uint8_t { no, observe };
enum class PromptStyle : std::uint8_t { info, error, echo_off, echo_on };
enum class AnswerStatus : std::uint8_t { given, cancelled, failed };
enum class ProgressEvent : std::uint8_t { ready, stage, retry, done };
enum class CommandResult : std::uint8_t { done, failed };

struct Hello {
    static constexpr auto kType = MessageType::hello;
    std::uint16_t min{kProtocolMin}, max{kProtocolMax};
    static constexpr auto kFields = std::tuple{field<1>(&Hello::min), field<2>(&Hello::max)};
};
struct Welcome {
    static constexpr auto kType = MessageType::welcome;
    std::uint16_t version{};
    static constexpr auto kFields = std::tuple{field<1>(&Welcome::version)};
};
// Starts the one transaction of this connection. `user` may be empty: then the card says who it is.
struct Begin {
    static constexpr auto kType = MessageType::begin;
    std::string service, user, tty, rhost, ruser;  // as PAM has them: claims, except by a root caller
    Intent intent{};
    Trial trial{};
    static constexpr auto kFields =
        std::tuple{field<1>(&Begin::service, 64), field<2>(&Begin::intent),     field<3>(&Begin::user, 256),
                   field<4>(&Begin::tty, 64),     field<5>(&Begin::rhost, 256), field<6>(&Begin::ruser, 256),
                   field<7>(&Begin::trial)};
};
// To a Prompt of style echo_off or echo_on; the others are not answered.
struct Answer {
    static constexpr auto kType = MessageType::answer;
    std::uint32_t serial{};
    AnswerStatus status{};
    SecureBytes text;
    static constexpr auto kFields =
        std::tuple{field<1>(&Answer::serial), field<2>(&Answer::status), field<3>(&Answer::text, 512)};
};
struct Item {
    std::string text;
    static constexpr auto kFields = std::tuple{field<1>(&Item::text, 256)};
};
struct Prompt {
    static constexpr auto kType = MessageType::prompt;
    std::uint32_t serial{};
    PromptStyle style{};
    MessageId id{};
    std::uint32_t number{};          // {n}
    std::string service, requester;  // {service}, {requester}
    std::vector<Item> items;         // choices of choose_account
    static constexpr auto kFields =
        std::tuple{field<1>(&Prompt::serial),   field<2>(&Prompt::style),       field<3>(&Prompt::id),
                   field<4>(&Prompt::number),   field<5>(&Prompt::service, 64), field<6>(&Prompt::requester, 256),
                   field<7>(&Prompt::items, 16)};
};
// The answer to Begin, Account and OpenSession. `grant` (32 bytes) only after a granted Begin of a root caller.
struct Verdict {
    static constexpr auto kType = MessageType::verdict;
    Outcome outcome{Outcome::denied};
    MessageId id{};
    std::uint32_t number{};
    std::string user;  // the account that was decided upon
    SecureBytes grant;
    static constexpr auto kFields =
        std::tuple{field<1>(&Verdict::outcome), field<2>(&Verdict::id), field<3>(&Verdict::number),
                   field<4>(&Verdict::user, 256), field<5>(&Verdict::grant, 32)};
};
struct Account {
    static constexpr auto kType = MessageType::account;
    std::string service, user, tty, rhost;
    SecureBytes grant;  // empty: none in this handle
    static constexpr auto kFields =
        std::tuple{field<1>(&Account::service, 64), field<2>(&Account::user, 256), field<3>(&Account::tty, 64),
                   field<4>(&Account::rhost, 256), field<5>(&Account::grant, 32)};
};
struct OpenSession {
    static constexpr auto kType = MessageType::open_session;
    std::string service, user, tty;
    SecureBytes grant;
    static constexpr auto kFields = std::tuple{field<1>(&OpenSession::service, 64), field<2>(&OpenSession::user, 256),
                                               field<3>(&OpenSession::tty, 64), field<4>(&OpenSession::grant, 32)};
};
struct CloseSession {
    static constexpr auto kType = MessageType::close_session;
    std::string service, user;
    static constexpr auto kFields =
        std::tuple{field<1>(&CloseSession::service, 64), field<2>(&CloseSession::user, 256)};
};
struct Progress {
    static constexpr auto kType = MessageType::progress;
    ProgressEvent event{};
    std::uint8_t stage{}, stages{};
    MessageId hint{};
    static constexpr auto kFields = std::tuple{field<1>(&Progress::event), field<2>(&Progress::stage),
                                               field<3>(&Progress::stages), field<4>(&Progress::hint)};
};
// Ends a command's dialogue. `json`: the object or list of contract.md, or {"code","message","hint"} when it failed.
struct CommandDone {
    static constexpr auto kType = MessageType::command_done;
    CommandResult result{CommandResult::failed};
    std::string json;
    static constexpr auto kFields = std::tuple{field<1>(&CommandDone::result), field<2>(&CommandDone::json, 48 * 1024)};
};

// Bounds of the enums that travel.
template <>
inline constexpr std::uint64_t kLast<Intent> = static_cast<std::uint64_t>(Intent::administer);
template <>
inline constexpr std::uint64_t kLast<Trial> = static_cast<std::uint64_t>(Trial::observe);
template <>
inline constexpr std::uint64_t kLast<PromptStyle> = static_cast<std::uint64_t>(PromptStyle::echo_on);
template <>
inline constexpr std::uint64_t kLast<AnswerStatus> = static_cast<std::uint64_t>(AnswerStatus::failed);
template <>
inline constexpr std::uint64_t kLast<ProgressEvent> = static_cast<std::uint64_t>(ProgressEvent::done);
template <>
inline constexpr std::uint64_t kLast<CommandResult> = static_cast<std::uint64_t>(CommandResult::failed);
template <>
inline constexpr std::uint64_t kLast<MessageId> = 0xffff;  // an id that a module does not know is shown as "denied"
template <>
inline constexpr std::uint64_t kLast<Outcome> = static_cast<std::uint64_t>(Outcome::no_person);

}  // namespace sekimori::wire
