// SPDX-License-Identifier: Apache-2.0
// card.revoke, suspend, reinstate, return, left. Order of a denial: deny in memory, abort transactions, durable append
// (from the reserve where the disk is full), tell those who hold sessions, answer.
#include <algorithm>

#include "daemon/admin/choose_person.hpp"
#include "daemon/admin/present_cards.hpp"
#include "daemon/admin/query.hpp"
#include "daemon/admin/receipt.hpp"
#include "daemon/admin/verbs.hpp"
#include "daemon/session/sessions.hpp"
#include "daemon/store/fleet.hpp"

namespace sekimori::daemon {
namespace {

enum class Change : std::uint8_t { revoke, suspend, reinstate, give_back };

std::optional<DenyReason> parse_reason(const std::string& text) {
    for (const DenyReason reason : {DenyReason::lost, DenyReason::stolen, DenyReason::damaged, DenyReason::left})
        if (text == name_of(reason)) return reason;
    return std::nullopt;
}

tl::expected<bool, Refusal> bring(CommandRun& run, const CardRecord& card, Change change) {
    Broker& broker = run.broker();
    const bool there =
        change == Change::reinstate ? card.state == CardState::active : card.state == CardState::returned;
    if (there) return false;
    const Status done = change == Change::reinstate ? broker.store.reinstate_card(card.id, run.actor())
                                                    : broker.store.return_card(card.id, run.actor());
    if (!done) return refuse(done.error());
    if (change == Change::give_back) broker.denied(std::nullopt, card.id);
    return true;
}

tl::expected<bool, Refusal> stop(DenyRun run, const CardRecord& card, Change change, DenyReason reason) {
    Broker& broker = run.broker();
    // Before anything of it ends: what is refused here has no effect.
    if (FleetStore* const fleet = broker.store.fleet(); fleet != nullptr && change == Change::suspend)
        if (const auto again = fleet->suspends_again_at();
            again && (card.state == CardState::active || card.state == CardState::expired))
            return refuse(ErrorCode::refused,
                          "this help desk has suspended as often as it may; the next one at " + time_text(*again),
                          "an officer or administrator can suspend or revoke at any time");
    const auto denied = change == Change::revoke ? broker.store.revoke_card(card.id, reason, run.denier())
                                                 : broker.store.suspend_card(card.id, run.denier());
    // Whatever the store answers: what runs with this card ends now.
    broker.denied(std::nullopt, card.id);
    if (!denied) return refuse(denied.error());
    if (!denied->durable)
        return refuse(ErrorCode::full,
                      "the card is refused from now on, but that could not be stored: it is forgotten at a restart",
                      "free space, then repeat the command");
    return denied->changed;
}

class CardChange final : public CommandTask {
  public:
    CardChange(CommandRun& run, Arguments& arguments, Change change) : CardChange(run, &run, arguments, change) {}
    // Revokes or suspends.
    CardChange(DenyRun run, Arguments& arguments, Change change) : CardChange(run, nullptr, arguments, change) {}

