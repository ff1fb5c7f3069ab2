// SPDX-License-Identifier: Apache-2.0
#include "tests/fleet/load/people.hpp"

#include <fmt/format.h>

#include "crypto/kdf.hpp"
#include "ledger/blob.hpp"

namespace sekimori::fleet::load {
namespace {

constexpr std::size_t kTemplate = 2'048;  // bytes

class Enrolling {
  public:
    Enrolling(Session& session, const SimFleet& fleet, const Group& group, Clock& clock, Rng& rng)
        : session_(session), fleet_(fleet), group_(group), clock_(clock), rng_(rng), key_(crypto::kKeySize) {
        by_.where = "load";
    }
    Status person(std::size_t number);

  private:
    // One statement about the person; its blob with it.
    template <class Body>
    Status say(StatementType type, const BlobOf& of, const Body& body, const Result<SecureBytes>& blob);

    Session& session_;
    const SimFleet& fleet_;
    const Group& group_;
    Clock& clock_;
    Rng& rng_;
    By by_;
    SecureBytes key_;  // of the person's data
    std::vector<SimMaterial> keys_;
};

template <class Body>
Status Enrolling::say(StatementType type, const BlobOf& of, const Body& body, const Result<SecureBytes>& blob) {
    std::vector<SimMaterial> material = std::exchange(keys_, {});
    Hash hash{};
    if (!blob) return tl::unexpected<Error>(blob.error());
    if (!blob->span().empty()) {
        auto sealed = seal_blob(key_.span(), fleet_.ledger, of, blob->span(), rng_);
        if (!sealed) return tl::unexpected<Error>(sealed.error());
        hash = sealed->hash;
        material.push_back({1, Bytes(hash.begin(), hash.end()), group_.id, 1, std::move(sealed->sealed)});
    }
    const auto statement =
        sign_by(fleet_.terminals.front().sign, fleet_.ledger, type, of.subject, body, hash, clock_.now().wall, rng_);
    if (!statement) return tl::unexpected<Error>(statement.error());
    return submit(session_, *statement, Said::quietly, material);
}

Status Enrolling::person(std::size_t number) {
    const auto id = rng_.draw<PersonId>();
    const auto card = rng_.draw<CardId>();
    if (!id) return tl::unexpected<Error>(id.error());
    if (!card) return tl::unexpected<Error>(card.error());
    if (auto drawn = rng_.fill(key_.span()); !drawn) return drawn;
    const GroupKey& newest = group_.keys.back();
    auto wrapped = wrap_person_key(newest.key.span(), fleet_.ledger, *id, key_.span(), rng_);
    if (!wrapped) return tl::unexpected<Error>(wrapped.error());
    keys_.push_back({2, Bytes(id->bytes.begin(), id->bytes.end()), group_.id,
                     static_cast<std::int32_t>(newest.generation), std::move(*wrapped)});
    const std::string login = fmt::format("staff{}", number);
    PersonBody person;
    person.groups = {group_.id};
    person.by = by_;
    if (auto said = say(StatementType::person, {BlobKind::person, *id, id->bytes}, person,
                        encode_tlv(PersonBlob{login, "山田 花子", ""}));
        !said)
        return said;
    if (auto said = say(StatementType::account, {BlobKind::account, *id, id->bytes}, AccountBody{by_},
                        encode_tlv(AccountBlob{login, "local", 1000U + static_cast<std::uint32_t>(number)}));
        !said)
        return said;
    CardBody body;
    body.person = *id;
    body.type = CardType::piv;
    body.slot = CardSlot::piv_9e;
    body.spki.assign(91, 7);
    body.scheme = 2;
    body.by = by_;
    if (auto drawn = rng_.fill(body.key.bytes); !drawn) return drawn;
    if (auto said = say(StatementType::card, {BlobKind::card, *id, card->bytes}, body, SecureBytes()); !said)
        return said;
    for (const char* finger : {"right-index-finger", "left-index-finger"}) {
        const auto own = rng_.draw<FingerId>();
        if (!own) return tl::unexpected<Error>(own.error());
        FingerBody of;
        of.person = *id;
        of.finger = finger;
        of.driver = "virtual_image";
        of.by = by_;
        if (auto said = say(StatementType::finger, {BlobKind::finger, *id, own->bytes}, of, SecureBytes(kTemplate));
            !said)
            return said;
    }
    return {};
}

}  // namespace

Status enrol(Session& session, const SimFleet& fleet, const Group& group, std::size_t people, Clock& clock, Rng& rng) {
    Enrolling enrolling(session, fleet, group, clock, rng);
    for (std::size_t number = 0; number < people; ++number)
        if (auto done = enrolling.person(number); !done) return done;
    return {};
}

}  // namespace sekimori::fleet::load
