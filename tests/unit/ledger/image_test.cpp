// SPDX-License-Identifier: Apache-2.0
// What was kept of a chain is what it was, and goes on as if it had never been away.
#include "ledger/image.hpp"

#include <array>

#include "ledger/view_index.hpp"
#include "tests/unit/ledger/acts.hpp"

namespace sekimori::test {
namespace {

constexpr std::string_view kThis = "this build";

template <class Set>
auto list_of(const Set& set) {
    return std::vector(set.begin(), set.end());
}

void expect_right_index(const View& view) {
    View again = view;
    make_index(again);
    EXPECT_EQ(list_of(view.index.belongings), list_of(again.index.belongings));
    EXPECT_EQ(list_of(view.index.cards_by_key), list_of(again.index.cards_by_key));
    EXPECT_EQ(list_of(view.index.cards_by_time), list_of(again.index.cards_by_time));
    EXPECT_EQ(list_of(view.index.logins), list_of(again.index.logins));
    EXPECT_EQ(list_of(view.index.accounts), list_of(again.index.accounts));
}

// One of everything that a view has, with the texts that blobs bring.
struct Everything {
    World world;
    Terminal terminal = world.join(1, 1);
    PersonId person = id_of<PersonId>(1), other = id_of<PersonId>(2), third = id_of<PersonId>(3);

