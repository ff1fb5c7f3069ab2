// SPDX-License-Identifier: Apache-2.0
// The same of a fleet's terminal: what it heard, saved and signed, and what it made and waits to hand over.
#include "ledger/delegation.hpp"
#include "tests/unit/daemon/store_fleet_fixture.hpp"
#include "tests/unit/killed_at_work.hpp"

namespace sekimori::daemon {
namespace {

using std::chrono::hours;
namespace fs = std::filesystem;

constexpr std::size_t kAbreast = 16;  // things a round at most
constexpr std::size_t kDenials = test::kRoundsOfOne * kAbreast;
constexpr std::size_t kSuspensions = 20;
constexpr int kComing = 40;  // people

struct Thing {
    std::uint64_t n{};
    PersonId person;
    std::array<StatementId, 4> given{};
    Hash hash{};
    std::uint64_t seq{};
    Millis at{};

    [[nodiscard]] std::string name() const { return "n" + std::to_string(n); }
    // Its place among what there is one of for each thing of one store.
    [[nodiscard]] std::size_t place() const { return (n / 1000 % test::kRoundsOfOne) * kAbreast + n % 1000 % kAbreast; }
};

class FleetCrash : public StoreFleet {
  public:
    using Step = test::Step<FleetCrash, Thing>;
    using Courses = std::vector<test::Course<FleetCrash, Thing>>;

    void begin_anew() const {
        for (const auto& entry : fs::directory_iterator(directory.path())) fs::remove_all(entry);
        fs::copy(before.path(), directory.path(), fs::copy_options::recursive);
    }
    bool open_at_work() {
        auto opened = try_open();
        if (opened) store = std::move(*opened);
        return opened.has_value();
    }
    void open_again() {
        open();
        if (HasFatalFailure()) return;
        EXPECT_EQ(store->opens(), Opens::everything);
        for (const auto& [index, one] : brought) {
            if (index >= fleet().facts().head.seq || one.keys.empty()) continue;
            const auto person = store->person(one.person);
            EXPECT_TRUE(person && !person->login.empty()) << "entry " << index + 1 << " is here, its names are not";
        }
        queue.clear();
        for (const FleetStore::Waiting& waiting : fleet().waiting()) {
            const auto out = fleet().outgoing(waiting.hash);
            ASSERT_TRUE(out) << out.error();
            const auto sealed = decode_tlv<SignedStatement>(out->statement);
            ASSERT_TRUE(sealed);
            queue.push_back(*decode_tlv<Statement>(sealed->bytes));
            EXPECT_EQ(out->blob.has_value(), queue.back().blob != Hash{});
            EXPECT_EQ(out->keys.size(), queue.back().type == StatementType::person ? 1U : 0U);
        }
        AuditCheck check = verify({}, 200);
        EXPECT_FALSE(check.first_bad) << check.message;
    }
    void close_again() { close(); }

    static Courses courses();

