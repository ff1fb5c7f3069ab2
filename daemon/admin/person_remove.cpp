// SPDX-License-Identifier: Apache-2.0
// person.remove: one command that ends it all (退職・異動). The statement first, then everything of the person's
// (cards, codes, exceptions, key and blobs), then the sessions that they still have open. The answer is the proof of
// deletion (削除証明), and says what ended; in a fleet also which terminals have confirmed it.
#include <algorithm>

#include "daemon/admin/query.hpp"
#include "daemon/admin/receipt.hpp"
#include "daemon/admin/roles.hpp"
#include "daemon/admin/verbs.hpp"
#include "daemon/session/sessions.hpp"

namespace sekimori::daemon {
namespace {

std::vector<std::string> sessions_of(const Broker& broker, const PersonId& person) {
    std::vector<std::string> ids;
    if (broker.sessions == nullptr) return ids;
    for (const auto& session : broker.sessions->list())
        if (session.bound.person == person) ids.push_back(session.bound.id);
    return ids;
}

class RemovePerson final : public CommandTask {
  public:
    RemovePerson(CommandRun& run, Arguments& arguments) : run_(run) {
        const std::string login = arguments.text("login");
        if (const auto wait = arguments.optional_number("wait", 0, 86'400)) wait_ = std::chrono::seconds{*wait};
        const auto problem = arguments.problem();
        start_ = soon([this, problem, login] {
            if (problem) return run_.done(tl::unexpected<Refusal>(*problem));
            const auto person = find_person(run_.broker().store, login);
            if (person) return remove(*person);
            if (const auto gone = gone_already(run_.broker().store, login)) return show_again(*gone);
            run_.done(tl::unexpected<Refusal>(person.error()));
        });
    }

  private:
    // Logins are destroyed with the names: who is gone has the id that the proof of deletion names.
    static std::optional<PersonId> gone_already(const Store& store, const std::string& text) {
        const auto id = PersonId::parse(text);
        const auto person = id ? store.person(*id) : std::nullopt;
        return person && person->state == PersonState::gone ? id : std::nullopt;
    }
    // The same command again changes nothing, and shows the receipt as it is now.
    void show_again(const PersonId& id) {
        Reply reply = whole({{"changed", false}, {"id", id.hex()}});
        run_.record(id, std::nullopt, reply);
        finish(std::move(reply), id, 0);
    }
    void remove(const PersonRecord& person) {
        Broker& broker = run_.broker();
        if (const auto last = last_of_administrators(broker.store, person)) {
            const Reply refused = tl::unexpected<Refusal>(*last);
            run_.record(person.id, std::nullopt, refused);
            return run_.done(refused);
        }
        const std::size_t sessions = sessions_of(broker, person.id).size();
        const auto removed = broker.store.remove_person(person.id, run_.actor());
        broker.denied(person.id, std::nullopt);  // in force from the statement on, whatever became of the blobs
        Reply reply;
        if (removed)
            reply = proof(person, *removed);
        else
            reply = refuse(removed.error());
        run_.record(person.id, std::nullopt, reply);
        if (!reply || broker.sessions == nullptr) return finish(std::move(reply), person.id, sessions);
        ended_ = broker.sessions->when_ended(kSessionsEndLimit,
                                             [this, reply, id = person.id, sessions] { finish(reply, id, sessions); });
    }
    [[nodiscard]] Json proof(const PersonRecord& person, const Deletion& removed) const {
        return whole({{"changed", true},
                      {"id", person.id.hex()},
                      {"login", person.login},
                      {"time", time_text(run_.broker().clock.now().wall)},
                      {"deleted",
                       {{"cards", removed.cards},
                        {"fingers", removed.fingers},
                        {"names", 1},
                        {"accounts", removed.accounts},
                        {"codes", removed.secrets},
                        {"exemptions", removed.exemptions},
                        {"blobs", removed.blobs}}},
                      {"left", removed.left},
                      {"ledger", {{"seq", removed.seq}, {"hash", removed.hash}}}});
    }
    void finish(Reply reply, const PersonId& person, std::size_t before) {
        const auto open = sessions_of(run_.broker(), person);
        if (reply) {
            (*reply)["sessions"] = open;
            (*reply)["ended"] = before - std::min(before, open.size());
        }
        const Broker& broker = run_.broker();
        if (!reply || broker.store.fleet() == nullptr || broker.fleet == nullptr) return run_.done(std::move(reply));
        receipt_ = std::make_unique<FleetReceipt>(run_, std::vector{person.bytes}, wait_, [this, reply](Json receipt) {
            Json answer = *reply;
            answer["fleet"] = std::move(receipt);
            run_.done(std::move(answer));
        });
    }

    CommandRun& run_;
    std::optional<Millis> wait_;
    std::shared_ptr<void> ended_;
    std::unique_ptr<FleetReceipt> receipt_;
    Source start_;
};

}  // namespace

std::unique_ptr<CommandTask> person_remove(CommandRun& run, Arguments& arguments) {
    return std::make_unique<RemovePerson>(run, arguments);
}

}  // namespace sekimori::daemon