  private:
    CardChange(DenyRun run, CommandRun* bringing, Arguments& arguments, Change change)
        : run_(run), bringing_(bringing), change_(change) {
        const auto card = arguments.optional_text("card");
        const PersonChoice person =
            change == Change::revoke || change == Change::suspend ? read_choice(arguments) : PersonChoice{};
        const bool inserted = arguments.flag("inserted");
        std::string reason;
        if (change == Change::revoke) reason = arguments.text("reason");
        if (change == Change::revoke || change == Change::suspend)
            if (const auto wait = arguments.optional_number("wait", 0, 86'400)) wait_ = std::chrono::seconds{*wait};
        auto problem = arguments.problem();
        if (!problem && (card ? 1 : 0) + (person.any() ? 1 : 0) + (inserted ? 1 : 0) != 1)
            problem = Refusal{"invalid_argument", "name one: a card, a person, or the inserted card", ""};
        if (!problem && change == Change::revoke) {
            const auto parsed = parse_reason(reason);
            if (parsed)
                reason_ = *parsed;
            else
                problem = Refusal{"invalid_argument", "reason must be lost, stolen, damaged or left", ""};
        }
        start_ = soon([this, problem, card, person] {
            if (problem) return run_.done(tl::unexpected<Refusal>(*problem));
            if (card) return one(find_card(run_.broker().store, *card));
            if (person.any()) return all_of(person);
            present_ = std::make_unique<PresentCards>(
                run_.broker(), [this](const std::vector<PresentCard>& cards) { inserted_card(cards); });
        });
    }
    void one(const tl::expected<CardRecord, Refusal>& card) {
        if (!card) return run_.done(tl::unexpected<Refusal>(card.error()));
        change({*card});
    }
    void all_of(const PersonChoice& choice) {
        const auto person = choose_person(run_.broker().store, choice);
        if (!person) return run_.done(tl::unexpected<Refusal>(person.error()));
        const auto cards = run_.broker().store.cards_of(person->id);
        if (cards.empty()) return run_.done(refuse(ErrorCode::not_found, "that person has no card"));
        change(cards);
    }
    void inserted_card(const std::vector<PresentCard>& cards) {
        std::vector<CardRecord> ours;
        for (const PresentCard& present : cards)
            if (present.card) ours.push_back(*present.card);
        if (ours.empty()) return run_.done(refuse(ErrorCode::not_found, "no enrolled card is on a reader"));
        if (ours.size() > 1) return run_.done(refuse(Denied{Reason::too_many_cards}));
        change(ours);
    }
    void change(const std::vector<CardRecord>& cards) {
        bool changed = false;
        std::optional<Refusal> problem;
        for (const CardRecord& card : cards) {
            const auto done =
                bringing_ != nullptr ? bring(*bringing_, card, change_) : stop(run_, card, change_, reason_);
            const Reply one = done ? Reply(Json::object()) : Reply(tl::unexpected<Refusal>(done.error()));
            run_.record(card.person, card.id, one);
            if (!done && !problem) problem = done.error();
            changed = changed || (done && *done);
        }
        if (problem) return run_.done(tl::unexpected<Refusal>(*problem));
        Sessions* const sessions = run_.broker().sessions;
        if (sessions == nullptr) return finish(cards, changed ? Changed::yes : Changed::no);
        ended_ = sessions->when_ended(kSessionsEndLimit,
                                      [this, cards, changed] { finish(cards, changed ? Changed::yes : Changed::no); });
    }
    enum class Changed : std::uint8_t { no, yes };
    static Json answer_of(Broker& broker, const std::vector<CardRecord>& cards, Changed changed) {
        Json list = Json::array();
        for (const CardRecord& card : cards)
            if (const auto now = broker.store.card(card.id)) list.push_back(json_of(broker, *now));
        Json open = Json::array();
        if (broker.sessions != nullptr)
            for (const auto& session : broker.sessions->list())
                if (std::any_of(cards.begin(), cards.end(),
                                [&](const CardRecord& card) { return card.id == session.bound.card; }))
                    open.push_back(session.bound.id);
        return whole({{"changed", changed == Changed::yes}, {"cards", std::move(list)}, {"sessions", std::move(open)}});
    }
    void finish(const std::vector<CardRecord>& cards, Changed changed) {
        Broker& broker = run_.broker();
        Json answer = answer_of(broker, cards, changed);
        if (broker.store.fleet() == nullptr || broker.fleet == nullptr) return run_.done(std::move(answer));
        if (bringing_ != nullptr) {
            if (changed == Changed::no) return run_.done(std::move(answer));
            // The state that it has with its entry.
            bringing_->answer_after([&broker, cards]() -> Reply { return answer_of(broker, cards, Changed::yes); });
            return run_.done(Json::object());
        }
        std::vector<std::array<std::uint8_t, 16>> subjects;
        subjects.reserve(cards.size());
        for (const CardRecord& card : cards) subjects.push_back(card.id.bytes);
        receipt_ = std::make_unique<FleetReceipt>(run_, subjects, wait_, [this, answer](Json receipt) {
            Json whole_answer = answer;
            whole_answer["fleet"] = std::move(receipt);
            run_.done(std::move(whole_answer));
        });
    }

    DenyRun run_;
    CommandRun* bringing_;  // of a card that comes back
    Change change_;
    DenyReason reason_{DenyReason::none};
    std::unique_ptr<PresentCards> present_;
    std::optional<Millis> wait_;
    std::shared_ptr<void> ended_;
    std::unique_ptr<FleetReceipt> receipt_;
    Source start_;
};

// Cards that lie on a reader although nobody's session holds them (City B, GSA piv-guides#78).
class CardLeft final : public CommandTask {
  public:
    CardLeft(CommandRun& run, Arguments& arguments) : run_(run) {
        const auto problem = arguments.problem();
        start_ = soon([this, problem] {
            if (problem) return run_.done(tl::unexpected<Refusal>(*problem));
            present_ = std::make_unique<PresentCards>(run_.broker(),
                                                      [this](const std::vector<PresentCard>& cards) { answer(cards); });
        });
    }

  private:
    void answer(const std::vector<PresentCard>& cards) {
        Json items = Json::array();
        for (const PresentCard& present : cards) {
            if (!present.card) continue;
            const auto& sessions = run_.broker().grants.sessions();
            if (std::any_of(sessions.begin(), sessions.end(),
                            [&](const BoundSession& session) { return session.card == present.card->id; }))
                continue;
            const auto person = run_.broker().store.person(present.card->person);
            items.push_back({{"card", present.card->id.hex()},
                             {"person", person ? person->login : present.card->person.hex()},
                             {"reader", present.reader}});
            run_.record(present.card->person, present.card->id, Reply(Json::object()));
        }
        run_.done(list_of(std::move(items)));
    }
    CommandRun& run_;
    std::unique_ptr<PresentCards> present_;
    Source start_;
};

}  // namespace

std::unique_ptr<CommandTask> card_revoke(DenyRun run, Arguments& arguments) {
    return std::make_unique<CardChange>(run, arguments, Change::revoke);
}
std::unique_ptr<CommandTask> card_suspend(DenyRun run, Arguments& arguments) {
    return std::make_unique<CardChange>(run, arguments, Change::suspend);
}
std::unique_ptr<CommandTask> card_reinstate(CommandRun& run, Arguments& arguments) {
    return std::make_unique<CardChange>(run, arguments, Change::reinstate);
}
std::unique_ptr<CommandTask> card_return(CommandRun& run, Arguments& arguments) {
    return std::make_unique<CardChange>(run, arguments, Change::give_back);
}
std::unique_ptr<CommandTask> card_left(CommandRun& run, Arguments& arguments) {
    return std::make_unique<CardLeft>(run, arguments);
}

}  // namespace sekimori::daemon