  protected:
    // A member that may say everything, with a few people; and a chain that goes on without it.
    void SetUp() override {
        become_member();
        admit();
        world.delegate(mine.sign, AdminRole::admin);
        catch_up();
        const auto add = [&](const char* login, Role role) {
            NewPerson person;
            person.login = login;
            person.accounts = {{login, "local", 1000}};
            person.role = role;
            return store->add_person(std::move(person), by).value();
        };
        const PersonId first = add("first", Role::administrator);
        const PersonId second = add("second", Role::administrator);
        somebody = add("somebody", Role::none);
        place_outbox();
        by = {first, "tty1", second};
        const auto desk = test::make_key();
        world.delegate(desk, AdminRole::helpdesk);
        for (std::size_t i = 0; i < kSuspensions; ++i) {
            const Verified said = say_suspended(desk, i, id_of<PersonId>(4));
            ASSERT_TRUE(world.place(said));
            suspensions.push_back(said.statement.id);
        }
        catch_up();
        ASSERT_EQ(beat(world.links.size(), clock.at.wall).value(), Heard::taken);
        close();
        fs::copy(directory.path(), before.path(), fs::copy_options::recursive);

        // What is to come: people whom this terminal itself enrolled, in a life that is taken back; and denials.
        open();
        std::vector<std::pair<SignedStatement, FleetStore::Outgoing>> made;
        for (int i = 0; i < kComing; ++i) (void)add_person("coming" + std::to_string(i));
        for (const Hash& hash : fleet().unsent()) {
            auto out = fleet().outgoing(hash);
            ASSERT_TRUE(out) << out.error();
            made.emplace_back(*decode_tlv<SignedStatement>(out->statement), std::move(*out));
        }
        close();
        for (std::size_t i = 0; i < kDenials; ++i) {
            denials.push_back(say_suspended(world.authority, 1000 + i, std::nullopt));
            ASSERT_TRUE(world.place(denials.back()));
            if (i % 4 != 0 || i / 4 >= made.size()) continue;
            brought.emplace(world.links.size(), made[i / 4].second);
            ASSERT_TRUE(world.place(made[i / 4].first));
        }
    }
    Verified say_suspended(const crypto::SigningKey& key, std::size_t card, std::optional<PersonId> who) {
        CardId id;
        id.bytes[0] = static_cast<std::uint8_t>(card);
        id.bytes[1] = static_cast<std::uint8_t>(card >> 8);
        return world.say(key, StatementType::suspend, id.bytes,
                         ActBody{Target::card, std::nullopt, DenyReason::none, {who, ""}});
    }

    // ---- what comes
    bool follow(std::size_t most) {
        for (std::size_t i = 0; i < most && fleet().facts().head.seq < world.links.size(); ++i) {
            const std::uint64_t index = fleet().facts().head.seq;
            if (const auto at = brought.find(index); at != brought.end()) {
                const FleetStore::Outgoing& one = at->second;
                for (const FleetStore::WrappedKey& key : one.keys)
                    if (!fleet().take_person_key(one.person, key.group, key.generation, key.sealed)) return false;
                if (one.blob && !fleet().take_blob(one.blob->first, one.blob->second)) return false;
            }
            if (!take(world.links[index])) return false;
        }
        return fleet().save().has_value();
    }
    [[nodiscard]] bool is_owed(const Hash& hash) {
        const auto kept = fleet().acknowledgements();
        return kept &&
               std::ranges::any_of(*kept, [&](const auto& one) { return one.denial == hash && !one.record.empty(); });
    }
    // ---- what goes
    [[nodiscard]] bool queued(StatementType type, ByteSpan subject) const {
        return std::ranges::any_of(
            queue, [&](const Statement& one) { return one.type == type && std::ranges::equal(one.subject, subject); });
    }
    [[nodiscard]] bool queued(const StatementId& id) const {
        return std::ranges::any_of(queue, [&](const Statement& one) { return one.id == id; });
    }
    static bool durable(const Result<Store::Denied>& denied) { return denied && denied->durable; }
    template <class T>
    static bool keep(const Result<T>& made, T& into) {
        into = made.value_or(T{});
        return made.has_value();
    }
    Result<StatementId> exempt(const PersonId& person) {
        return store->exempt(person, clock.at.wall + hours{24}, "plaster", by);
    }
    static CardKey key_of(const Thing& it) {
        CardKey made;
        for (std::size_t i = 0; i < 8; ++i) made.bytes[i] = static_cast<std::uint8_t>(it.n >> (8 * i));
        made.bytes[8] = 1;
        return made;
    }
    static CardId card_of(const Thing& it) {
        CardId made;
        std::copy_n(key_of(it).bytes.begin(), made.bytes.size(), made.bytes.begin());
        return made;
    }
    std::string policy_of(const Thing& it) const { return R"({"name":")" + it.name() + R"("})"; }
    std::uint32_t generation_of(const Thing& it) const { return 2 + static_cast<std::uint32_t>(it.place() / 4); }

