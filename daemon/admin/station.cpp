// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/station.hpp"

#include <algorithm>

#include "daemon/admin/page.hpp"
#include "daemon/admin/people_index.hpp"
#include "daemon/admin/query.hpp"
#include "daemon/admin/verbs.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

constexpr Millis kLease = std::chrono::hours{8};
constexpr std::size_t kMaxStations = 4;

bool suits(const FingerRecord& finger, const std::vector<wire::Scanner>& scanners) {
    if (scanners.empty()) return true;  // nothing is known against it
    // The first scanner is the one that is used. A template that matches on a chip is on that one chip only.
    const wire::Scanner& scanner = scanners.front();
    return finger.driver == scanner.driver && (finger.on_chip == 0 || finger.device_id == scanner.device_id);
}

}  // namespace

Lack lack_of(const PersonRecord& person, const std::vector<CardRecord>& cards, const std::vector<FingerRecord>& fingers,
             const std::vector<wire::Scanner>& scanners) {
    Lack lack;
    lack.card = std::none_of(cards.begin(), cards.end(), [](const CardRecord& card) {
        return card.state == CardState::active || card.state == CardState::suspended;
    });
    const auto usable = static_cast<std::size_t>(std::count_if(
        fingers.begin(), fingers.end(), [&](const FingerRecord& finger) { return suits(finger, scanners); }));
    lack.fingers = person.min_fingers > usable ? person.min_fingers - usable : 0;
    lack.unusable = !fingers.empty() && usable == 0;
    return lack;
}

bool is_lacking(const Broker& broker, std::string_view verb, const std::string& arguments) {
    if (verb != "card.enrol" && verb != "finger.enrol") return false;
    Arguments read(arguments);
    const auto person = broker.store.person_by_login(read.text("login"));
    // Whoever administers can let everybody in: their card and fingers are worth an administrator's own, each time.
    if (!person || person->roles.any()) return false;
    const auto fingers = broker.store.fingers_of(person->id);
    const Lack lack = lack_of(*person, broker.store.cards_of(person->id), fingers, broker.fingers.scanners());
    if (verb == "card.enrol") return lack.card;
    const std::string name = read.text("finger");
    return lack.fingers != 0 && std::none_of(fingers.begin(), fingers.end(), [&](const FingerRecord& finger) {
               return finger.finger == name && suits(finger, broker.fingers.scanners());
           });
}

Reply enrol_queue(Broker& broker, Arguments& arguments) {
    const auto section = arguments.optional_text("section");
    const std::string after = arguments.optional_text("after").value_or("");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    const auto scanners = broker.fingers.scanners();
    Page page;
    each_person(broker.store, after, [&](const PersonRecord& person) {
        if (person.state == PersonState::left) return true;
        const PersonDetails* details = details_of(person);
        if (section && (details == nullptr || details->section != *section)) return true;
        const std::vector<FingerRecord> fingers = broker.store.fingers_of(person.id);
        const Lack lack = lack_of(person, broker.store.cards_of(person.id), fingers, scanners);
        if (!lack.any()) return true;
        Json names = Json::array();
        for (const FingerRecord& finger : fingers) names.push_back(finger.finger);
        const auto item = [&] {
            return Json{{"login", person.login},
                        {"name", person.name},
                        {"staff_number", details != nullptr ? details->staff_number : ""},
                        {"section", details != nullptr ? details->section : ""},
                        {"card", lack.card},
                        {"fingers_needed", lack.fingers},
                        {"unusable", lack.unusable},
                        {"fingers", names}};
        };
        return page.add(person.login, item);
    });
    Json answer = std::move(page).whole();
    answer["sensor"] = scanners.empty() ? Json(nullptr) : Json(scanners.front().driver);
    return answer;
}

namespace {

class StationTask final : public CommandTask {
  public:
    StationTask(CommandRun& run, Arguments& arguments) : run_(run) {
        const auto problem = arguments.problem();
        start_ = soon([this, problem] {
            if (problem) return run_.done(tl::unexpected<Refusal>(*problem));
            begin();
        });
    }
    ~StationTask() override {
        if (!lease_) return;
        run_.broker().stations.erase(*lease_);
        record("ended");
    }
    StationTask(const StationTask&) = delete;
    StationTask& operator=(const StationTask&) = delete;
    StationTask(StationTask&&) = delete;
    StationTask& operator=(StationTask&&) = delete;

  private:
    void begin() {
        Broker& broker = run_.broker();
        if (broker.stations.size() >= kMaxStations) return run_.done(refuse(ErrorCode::busy, "too many stations"));
        // Where nobody had to prove anything (the lab) there is nobody to vouch, and no need to.
        if (run_.actor().person && !run_.caller().bus_name.empty())
            lease_ = broker.stations.insert(
                broker.stations.end(),
                StationLease{run_.caller().bus_name, *run_.actor().person, broker.clock.now().boottime + kLease});
        record("began");
        run_.progress(wire::ProgressEvent::ready, 0, 0, MessageId::none);
        end_ = after(kLease, [this] { run_.done(whole({{"ended", "time"}})); });
    }
    void record(const char* reason) {
        AuditEvent event;
        event.what = "enrol.station";
        event.where = run_.actor().where;
        event.who = run_.actor().person;
        event.success = true;
        event.reason = reason;
        if (const auto stored = run_.broker().store.append(event); !stored)
            log_error("a station could not be recorded: {}", stored.error().message);
    }
    CommandRun& run_;
    std::optional<std::list<StationLease>::iterator> lease_;
    Source start_, end_;
};

}  // namespace

std::unique_ptr<CommandTask> enrol_station(CommandRun& run, Arguments& arguments) {
    return std::make_unique<StationTask>(run, arguments);
}

}  // namespace sekimori::daemon
