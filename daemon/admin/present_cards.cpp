// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/present_cards.hpp"

namespace sekimori::daemon {

PresentCards::PresentCards(Broker& broker, std::function<void(std::vector<PresentCard>)> done)
    : broker_(broker), done_(std::move(done)) {
    for (const CardVisit& visit : broker_.cards.present())
        found_.push_back({visit, broker_.cards.reader_name(visit), std::nullopt});
    open_ = found_.size();  // NOLINT(cppcoreguidelines-prefer-member-initializer): known only now
    for (std::size_t i = 0; i < found_.size(); ++i)
        requests_.push_back(
            broker_.cards.identify(found_[i].visit, [this, i](const CardAnswer& answer) { answered(i, answer); }));
    if (open_ == 0)
        none_ = soon([this] {
            const auto callback = done_;
            callback({});
        });
}

void PresentCards::answered(std::size_t index, const CardAnswer& answer) {
    if (const auto* identified = std::get_if<wire::Identified>(&answer))
        for (const wire::CardReference& reference : identified->references)
            if (const auto card = broker_.store.card_by_key(reference.key); card && card->id.valid())
                found_[index].card = card;
    if (--open_ > 0) return;
    const auto callback = done_;
    callback(found_);
}

}  // namespace sekimori::daemon