    TemporaryDirectory before;
    PersonId somebody;
    std::vector<StatementId> suspensions;
    std::vector<Verified> denials;
    std::map<std::uint64_t, FleetStore::Outgoing> brought;  // with the link of this index
    std::vector<Statement> queue;                           // the outbox, as it was opened
};

FleetCrash::Courses FleetCrash::courses() {
    using Me = FleetCrash;
    using It = const Thing;
    return {
        {"chain",
         {{"save",
           [](Me& me, Thing& it) {
               const bool followed = me.follow(1 + it.n % 5);
               it.seq = me.fleet().facts().head.seq;
               return followed;
           },
           [](Me& me, It& it) { return me.fleet().facts().head.seq >= it.seq; }}}},
        {"denial",
         {{"hear",
           [](Me& me, Thing& it) {
               const auto heard = me.fleet().hear(bytes_of(me.denials[it.place()].sealed));
               it.hash = me.denials[it.place()].sealed.hash();
               return heard && heard->durable;
           },
           [](Me& me, It& it) {
               return me.fleet().hear(bytes_of(me.denials[it.place()].sealed))->news == News::known;
           }},
          {"acknowledge",
           [](Me& me, Thing& it) { return me.fleet().acknowledge(it.hash, AckOutcome::applied, 1).has_value(); },
           [](Me& me, It& it) { return me.is_owed(it.hash); }},
          {"taken", [](Me& me, Thing& it) { return me.fleet().acknowledged(it.hash).has_value(); },
           [](Me& me, It& it) { return !me.is_owed(it.hash); }}}},
        {"own denial",
         {{"suspend", [](Me& me, Thing& it) { return durable(me.store->suspend_card(card_of(it), me.by)); },
           [](Me& me, It& it) {
               return me.queued(StatementType::suspend, card_of(it).bytes) &&
                      !me.store->suspend_card(card_of(it), me.by)->changed;
           }},
          {"revoke",
           [](Me& me, Thing& it) { return durable(me.store->revoke_card(card_of(it), DenyReason::lost, me.by)); },
           [](Me& me, It& it) {
               return me.queued(StatementType::revoke, card_of(it).bytes) &&
                      !me.store->revoke_card(card_of(it), DenyReason::lost, me.by)->changed;
           }}}},
        {"person",
         {{"queue", [](Me& me, Thing& it) { return (it.person = me.add_person(it.name())).valid(); },
           [](Me& me, It& it) {
               return me.queued(StatementType::person, it.person.bytes) &&
                      me.queued(StatementType::account, it.person.bytes);
           }}}},
        {"grants",
         {{"code",
           [](Me& me, Thing& it) {
               return keep(
                   me.store->give_secret(
                       {me.somebody, SecretUse::code, me.clock.at.wall + hours{8}, it.name(), {1}, "forgotten"}, me.by),
                   it.given[0]);
           },
           [](Me& me, It& it) { return me.queued(it.given[0]); }},
          {"exemption", [](Me& me, Thing& it) { return keep(me.exempt(me.somebody), it.given[1]); },
           [](Me& me, It& it) { return me.queued(it.given[0]) && me.queued(it.given[1]); }},
          {"break-glass",
           [](Me& me, Thing& it) {
               return keep(me.store->allow_break_glass(
                               {me.somebody, me.mine.id, me.clock.at.wall + hours{1}, it.name(), {1}, "flood"}, me.by),
                           it.given[2]);
           },
           [](Me& me, It& it) { return me.queued(it.given[0]) && me.queued(it.given[2]); }},
          {"media",
           [](Me& me, Thing& it) {
               return keep(me.store->allow_media({1, 2, it.name(), Millis{0}, {}, *me.by.person, "photographs"}, me.by),
                           it.given[3]);
           },
           [](Me& me, It& it) { return std::ranges::all_of(it.given, [&](auto& id) { return me.queued(id); }); }},
          {"card",
           [](Me& me, Thing& it) {
               NewCard card = new_card(me.somebody, 1, "sixteen bytes ck");
               card.key = key_of(it);
               return me.store->add_card(std::move(card), me.by).has_value();
           },
           [](Me& me, It& it) {
               return std::ranges::any_of(me.queue, [&](const Statement& one) {
                   return one.type == StatementType::card && decode_tlv<CardBody>(one.body)->key == key_of(it);
               });
           }},
          {"policy",
           [](Me& me, Thing& it) { return me.store->load_policy(me.policy_of(it), std::nullopt, me.by).has_value(); },
           [](Me& me, It& it) {
               return std::ranges::any_of(me.queue, [&](const Statement& one) {
                   return one.type == StatementType::policy &&
                          decode_tlv<PolicyBody>(one.body)->json == me.policy_of(it);
               });
           }}}},
        {"hand over",
         {{"queue",
           [](Me& me, Thing& it) {
               const bool made = me.exempt(me.somebody).has_value();
               if (made) it.hash = me.fleet().waiting().back().hash;
               return made;
           },
           [](Me& me, It& it) { return std::ranges::count(me.fleet().unsent(), it.hash) == 1; }},
          {"stored",
           [](Me& me, Thing& it) { return me.fleet().submitted(it.hash, FleetStore::Submitted::stored).has_value(); },
           [](Me& me, It& it) {
               return me.fleet().waits(it.hash) && std::ranges::count(me.fleet().unsent(), it.hash) == 0;
           }},
          {"refused",
           [](Me& me, Thing& it) { return me.fleet().submitted(it.hash, FleetStore::Submitted::refused).has_value(); },
           [](Me& me, It& it) { return !me.fleet().waits(it.hash); }}}},
        {"confirmation",
         {{"queue",
           [](Me& me, Thing& it) {
               return me.fleet().confirm(me.suspensions[it.place() % kSuspensions], me.by).has_value();
           },
           [](Me& me, It& it) {
               return me.queued(StatementType::confirm, me.suspensions[it.place() % kSuspensions].bytes);
           }}}},
        {"extension",
         {{"queue",
           [](Me& me, Thing& it) {
               const hours length{1 + it.n % 72};
               const auto made = me.fleet().extend({ExtendScope::terminal, me.mine.id.bytes, length},
                                                   FleetStore::Carried::file, me.by);
               if (!made) return false;
               it.given[0] = made->id;
               it.at = made->until;
               return true;
           },
           [](Me& me, It& it) { return me.queued(it.given[0]); }},
          {"take",
           [](Me& me, Thing&) {
               return me.fleet()
                   .take_extension(me.fleet().outgoing(me.fleet().waiting().back().hash)->statement)
                   .has_value();
           },
           [](Me& me, It& it) { return me.fleet().facts().extended_until >= it.at; }}}},
        {"group key",
         {{"take", [](Me& me, Thing& it) { return me.give_group_key(me.mine.id, me.generation_of(it)).has_value(); },
           [](Me& me, It& it) {
               const auto generation = me.generation_of(it);
               const PersonId nobody{{9}};
               const auto wrapped = wrap_person_key(Bytes(32, static_cast<std::uint8_t>(generation)), me.world.ledger,
                                                    nobody, Bytes(32), me.rng);
               return me.fleet().take_person_key(nobody, me.mine.group, generation, *wrapped).has_value();
           }}}},
        {"event",
         {{"append",
           [](Me& me, Thing& it) {
               const auto seq = me.store->append(event(it.name()));
               it.seq = seq.value_or(0);
               return seq.has_value();
           },
           [](Me& me, It& it) {
               const auto rows = me.fleet().trail_after(it.seq - 1, 1);
               AuditFilter filter;
               filter.what = it.name();
               const auto found = me.store->audit(filter);
               return rows && rows->size() == 1 && found && found->size() == 1 && found->front().seq == it.seq;
           }}}},
        // Without it the next start would not know how old it is, and opens nothing.
        {"age",
         {{"keep", [](Me& me, Thing&) { return me.fleet().keep_age().has_value(); }, [](Me&, It&) { return true; }}}},
    };
}

TEST_F(FleetCrash, NothingHeardSavedSignedOrQueuedIsLostByAKill) {
    test::Killing<FleetCrash, Thing>(*this, courses(), 20261128).run();
}

}  // namespace
}  // namespace sekimori::daemon