    Everything() {
        const auto& authority = world.authority;
        for (const PersonId& id : {person, other, third})
            place(authority, StatementType::person, id.bytes, PersonBody{Role::administrator, 2, {terminal.group}, {}});
        place(authority, StatementType::account, person.bytes, AccountBody{});
        place(authority, StatementType::details, person.bytes, DetailsBody{});
        CardBody card;
        card.person = person;
        card.key = CardKey{{7}};
        card.spki = Bytes(91, 3);
        card.lent_until = 5;
        place(authority, StatementType::card, id_of<CardId>(1).bytes, card);
        FingerBody finger;
        finger.person = person;
        finger.finger = "right-index-finger";
        place(authority, StatementType::finger, id_of<FingerId>(1).bytes, finger);
        place(authority, StatementType::secret, person.bytes, SecretBody{});
        place(authority, StatementType::exemption, person.bytes, ExemptionBody{});
        place(authority, StatementType::break_glass, person.bytes, BreakGlassBody{terminal.id, {other, "", third}});
        place(authority, StatementType::policy, {}, PolicyBody{"{}", {}});
        MediaBody media;
        media.serial = "AB12";
        media.terminals = {terminal.id};
        place(authority, StatementType::media, person.bytes, media);
        (void)world.delegate(make_key(), AdminRole::helpdesk, Millis{9});
        EXPECT_TRUE(world.place(world.say(authority, StatementType::extend, terminal.id.bytes,
                                          ExtendBody{ExtendScope::terminal, {}}, world.now + std::chrono::hours{1})));
        place(authority, StatementType::suspend, id_of<CardId>(1).bytes, ActBody{Target::card, {}, {}, {}});
        place(authority, StatementType::revoke, {}, ActBody{Target::key, CardKey{{8}}, DenyReason::lost, {}});
        place(authority, StatementType::revoke_terminal, id_of<TerminalId>(9).bytes, RevokeTerminalBody{});
        place(authority, StatementType::withdraw, id_of<StatementId>(9).bytes, WithdrawBody{});
        const Terminal moved = world.join(2, 1);
        place(authority, StatementType::terminal, moved.id.bytes,
              TerminalBody{"t2", id_of<GroupId>(2), moved.sign.public_key(), moved.box.public_key(), {}});
        place(authority, StatementType::suspend, id_of<PersonId>(9).bytes, ActBody{Target::person, {}, {}, {}});
        Ledger& ledger = world.chain.ledger;
        const PersonEntry entry = ledger.view().persons.at(person);
        ledger.describe(person, PersonBlob{"tanaka", "田中 太郎", "why"});
        ledger.describe(person, entry.accounts.at(0).blob, AccountBlob{"madoguchi", "local", 1000});
        DetailsBlob details;
        details.section = "税務課";
        details.accounts = {{"tanaka2", "local", std::nullopt}};
        ledger.describe(person, entry.details.at(0).blob, details);
    }
    template <class Body>
    void place(const crypto::SigningKey& by, StatementType type, ByteSpan subject, const Body& body) {
        const auto placed = world.place(world.say(by, type, subject, body));
        EXPECT_TRUE(placed) << placed.error().message;
    }
};

TEST(Image, BringsEverythingBack) {
    const Everything all;
    const Bytes image = write_image(all.world.chain, kThis);
    const auto read = read_image(image, kThis);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(write_image(*read, kThis), image);
    EXPECT_EQ(read->head.seq, all.world.chain.head.seq);
    EXPECT_EQ(read->hashes.size(), all.world.chain.hashes.size());
    const View& view = read->ledger.view();
    EXPECT_FALSE(view.persons.empty() || view.cards.empty() || view.fingers.empty() || view.policies.empty() ||
                 view.secrets.empty() || view.exemptions.empty() || view.break_glass.empty() ||
                 view.suspensions.empty() || view.denied_persons.empty() || view.denied_cards.empty() ||
                 view.denied_keys.empty() || view.media.empty() || view.withdrawn.empty());
    EXPECT_FALSE(view.fleet.terminals.empty() || view.fleet.admin_keys.empty() || view.fleet.extensions.empty() ||
                 view.fleet.denied_terminals.empty() || view.fleet.author.empty());
    EXPECT_EQ(view.policies.at(0).placed, all.world.view().policies.at(0).placed);
    const TerminalEntry& moved = view.fleet.terminals.at(id_of<TerminalId>(2));
    EXPECT_EQ(moved.groups_before, std::vector{id_of<GroupId>(1)});
    EXPECT_EQ(moved.since, all.world.view().fleet.terminals.at(id_of<TerminalId>(2)).since);
    const PersonEntry& person = view.persons.at(all.person);
    EXPECT_EQ(person.record.login, "tanaka");
    EXPECT_EQ(person.details.at(0).record.section, "税務課");
    EXPECT_EQ(view.cards.at(id_of<CardId>(1)).record.spki, Bytes(91, 3));
    EXPECT_TRUE(view.cards.at(id_of<CardId>(1)).record.temporary);
    EXPECT_EQ(person_of_login(view, "tanaka"), &person);
    EXPECT_EQ(persons_naming(view, "madoguchi"), std::vector{all.person});
    EXPECT_EQ(persons_naming(view, "tanaka2"), std::vector{all.person});
    EXPECT_EQ(cards_of_key(view, CardKey{{7}}), std::vector{id_of<CardId>(1)});
    expect_right_index(view);
    expect_right_index(all.world.view());
}

// A receipt counts from when things were placed, by the sequencer's clock, whatever their authors' said.
TEST(Image, ThePlaceOfPoliciesAndTerminalsIsTheirEntrys) {
    World world;
    const Verified early = world.say(world.authority, StatementType::policy, {}, PolicyBody{"{}", {}});
    world.now += std::chrono::hours{5};
    ASSERT_TRUE(world.place(early));
    EXPECT_EQ(world.view().policies.at(0).placed, world.now);
    const Terminal terminal = world.join(1, 1);
    const Millis joined = world.now;
    for (const std::uint8_t group : std::array<std::uint8_t, 3>{2, 1, 2})
        ASSERT_TRUE(world.place(world.say(
            world.authority, StatementType::terminal, terminal.id.bytes,
            TerminalBody{"t", id_of<GroupId>(group), terminal.sign.public_key(), terminal.box.public_key(), {}})));
    const TerminalEntry& entry = world.view().fleet.terminals.at(terminal.id);
    EXPECT_EQ(entry.since, joined) << "of the first one";
    EXPECT_EQ(entry.groups_before, (std::vector{id_of<GroupId>(1), id_of<GroupId>(2)})) << "each once";
}

TEST(Image, AChainGoesOnFromItAsFromItself) {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Acts acts(seed);
        acts.grow(60);
        auto kept = read_image(write_image(acts.world.chain, kThis), kThis);
        ASSERT_TRUE(kept);
        const std::size_t before = acts.world.links.size();
        acts.grow(90);
        for (std::size_t i = before; i < acts.world.links.size(); ++i)
            ASSERT_TRUE(extend(*kept, acts.world.root(), acts.world.links[i]));
        EXPECT_EQ(write_image(*kept, kThis), write_image(acts.world.chain, kThis));
        expect_right_index(kept->ledger.view());
        expect_right_index(acts.world.view());
        // What had its entry is known to have had it.
        EXPECT_EQ(extend(*kept, acts.world.root(), acts.world.links.front()).error().code, ErrorCode::corrupt);
    }
}

TEST(Image, OfAnotherBuildOrCutOffIsNone) {
    const Everything all;
    const Bytes image = write_image(all.world.chain, kThis);
    EXPECT_FALSE(read_image(image, "another"));
    EXPECT_FALSE(read_image(write_image(all.world.chain, ""), "")) << "who does not know its own build reads none";
    for (std::size_t size = 0; size < image.size(); size += 7)
        EXPECT_FALSE(read_image(ByteSpan(image).first(size), kThis));
    Bytes longer = image;
    longer.push_back(0);
    EXPECT_FALSE(read_image(longer, kThis));
    Bytes huge = image;
    std::fill_n(huge.begin() + 8 + static_cast<std::ptrdiff_t>(kThis.size()) + 48, 8, std::uint8_t{0xff});
    EXPECT_FALSE(read_image(huge, kThis)) << "a list of more items than there are bytes";
}

}  // namespace
}  // namespace sekimori::test
