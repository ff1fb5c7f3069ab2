// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/enrol_card.hpp"

#include <algorithm>

#include "daemon/admin/query.hpp"
#include "daemon/admin/verbs.hpp"

namespace sekimori::daemon {
namespace {

// After a fresh worker came up its readers and cards are told within moments; two cards must both have been seen before
// one is chosen.
constexpr Millis kSettle = std::chrono::milliseconds{250};
constexpr Millis kRenewLimit = std::chrono::seconds{10};

std::optional<Refusal> chain_refusal(wire::ChainState chain, LabMode lab) {
    switch (chain) {
        case wire::ChainState::no_roots:
        case wire::ChainState::verified:
            return std::nullopt;
        case wire::ChainState::untrusted:
            return Refusal{"untrusted", "the card's certificate comes from no root that this machine trusts",
                           "[card] roots="};
        case wire::ChainState::expired:
            return Refusal{"card_expired", "the card's certificate has expired", "renew the card, then enrol it"};
        case wire::ChainState::not_yet_valid:
            return Refusal{"not_yet_valid", "the card's certificate is not valid yet", "look at the clock"};
        case wire::ChainState::test_hierarchy:
            if (lab == LabMode::on) return std::nullopt;
            return Refusal{"test_hierarchy", "the card comes from the test hierarchy of JPKI",
                           "only real cards are taken here"};
        case wire::ChainState::wrong_usage:
            return Refusal{"wrong_usage", "the card's certificate is not for authentication", ""};
        case wire::ChainState::weak_key:
            return Refusal{"weak_key", "the card's key is too weak", "RSA-2048, P-256 or P-384"};
    }
    return Refusal{"internal", "the card's certificate could not be judged", ""};
}

// Midnight in Japan, UTC+9 all year.
Millis end_of_today(Millis wall) {
    constexpr Millis kDay = std::chrono::hours{24};
    constexpr Millis kJapan = std::chrono::hours{9};
    return ((wall + kJapan) / kDay + 1) * kDay - kJapan;
}

tl::expected<PersonId, Refusal> approver_of(const Store& store, const std::string& login, const PersonRecord& person) {
    const auto approver = find_person(store, login);
    if (!approver) return tl::unexpected<Refusal>(approver.error());
    if (approver->id == person.id || approver->state != PersonState::active)
        return refuse(ErrorCode::refused, "a temporary card is approved by somebody else who is active");
    return approver->id;
}

}  // namespace

EnrolCard::EnrolCard(CommandRun& run, EnrolCardRequest request, std::function<void(Reply)> done)
    : run_(run), broker_(run.broker()), request_(std::move(request)), done_(std::move(done)) {
    broker_.cards.add(this);
    limit_ = after(kRenewLimit, [this] { finish(refuse(Denied{Reason::card_worker_lost})); });
    // One that is not there is on its way, and new (an enrolment that was broken off a moment ago has seen to that);
    // one that can't be told is going by itself.
    step_ = soon([this] {
        if (broker_.cards.up()) (void)broker_.cards.renew();
    });
}

EnrolCard::~EnrolCard() { broker_.cards.remove(this); }

void EnrolCard::finish(Reply reply) {
    if (state_ == State::over) return;
    state_ = State::over;
    limit_.reset();
    step_.reset();
    const auto done = done_;
    done(std::move(reply));
}

void EnrolCard::readers_changed() {
    if (!broker_.cards.up()) {
        if (state_ != State::renewing) finish(refuse(Denied{Reason::card_worker_lost}));
        return;
    }
    if (state_ == State::renewing && !broker_.cards.readers().empty()) renewed();
}

void EnrolCard::renewed() {
    state_ = State::settling;
    step_ = after(kSettle, [this] { look(); });
}

void EnrolCard::look() {
    std::vector<CardVisit> there = broker_.cards.present();
    if (request_.reader) {
        const auto& readers = broker_.cards.readers();
        if (std::find(readers.begin(), readers.end(), *request_.reader) == readers.end())
            return finish(refuse(ErrorCode::not_found, "no reader '" + *request_.reader + "'", "sekimori status"));
        std::erase_if(there,
                      [&](const CardVisit& visit) { return broker_.cards.reader_name(visit) != *request_.reader; });
    }
    limit_ = after(request_.timeout, [this] { finish(refuse(Denied{Reason::card_timeout})); });
    if (there.size() > 1 && request_.earlier.empty()) return finish(refuse(Denied{Reason::too_many_cards}));
    unread_ = std::move(there);
    next();
}

void EnrolCard::next() {
    if (!unread_.empty()) {
        const CardVisit visit = unread_.back();
        unread_.pop_back();
        return read(visit);
    }
    if (found_) return take();
    wait();
}

void EnrolCard::wait() {
    state_ = State::waiting;
    run_.dialogue().tell({MessageId::tap_card, 0, {}, request_.person.login, {}});
}

void EnrolCard::card_inserted(const CardVisit& visit) {
    if (request_.reader && broker_.cards.reader_name(visit) != *request_.reader) return;
    if (state_ == State::waiting) return read(visit);
    if (state_ == State::reading && !request_.earlier.empty()) unread_.push_back(visit);
}

void EnrolCard::card_removed(const CardVisit& visit) {
    std::erase(unread_, visit);
    if (state_ < State::reading || (visit != visit_ && !(found_ && found_->visit == visit))) return;
    // Somebody earlier takes theirs away before it was known to be theirs.
    if (state_ == State::reading && visit == visit_ && !request_.earlier.empty()) {
        reading_.drop();
        return next();
    }
    finish(refuse(Denied{Reason::card_removed}));
}

void EnrolCard::read(const CardVisit& visit) {
    state_ = State::reading;
    visit_ = visit;
    reading_ = broker_.cards.read(visit, request_.slot, [this](const CardAnswer& answer) { on_data(answer); });
}

void EnrolCard::on_data(const CardAnswer& answer) {
    if (const auto* failed = std::get_if<wire::CardFailed>(&answer)) {
        if (failed->fault == wire::CardFault::gone && !request_.earlier.empty()) return next();
        return finish(refuse(Denied{refusal_of(failed->fault), failed->tries}));
    }
    const auto* data = std::get_if<wire::CardData>(&answer);
    if (data == nullptr) return finish(refuse(Denied{Reason::card_worker_lost}));
    if (earlier(data->reference.key)) return next();
    if (found_) return finish(refuse(Denied{Reason::too_many_cards}));
    found_ = Found{visit_, *data};
    next();
}

void EnrolCard::take() {
    visit_ = found_->visit;
    data_ = std::move(found_->data);
    found_.reset();
    if (const auto refusal = judge(data_)) return finish(tl::unexpected<Refusal>(*refusal));
    const auto id = broker_.rng.draw<CardId>();
    if (!id) return finish(refuse(id.error()));
    card_ = *id;
    if (data_.reference.type == CardType::lite_s) {
        wire::Block block{};
        if (data_.reference.public_id.size() != block.size()) return finish(refuse(Denied{Reason::card_unreadable}));
        std::copy(data_.reference.public_id.begin(), data_.reference.public_id.end(), block.begin());
        keys_ = broker_.lite_s_keys.candidates(block);
        if (keys_.empty())
            return finish(
                refuse(ErrorCode::not_found, "no FeliCa Lite-S card key is configured", "[card] felica_keys="));
        return prove_lite_s();
    }
    if (needs_pin(data_.reference.slot)) return ask_pin();
    prove({});
}

bool EnrolCard::earlier(const CardKey& key) const {
    const auto known = broker_.store.card_by_key(key);
    return known && known->state == CardState::active &&
           std::find(request_.earlier.begin(), request_.earlier.end(), known->person) != request_.earlier.end();
}

std::optional<Refusal> EnrolCard::judge(const wire::CardData& data) const {
    if (auto refusal = chain_refusal(data.chain, broker_.config.lab)) return refusal;
    if (const auto known = broker_.store.card_by_key(data.reference.key)) {
        if (!known->id.valid() || known->state == CardState::revoked)
            return Refusal{"card_revoked", "this card was reported lost or stolen",
                           "once it is back: sekimori card return"};
        if (known->state != CardState::returned)
            return Refusal{"exists", "this card belongs to somebody already", "sekimori card list"};
    }
    if (strength_of(data.reference.type) < broker_.policy.least) return refuse(Denied{Reason::card_weak}).value();
    const bool signs = data.reference.type == CardType::piv || data.reference.type == CardType::jpki;
    if (signs && data.spki.empty()) return refuse(Denied{Reason::card_unreadable}).value();
    switch (data.reference.pin) {
        case wire::PinState::blocked:
            return refuse(Denied{Reason::pin_blocked}).value();
        case wire::PinState::missing:
            return refuse(Denied{Reason::pin_missing}).value();
        case wire::PinState::ready:
            if (data.reference.tries <= 1) return refuse(Denied{Reason::pin_last_try}).value();
            return std::nullopt;
        case wire::PinState::not_needed:
        case wire::PinState::unknown:
            return std::nullopt;
    }
    return refuse(Denied{Reason::internal}).value();
}

void EnrolCard::ask_pin() {
    state_ = State::asking;
    limit_ = after(broker_.config.limits.pin, [this] { finish(refuse(Denied{Reason::pin_timeout})); });
    run_.dialogue().ask({MessageId::enter_pin, data_.reference.tries, {}, request_.person.login, {}},
                        wire::PromptStyle::echo_off, [this](wire::AnswerStatus status, SecureBytes pin) {
                            if (state_ != State::asking) return;
                            if (status != wire::AnswerStatus::given) return finish(refuse(Denied{Reason::cancelled}));
                            if (pin.empty()) return finish(refuse(Denied{Reason::pin_malformed}));
                            prove(std::move(pin));
                        });
}

void EnrolCard::prove(SecureBytes pin) {
    state_ = State::proving;
    const auto transaction = broker_.rng.draw<TransactionId>();
    if (!transaction) return finish(refuse(transaction.error()));
    Transcript transcript;
    transcript.purpose = Purpose::enrol;
    transcript.service = "sekimori";
    transcript.person = request_.person.id;
    transcript.transaction = *transaction;
    ProofTarget target{visit_,
                       data_.reference.type,
                       card_,
                       data_.reference.slot,
                       data_.spki,
                       static_cast<std::uint8_t>(data_.scheme),
                       data_.reference.public_id,
                       key_.clone(),
                       broker_.policy.least};
    proof_ = std::make_unique<CardProofRound>(broker_, std::move(target), std::move(transcript), std::move(pin),
                                              [this](const ProofResult& result) {
                                                  // From the loop: the round that calls may then be replaced.
                                                  step_ = soon([this, result] { on_proof(result); });
                                              });
}

void EnrolCard::prove_lite_s() {
    key_ = std::move(keys_.front());
    keys_.erase(keys_.begin());
    prove({});
}

void EnrolCard::on_proof(const ProofResult& result) {
    if (const auto* denied = std::get_if<Denied>(&result)) {
        if (denied->reason == Reason::card_bad_signature && !keys_.empty()) return prove_lite_s();
        return finish(refuse(*denied));
    }
    store();
}

void EnrolCard::store() {
    NewCard card;
    card.person = request_.person.id;
    card.type = data_.reference.type;
    card.slot = data_.reference.slot;
    card.key = data_.reference.key;
    card.spki = data_.spki;
    card.scheme = static_cast<std::uint8_t>(data_.scheme);
    card.public_id = data_.reference.public_id;
    card.ic_code = data_.ic_code;
    card.expires_at = Millis{static_cast<std::int64_t>(std::min<std::uint64_t>(data_.not_after, 253402300799000U))};
    if (request_.approver) card.temporary = {end_of_today(broker_.clock.now().wall), *request_.approver};
    if (card.type == CardType::lite_s) card.secret = std::move(key_);
    if (request_.approver && broker_.clock.now().wall_quality == WallQuality::suspect)
        return finish(refuse(Denied{Reason::clock_suspect}));  // nobody could tell when it ends
    const auto added = broker_.store.add_card(std::move(card), run_.actor());
    if (!added) return finish(refuse(added.error()));
    const auto answer = [&broker = broker_, id = *added]() -> Reply {
        const auto record = broker.store.card(id);
        if (!record) return refuse(ErrorCode::internal, "the card was stored and is not there");
        return json_of(broker, *record);
    };
    run_.record(request_.person.id, *added, Reply(Json::object()));
    if (broker_.store.fleet() == nullptr) return finish(answer());
    run_.answer_after(answer);
    finish(Json::object());
}

namespace {

class EnrolCardTask final : public CommandTask {
  public:
    EnrolCardTask(CommandRun& run, Arguments& arguments) : run_(run) {
        EnrolCardRequest request;
        const std::string login = arguments.text("login");
        request.reader = arguments.optional_text("reader", 128);
        const auto slot = arguments.optional_text("slot");
        const bool temporary = arguments.flag("temporary");
        const auto approver = arguments.optional_text("approver");
        request.timeout = std::chrono::seconds{arguments.optional_number("timeout", 1, 600).value_or(60)};
        auto problem = arguments.problem();
        if (!problem && slot) {
            const auto parsed = parse_slot(*slot);
            if (!parsed || *parsed == CardSlot::jpki_auth)
                problem = Refusal{"invalid_argument", "slot must be 9e or 9a", ""};
            else
                request.slot = *parsed;
        }
        if (!problem) {
            const auto person = find_person(run.broker().store, login);
            if (!person)
                problem = person.error();
            else
                request.person = *person;
        }
        if (!problem && temporary != approver.has_value())
            problem = Refusal{"invalid_argument", "a temporary card has an approver, and no other has", "--approver"};
        if (!problem && approver) {
            const auto id = approver_of(run.broker().store, *approver, request.person);
            if (!id)
                problem = id.error();
            else
                request.approver = *id;
        }
        if (problem) {
            start_ = soon([this, problem] { run_.done(tl::unexpected<Refusal>(*problem)); });
            return;
        }
        // An administrator's own card lies where it was just shown: on a machine with one reader it gives way.
        for (const auto& shown : {run.actor().person, run.actor().second})
            if (shown && *shown != request.person.id) request.earlier.push_back(*shown);
        enrol_ =
            std::make_unique<EnrolCard>(run, std::move(request), [this](Reply reply) { run_.done(std::move(reply)); });
    }

  private:
    CommandRun& run_;
    std::unique_ptr<EnrolCard> enrol_;
    Source start_;
};

}  // namespace

std::unique_ptr<CommandTask> card_enrol(CommandRun& run, Arguments& arguments) {
    return std::make_unique<EnrolCardTask>(run, arguments);
}

}  // namespace sekimori::daemon
