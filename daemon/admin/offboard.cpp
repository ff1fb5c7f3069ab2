// SPDX-License-Identifier: Apache-2.0
// person.remove: one command that ends it all (退職・異動): cards denied, codes and exceptions gone, sessions ended,
// the person's key and blobs destroyed; then the proof of it.
#include <algorithm>

#include "daemon/admin/query.hpp"
#include "daemon/admin/roles.hpp"
#include "daemon/admin/verbs.hpp"
#include "daemon/session/sessions.hpp"

namespace sekimori::daemon {
namespace {

constexpr Millis kEndLimit = std::chrono::seconds{5};

class PersonRemove final : public CommandTask {
  public:
    PersonRemove(CommandRun& run, Arguments& arguments) : run_(run), login_(arguments.text("login")) {
        const auto problem = arguments.problem();
        start_ = soon([this, problem] {
            if (problem) return run_.done(tl::unexpected<Refusal>(*problem));
            remove();
        });
    }

  private:
    void remove() {
        Broker& broker = run_.broker();
        const auto person = find_person(broker.store, login_);
        if (!person) return run_.done(tl::unexpected<Refusal>(person.error()));
        if (const auto last = last_of_administrators(broker.store, *person)) {
            run_.record(person->id, std::nullopt, tl::unexpected<Refusal>(*last));
            return run_.done(tl::unexpected<Refusal>(*last));
        }
        const std::size_t sessions = sessions_of(person->id);
        const auto removed = broker.store.remove_person(person->id, run_.actor());
        broker.denied(person->id, std::nullopt);  // in force from the statement on, whatever became of the blobs
        if (!removed) {
            const Reply reply = refuse(removed.error());
            run_.record(person->id, std::nullopt, reply);
            return run_.done(reply);
        }
        proof_ = whole({{"changed", true},
                        {"id", person->id.hex()},
                        {"login", person->login},
                        {"time", time_text(broker.clock.now().wall)},
                        {"deleted",
                         {{"cards", removed->cards},
                          {"fingers", removed->fingers},
                          {"names", 1},
                          {"accounts", removed->accounts},
                          {"codes", removed->secrets},
                          {"exemptions", removed->exemptions},
                          {"blobs", removed->blobs}}},
                        {"left", removed->left},
                        {"ledger", {{"seq", removed->seq}, {"hash", removed->hash}}}});
        run_.record(person->id, std::nullopt, Reply(Json::object()));
        if (broker.sessions == nullptr) return finish(person->id, sessions);
        ended_ = broker.sessions->when_ended(kEndLimit, [this, id = person->id, sessions] { finish(id, sessions); });
    }
    [[nodiscard]] std::size_t sessions_of(const PersonId& id) const {
        const auto& open = run_.broker().grants.sessions();
        return static_cast<std::size_t>(
            std::count_if(open.begin(), open.end(), [&](const BoundSession& one) { return one.person == id; }));
    }
    void finish(const PersonId& id, std::size_t before) {
        const std::size_t open = run_.broker().sessions == nullptr ? 0 : sessions_of(id);
        proof_["sessions"] = {{"ended", before - std::min(before, open)}, {"open", open}};
        run_.done(proof_);
    }

    CommandRun& run_;
    std::string login_;
    Json proof_;
    std::shared_ptr<void> ended_;
    Source start_;
};

}  // namespace

std::unique_ptr<CommandTask> person_remove(CommandRun& run, Arguments& arguments) {
    return std::make_unique<PersonRemove>(run, arguments);
}

}  // namespace sekimori::daemon
