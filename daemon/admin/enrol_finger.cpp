// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/enrol_finger.hpp"

#include <algorithm>
#include <array>

#include "daemon/admin/query.hpp"
#include "daemon/admin/verbs.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

template <class... F>
struct Overload : F... {
    using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

MessageId hint_of(wire::RetryHint hint) {
    constexpr std::array kHints{MessageId::retry_general, MessageId::retry_too_short, MessageId::retry_center,
                                MessageId::retry_remove};
    return kHints[static_cast<std::size_t>(hint) % kHints.size()];
}

Refusal refusal_of(wire::FingerFault fault) {
    switch (fault) {
        case wire::FingerFault::timeout:
        case wire::FingerFault::already_there:
            return refuse(Denied{Reason::finger_timeout}).value();
        case wire::FingerFault::busy:
            return refuse(Denied{Reason::busy}).value();
        case wire::FingerFault::too_hot:
            return {"too_hot", "the scanner is too warm", "let it rest for some minutes"};
        case wire::FingerFault::no_scanner:
        case wire::FingerFault::gone:
        case wire::FingerFault::refused:
        case wire::FingerFault::bad_template:
        case wire::FingerFault::internal:
            return refuse(Denied{Reason::no_scanner}).value();
    }
    return refuse(Denied{Reason::internal}).value();
}

}  // namespace

bool is_finger_name(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 5> fingers{"thumb", "index-finger", "middle-finger", "ring-finger",
                                                      "little-finger"};
    for (const std::string_view side : {std::string_view("left-"), std::string_view("right-")})
        if (name.starts_with(side) &&
            std::find(fingers.begin(), fingers.end(), name.substr(side.size())) != fingers.end())
            return true;
    return false;
}

EnrolFinger::EnrolFinger(CommandRun& run, EnrolFingerRequest request, std::function<void(Reply)> done)
    : run_(run), broker_(run.broker()), request_(std::move(request)), done_(std::move(done)) {
    start_ = soon([this] { start(); });
}

void EnrolFinger::start() {
    if (!broker_.fingers.up()) return finish(refuse(Denied{Reason::finger_worker_lost}));
    if (broker_.fingers.scanners().empty()) return finish(refuse(Denied{Reason::no_scanner}));
    const auto fingers = broker_.store.fingers_of(request_.person.id);
    const bool again = std::any_of(fingers.begin(), fingers.end(),
                                   [&](const FingerRecord& finger) { return finger.finger == request_.finger; });
    if (!again && fingers.size() >= wire::kMaxGallery)
        return finish(refuse(ErrorCode::full, "ten fingers are enrolled already"));
    finger_ =
        broker_.fingers.enrol(request_.stage_timeout, [this](FingerAnswer answer) { on_answer(std::move(answer)); });
}

void EnrolFinger::on_answer(FingerAnswer answer) {
    std::visit(
        Overload{
            [this](const FingerWorkerLost&) { finish(refuse(Denied{Reason::finger_worker_lost})); },
            [this](const wire::Armed&) {
                run_.progress(
                    wire::ProgressEvent::ready, 0,
                    broker_.fingers.scanners().empty() ? std::uint8_t{0} : broker_.fingers.scanners().front().stages,
                    MessageId::none);
            },
            [this](const wire::EnrolStage& stage) {
                run_.progress(wire::ProgressEvent::stage, stage.stage, stage.stages, MessageId::none);
            },
            [this](const wire::FingerRetry& retry) {
                run_.progress(wire::ProgressEvent::retry, 0, 0, hint_of(retry.hint));
            },
            [this](wire::EnrolDone& done) { store(std::move(done)); },
            [this](const wire::FingerFailed& failed) { finish(tl::unexpected<Refusal>(refusal_of(failed.fault))); },
            [this](const auto&) { finish(refuse(Denied{Reason::protocol_error})); }},
        answer);
}

void EnrolFinger::store(wire::EnrolDone done) {
    if (done.data.empty()) return finish(refuse(Denied{Reason::protocol_error}));
    NewFinger finger;
    finger.person = request_.person.id;
    finger.finger = request_.finger;
    finger.driver = done.scanner.driver;
    finger.device_id = done.scanner.device_id;
    finger.modality = static_cast<std::uint8_t>(done.scanner.modality);
    finger.on_chip = static_cast<std::uint8_t>(done.scanner.on_chip);
    finger.stages = done.scanner.stages;
    finger.data = std::move(done.data);
    const auto added = broker_.store.add_finger(std::move(finger), run_.actor());
    if (!added) return finish(refuse(added.error()));
    run_.record(request_.person.id, std::nullopt, Reply(Json::object()));
    run_.progress(wire::ProgressEvent::done, done.scanner.stages, done.scanner.stages, MessageId::none);
    finish(whole({{"id", added->hex()},
                  {"person", request_.person.login},
                  {"finger", request_.finger},
                  {"enrolled_at", time_text(broker_.clock.now().wall)}}));
}

void EnrolFinger::finish(Reply reply) {
    finger_.drop();
    const auto done = done_;
    done(std::move(reply));
}

namespace {

// That the person was told the purpose and accepted stands in the trail, whatever becomes of the enrolment.
void note_acceptance(CommandRun& run, const EnrolFingerRequest& request) {
    AuditEvent event;
    event.what = "notice.accept";
    event.where = run.actor().where;
    event.who = run.actor().person;
    event.subject = request.person.id;
    event.success = true;
    event.reason = request.finger;
    if (const auto stored = run.broker().store.append(event); !stored)
        log_error("an acceptance could not be recorded: {}", stored.error().message);
}

class EnrolFingerTask final : public CommandTask {
  public:
    EnrolFingerTask(CommandRun& run, Arguments& arguments) : run_(run) {
        EnrolFingerRequest request;
        const std::string login = arguments.text("login");
        request.finger = arguments.text("finger");
        request.stage_timeout = std::chrono::seconds{arguments.optional_number("timeout", 1, 600).value_or(30)};
        const bool accepted = arguments.flag("accept_notice");
        auto problem = arguments.problem();
        if (!problem && !is_finger_name(request.finger))
            problem = Refusal{"invalid_argument", "that is not a finger", "left-thumb ... right-little-finger"};
        // 個人情報保護法: the purpose is told before a 個人識別符号 is taken.
        if (!problem && !accepted && run.broker().config.lab == LabMode::off)
            problem = Refusal{"refused", "the purpose notice was not accepted", "--accept-notice"};
        if (!problem) {
            const auto person = find_person(run.broker().store, login);
            if (!person)
                problem = person.error();
            else
                request.person = *person;
        }
        if (problem) {
            start_ = soon([this, problem] { run_.done(tl::unexpected<Refusal>(*problem)); });
            return;
        }
        if (accepted) note_acceptance(run, request);
        enrol_ = std::make_unique<EnrolFinger>(run, std::move(request),
                                               [this](Reply reply) { run_.done(std::move(reply)); });
    }

  private:
    CommandRun& run_;
    std::unique_ptr<EnrolFinger> enrol_;
    Source start_;
};

}  // namespace

std::unique_ptr<CommandTask> finger_enrol(CommandRun& run, Arguments& arguments) {
    return std::make_unique<EnrolFingerTask>(run, arguments);
}

}  // namespace sekimori::daemon
