// SPDX-License-Identifier: Apache-2.0
// A writing verb's run: its dialogue on one socket, the administrator's two factors first (outside the lab), the
// devices' turn where it needs them, then its task. End of file cancels: the task is dropped, and with it everything
// that it had not stored.
//
// Anybody at the machine may start one (polkit), so until an administrator has shown card and finger it ranks as its
// caller does: it keeps no login waiting, and a card that is put down for a login is not read for it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/admin/json.hpp"
#include "daemon/auth/dialogue.hpp"
#include "daemon/auth/flow.hpp"
#include "ledger/statement.hpp"

namespace sekimori::daemon {

class CommandRun;

// What a verb that only takes away gets of its run. Whoever it acts for may have proved both factors on a full disk,
// of which nothing was kept: it has no Actor, and can't have anything given in a name.
class DenyRun {
  public:
    DenyRun(CommandRun& run) : run_(&run) {}  // of any run: who may give may take away
    [[nodiscard]] Broker& broker() const noexcept;
    [[nodiscard]] Denier denier() const;
    // As CommandRun's.
    void receipt(std::uint32_t confirmed, std::uint32_t terminals) const;
    void done(Reply reply) const;
    void record(std::optional<PersonId> subject, std::optional<CardId> card, const Reply& reply) const;

  private:
    CommandRun* run_;
};

// A task that takes its time (cards, fingers, passphrases). Destroyed when the command ends; reports through
// CommandRun::done().
class CommandTask {
  public:
    virtual ~CommandTask() = default;
};

enum class Devices : std::uint8_t { not_needed, needed };
// How many administrators an act takes. The lab's own user counts for as many as it takes, but for what is recorded
// under two names (four_named).
enum class Eyes : std::uint8_t { two, four, four_named };

struct CommandVerb {
    const char* name;
    Right right;  // of the one who asks for it
    Devices devices;
    // Exactly one of the four: an answer at once, or a task; of Right::deny one of the last two.
    Reply (*answer)(CommandRun&, Arguments&);
    std::unique_ptr<CommandTask> (*task)(CommandRun&, Arguments&);
    // nullptr: one administrator is enough. The second one is asked with the right to administer.
    Eyes (*eyes)(const Broker&, Arguments&) = nullptr;
    Reply (*denial)(DenyRun, Arguments&) = nullptr;
    std::unique_ptr<CommandTask> (*denial_task)(DenyRun, Arguments&) = nullptr;

    [[nodiscard]] constexpr bool denies() const noexcept { return denial != nullptr || denial_task != nullptr; }
};
[[nodiscard]] const CommandVerb* find_command(std::string_view name) noexcept;

struct CommandCaller {
    uid_t uid{};
    pid_t pid{-1};
    std::string bus_name{};  // of its connection; "" in a test
};

class CommandRun {
  public:
    CommandRun(Broker& broker, const CommandVerb& verb, std::string arguments, Channel channel, UniqueFd file,
               CommandCaller caller, std::function<void(CommandRun*)> ended);
    ~CommandRun();

    [[nodiscard]] Broker& broker() noexcept { return broker_; }
    [[nodiscard]] Dialogue& dialogue() noexcept { return dialogue_; }
    [[nodiscard]] const Actor& actor() const noexcept { return actor_; }
    [[nodiscard]] int file() const noexcept { return file_.get(); }
    [[nodiscard]] const CommandCaller& caller() const noexcept { return caller_; }
    void progress(wire::ProgressEvent event, std::uint8_t stage, std::uint8_t stages, MessageId hint);
    // How far a receipt has filled.
    void receipt(std::uint32_t confirmed, std::uint32_t terminals);
    // Calls `then` when what this run granted so far has its entries (a fleet). False: there is nothing to wait for.
    [[nodiscard]] bool await(std::function<void(const Status&)> then);
    // In a fleet what is granted takes effect with its entry: the answer that `then` gives is made after that, in the
    // place of one without "schema" that done() is given.
    void answer_after(std::function<Reply()> then) { after_ = std::move(then); }
    // Nobody waits for the entry of this one.
    void goes_by_itself(const Hash& statement) { before_.push_back(statement); }
    // The end. What was granted meanwhile has its entry first. Called once, by the task or for it; the task is
    // destroyed soon after.
    void done(Reply reply);
    // One line of the trail for what was done (or refused): `what` is the verb. Of what stops something the error may
    // be passed over, since it must work on a full disk; of everything else the command then fails, whatever it
    // answers.
    Status record(std::optional<PersonId> subject, std::optional<CardId> card, const Reply& reply);

  private:
    void start();
    void authorize();
    [[nodiscard]] Eyes eyes() const;
    [[nodiscard]] bool still_entitled() const;
    [[nodiscard]] bool may_deny(const FlowResult& result) const noexcept;
    void deny(Arguments& arguments);
    void preempted();
    [[nodiscard]] bool is_root() const;
    [[nodiscard]] bool opens_an_empty_ledger() const;
    [[nodiscard]] std::optional<PersonId> voucher() const;
    void on_authorized(const FlowResult& result);
    void run();
    void on_readable();
    void placed(const Status& outcome);
    void finish(const Reply& reply);
    void close();

    Broker& broker_;
    const CommandVerb& verb_;
    std::string arguments_;
    Channel channel_;
    UniqueFd file_;
    CommandCaller caller_;
    std::function<void(CommandRun*)> ended_;
    ChannelDialogue dialogue_;
    Actor actor_;
    Turns::Ticket ticket_;
    std::unique_ptr<Flow> flow_;
    std::unique_ptr<CommandTask> task_;
    Eyes eyes_{Eyes::two};
    std::optional<CardVisit> first_;  // where the first administrator's card lies
    std::vector<Hash> before_;        // what waited for its entry when it began
    std::function<Reply()> after_;
    Reply held_{Json::object()};
    std::shared_ptr<void> placing_;
    std::optional<Error> unrecorded_;
    bool authorized_{false};
    Trace trace_{Trace::kept};  // of what was proved
    bool over_{false};
    Source source_, start_, close_;
};

}  // namespace sekimori::daemon
