// SPDX-License-Identifier: Apache-2.0
// setup: the first administrators of a ledger that has none. Two people, each with an account, a card and two fingers.
// Turning the PAM profile on, and the rescue code, belong to the package and come with it.
#include <algorithm>
#include <array>

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

  private:
    void next() {
        if (done_.size() == kAdministrators)
            return run_.done(whole({{"administrators", done_}, {"rescue_code", nullptr}, {"enabled", false}}));
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
                                    return run_.done(refuse(Denied{Reason::cancelled}));
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
            return run_.done(refuse(ErrorCode::not_found, "no account '" + wanted.login + "' on this machine"));
        person.accounts.push_back(std::move(account));
        const auto added = broker.store.add_person(std::move(person), run_.actor());
        if (!added) return run_.done(refuse(added.error()));
        const auto record = broker.store.person(*added);
        if (!record) return run_.done(refuse(ErrorCode::internal, "the person was stored and is not there"));
        run_.record(*added, std::nullopt, Reply(Json::object()));
        person_ = *record;
        EnrolCardRequest request;
        request.person = person_;
        card_ = std::make_unique<EnrolCard>(run_, std::move(request), [this](const Reply& reply) {
            if (!reply) return undo(reply.error());
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
            if (!reply) return undo(reply.error());
            step_ = soon([this] { next_finger(); });
        });
    }
    // Half an administrator is none: the next setup starts with a ledger that still has none.
    void undo(const Refusal& refusal) {
        (void)run_.broker().store.remove_person(person_.id, run_.actor());
        run_.done(tl::unexpected<Refusal>(refusal));
    }

    CommandRun& run_;
    std::vector<Wanted> wanted_;
    std::vector<std::string> done_;
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
