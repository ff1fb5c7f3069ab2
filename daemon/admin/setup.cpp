// SPDX-License-Identifier: Apache-2.0
// setup: the first administrators of a ledger that has none. Two people, each with an account, a card and two fingers.
// Turning the PAM profile on, and the rescue code, belong to the package and come with it.
#include <algorithm>
#include <array>
#include <utility>

#include "daemon/admin/enrol_card.hpp"
#include "daemon/admin/enrol_finger.hpp"
#include "daemon/admin/verbs.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::size_t kAdministrators = 2;
constexpr std::array kFingers{"right-index-finger", "left-index-finger"};

struct Wanted {
    std::string login, name;
};

class Setup final : public CommandTask {
  public:
    Setup(CommandRun& run, Arguments& arguments) : run_(run) {
        (void)arguments.flag("yes");
        const bool accepted = arguments.flag("accept_notice");
        const bool enable = arguments.flag("enable");
        const bool reset = arguments.flag("reset_identity");
        std::optional<Refusal> problem;
        if (arguments.has("administrators"))
            for (const Json& item : arguments.list("administrators", kAdministrators)) {
                if (!item.is_object() || !item.contains("login") || !item.contains("name") ||
                    !item["login"].is_string() || !item["name"].is_string())
                    problem = Refusal{"invalid_argument", "an administrator has a login and a name", ""};
                else
                    wanted_.push_back({item["login"].get<std::string>(), item["name"].get<std::string>()});
            }
        if (!problem) problem = arguments.problem();
        if (!problem && (enable || reset))
            problem = Refusal{"unsupported", "this version makes the first administrators and no more",
                              "see README, what is there"};
        // 個人情報保護法: the purpose is told before a 個人識別符号 is taken.
        if (!problem && !accepted && run.broker().config.lab == LabMode::off)
            problem = Refusal{"refused", "the purpose notice was not accepted", "--accept-notice"};
        const auto persons = run.broker().store.persons();
        if (!problem && std::any_of(persons.begin(), persons.end(),
                                    [](const PersonRecord& person) { return person.roles.has(Role::administrator); }))
            problem = Refusal{"exists", "this ledger has its administrators",
                              "every further step is one of them's: sekimori person add"};
        step_ = soon([this, problem] {
            if (problem) return run_.done(tl::unexpected<Refusal>(*problem));
            next();
        });
    }
    ~Setup() override { take_back(); }
    Setup(const Setup&) = delete;
    Setup& operator=(const Setup&) = delete;
    Setup(Setup&&) = delete;
    Setup& operator=(Setup&&) = delete;

  private:
    void next() {
        if (done_.size() == kAdministrators) {
            made_.clear();
            return end(whole({{"administrators", done_}, {"rescue_code", nullptr}, {"enabled", false}}));
        }
        if (wanted_.size() > done_.size()) return add(wanted_[done_.size()]);
        const auto number = static_cast<std::uint32_t>(done_.size() + 1);
        ask(MessageId::administrator_login, number, [this, number](const std::string& login) {
            ask(MessageId::administrator_name, number, [this, login](const std::string& name) {
                wanted_.push_back({login, name});
                next();
            });
        });
    }
    void ask(MessageId id, std::uint32_t number, std::function<void(const std::string&)> then) {
        run_.dialogue().ask({id, number, {}, {}, {}}, wire::PromptStyle::echo_on,
                            [this, then = std::move(then)](wire::AnswerStatus status, const SecureBytes& text) {
                                if (status != wire::AnswerStatus::given || text.empty())
                                    return end(refuse(Denied{Reason::cancelled}));
                                const std::string answer(text.view());
                                step_ = soon([then, answer] { then(answer); });
                            });
    }
    void add(const Wanted& wanted) {
        Broker& broker = run_.broker();
        NewPerson person;
        person.login = wanted.login;
        person.name = wanted.name;
        person.role = Role::administrator;
        AccountRecord account{wanted.login, "local", broker.accounts.uid_of(wanted.login)};
        if (!account.uid && broker.config.lab == LabMode::off)
            return end(refuse(ErrorCode::not_found, "no account '" + wanted.login + "' on this machine"));
        person.accounts.push_back(std::move(account));
        const auto added = broker.store.add_person(std::move(person), run_.actor());
        if (!added) return end(refuse(added.error()));
        made_.push_back(*added);
        const auto placed = [this, id = *added](const Status& outcome) {
            if (!outcome) return end(refuse(outcome.error()));
            step_ = soon([this, id] { enrol(id); });
        };
        if (!run_.await(placed)) enrol(*added);
    }
    void enrol(const PersonId& added) {
        const auto record = run_.broker().store.person(added);
        if (!record) return end(refuse(ErrorCode::internal, "the person was stored and is not there"));
        run_.record(added, std::nullopt, Reply(Json::object()));
        person_ = *record;
        EnrolCardRequest request;
        request.person = person_;
        request.earlier = {made_.begin(), made_.end() - 1};
        card_ = std::make_unique<EnrolCard>(run_, std::move(request), [this](const Reply& reply) {
            if (!reply) return end(reply);
            finger_number_ = 0;
            step_ = soon([this] { next_finger(); });
        });
    }
    void next_finger() {
        card_.reset();
        if (finger_number_ == kFingers.size()) {
            done_.push_back(person_.login);
            return next();
        }
        EnrolFingerRequest request;
        request.person = person_;
        request.finger = kFingers[finger_number_++];
        finger_ = std::make_unique<EnrolFinger>(run_, std::move(request), [this](const Reply& reply) {
            if (!reply) return end(reply);
            step_ = soon([this] { next_finger(); });
        });
    }
    void end(const Reply& reply) {
        take_back();
        run_.done(reply);
    }
    // Both or none, whatever ended it: the next setup finds a ledger that still has none, and their cards are as good
    // as new. Nobody would be there to take them back.
    void take_back() {
        Store& store = run_.broker().store;
        for (const PersonId& person : std::exchange(made_, {})) {
            const std::vector<CardRecord> cards = store.cards_of(person);
            (void)store.remove_person(person, run_.actor());
            for (const CardRecord& card : cards) (void)store.return_card(card.id, run_.actor());
        }
    }

    CommandRun& run_;
    std::vector<Wanted> wanted_;
    std::vector<std::string> done_;
    std::vector<PersonId> made_;  // in this run, and not for good yet
    PersonRecord person_;
    std::size_t finger_number_{0};
    std::unique_ptr<EnrolCard> card_;
    std::unique_ptr<EnrolFinger> finger_;
    Source step_;
};

}  // namespace

std::unique_ptr<CommandTask> setup(CommandRun& run, Arguments& arguments) {
    return std::make_unique<Setup>(run, arguments);
}

}  // namespace sekimori::daemon
