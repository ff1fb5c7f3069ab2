// SPDX-License-Identifier: Apache-2.0
// Every message of the schema: there and back, and every wrong way of writing it.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/protocol/samples.hpp"

namespace sekimori::wire::test {
namespace {

// One message, and one field of it at its place among the parts.
struct Spot {
    const MessageInfo& message;
    const FieldInfo& field;
    std::vector<Part> parts;
    std::size_t at{};
    [[nodiscard]] Bytes& value() { return parts[at].value; }
    [[nodiscard]] Result<Bytes> read() const { return message.read(put_together(message.type, parts)); }
    [[nodiscard]] ErrorCode code() const { return read() ? ErrorCode::internal : read().error().code; }
};
template <class Check>
void each_message(Check check) {
    for (const MessageInfo& message : messages()) {
        SCOPED_TRACE(testing::Message() << "message " << static_cast<unsigned>(message.type));
        check(message);
    }
}
template <class Check>
void each_field(Check check) {
    each_message([&](const MessageInfo& message) {
        for (const FieldInfo& field : message.fields) {
            SCOPED_TRACE(testing::Message() << "field " << field.tag);
            auto parts = parts_of(message.sample);
            const auto found = std::ranges::find(parts, field.tag, &Part::tag);
            ASSERT_NE(found, parts.end());
            const auto at = static_cast<std::size_t>(found - parts.begin());
            check(Spot{message, field, std::move(parts), at});
        }
    });
}

// A message that is new in the schema does not compile here until it is named, and fails below until it is in the list.
constexpr bool is_named(MessageType type) {
    switch (type) {
        case MessageType::hello:
        case MessageType::begin:
        case MessageType::answer:
        case MessageType::account:
        case MessageType::open_session:
        case MessageType::close_session:
        case MessageType::welcome:
        case MessageType::prompt:
        case MessageType::verdict:
        case MessageType::progress:
        case MessageType::command_done:
        case MessageType::worker_hello:
        case MessageType::worker_welcome:
        case MessageType::retire:
        case MessageType::readers:
        case MessageType::card_present:
        case MessageType::card_absent:
        case MessageType::identified:
        case MessageType::signed_challenge:
        case MessageType::card_data:
        case MessageType::card_failed:
        case MessageType::lite_s_answer:
        case MessageType::lite_s_confirmed:
        case MessageType::identify:
        case MessageType::sign_challenge:
        case MessageType::read_card:
        case MessageType::lite_s_challenge:
        case MessageType::lite_s_authenticate:
        case MessageType::release:
        case MessageType::scanners:
        case MessageType::armed:
        case MessageType::finger_retry:
        case MessageType::finger_matched:
        case MessageType::finger_no_match:
        case MessageType::finger_failed:
        case MessageType::enrol_stage:
        case MessageType::enrol_done:
        case MessageType::gallery_item:
        case MessageType::verify:
        case MessageType::enrol_finger:
        case MessageType::stop:
        case MessageType::session_facts:
        case MessageType::session_seen:
        case MessageType::locker_gone:
        case MessageType::session_removed:
        case MessageType::session_emptied:
        case MessageType::session_idle:
        case MessageType::machine_slept:
        case MessageType::watch_session:
        case MessageType::lock_session:
        case MessageType::end_session:
        case MessageType::forget_session:
        case MessageType::link_state:
        case MessageType::denial_heard:
        case MessageType::entry_came:
        case MessageType::blob_came:
        case MessageType::person_key_came:
        case MessageType::group_key_came:
        case MessageType::heartbeat_came:
        case MessageType::submit_done:
        case MessageType::ack_stored:
        case MessageType::ack_came:
        case MessageType::trail_stored:
        case MessageType::certificate_state:
        case MessageType::renewal_csr:
        case MessageType::renewal_request:
        case MessageType::receipt_fills:
        case MessageType::join_csr:
        case MessageType::join_answer:
        case MessageType::join_failed:
        case MessageType::fleet_state:
        case MessageType::submit_blob:
        case MessageType::submit_person_key:
        case MessageType::submit:
        case MessageType::acknowledge:
        case MessageType::watch_acks:
        case MessageType::trail_row:
        case MessageType::trail_head:
        case MessageType::join_start:
        case MessageType::join_request:
        case MessageType::join_done:
        case MessageType::fleet_left:
        case MessageType::media_sweep:
        case MessageType::media_plugged:
        case MessageType::media_gone:
        case MessageType::media_answer:
            return true;
    }
    return false;
}

TEST(WireSchema, TheListOfTheTestsIsComplete) {
    std::set<std::uint16_t> listed;
    for (const MessageInfo& message : messages()) listed.insert(static_cast<std::uint16_t>(message.type));
    EXPECT_EQ(listed.size(), messages().size()) << "a number is used twice";
    for (std::uint16_t number = 0; number < 1024; ++number)
        EXPECT_EQ(is_named(static_cast<MessageType>(number)), listed.contains(number)) << number;
}

TEST(WireSchema, TagsAreUniqueInAMessage) {
    each_message([](const MessageInfo& message) {
        std::set<unsigned> tags;
        for (const FieldInfo& field : message.fields) EXPECT_TRUE(tags.insert(field.tag & 0x7fffU).second);
    });
}

TEST(WireSchema, EveryMessageComesBackAsItWas) {
    each_message([](const MessageInfo& message) {
        ASSERT_FALSE(message.sample.empty()) << "it does not fit";
        EXPECT_TRUE(message.equals_sample(message.sample));
        EXPECT_EQ(type_of(message.sample).value_or(0), static_cast<std::uint16_t>(message.type));
        EXPECT_EQ(message.read(message.bare).value_or(Bytes{}), message.bare);
    });
}

// The one way in which less can be right: a list that ends earlier.
TEST(WireSchema, ACutMessageIsRefusedOrAShorterList) {
    each_message([](const MessageInfo& message) {
        const bool lists = std::ranges::any_of(message.fields, [](const auto& f) { return f.shape == Shape::list; });
        // Long blobs are cut in steps: between two bytes of one value nothing differs.
        const std::size_t step = message.sample.size() > 4096 ? 97 : 1;
        for (std::size_t size = 0; size < message.sample.size(); size += step) {
            const Bytes cut(message.sample.begin(), message.sample.begin() + static_cast<std::ptrdiff_t>(size));
            const auto read = message.read(cut);
            if (!read) continue;
            EXPECT_TRUE(lists) << "cut to " << size;
            EXPECT_EQ(*read, cut) << "cut to " << size;
        }
    });
}

TEST(WireSchema, ATrailingByteIsRefused) {
    each_message([](const MessageInfo& message) {
        Bytes longer = message.sample;
        longer.push_back(0);
        EXPECT_FALSE(message.read(longer));
    });
}

TEST(WireSchema, AnotherTypeIsRefused) {
    each_message([](const MessageInfo& message) {
        Bytes other = message.sample;
        other[2] ^= 0x80;
        const auto read = message.read(other);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, ErrorCode::malformed);
    });
}

TEST(WireSchema, AnUnknownFieldIsSkippedWhereverItStands) {
    each_message([](const MessageInfo& message) {
        const auto parts = parts_of(message.sample);
        for (const std::size_t at : {std::size_t{0}, parts.size() / 2, parts.size()}) {
            auto more = parts;
            more.insert(more.begin() + static_cast<std::ptrdiff_t>(at), {0x7000, {1, 2, 3}});
            EXPECT_TRUE(message.equals_sample(put_together(message.type, more)));
        }
    });
}

TEST(WireSchema, AnUnknownCriticalFieldIsRefused) {
    each_message([](const MessageInfo& message) {
        auto parts = parts_of(message.sample);
        parts.push_back({static_cast<std::uint16_t>(kCritical | 0x7000), {}});
        const auto read = message.read(put_together(message.type, parts));
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, ErrorCode::unsupported);
    });
}

TEST(WireSchema, AKnownFieldMayBeMarkedCritical) {
    each_field([](Spot spot) {
        spot.parts[spot.at].tag |= kCritical;
        EXPECT_TRUE(spot.read());
    });
}

TEST(WireSchema, AMissingFieldIsRefused) {
    each_field([](Spot spot) {
        if (spot.field.shape == Shape::list) return;
        spot.parts.erase(spot.parts.begin() + static_cast<std::ptrdiff_t>(spot.at));
        EXPECT_EQ(spot.code(), ErrorCode::malformed);
    });
}

TEST(WireSchema, ARepeatedFieldIsRefusedAndAListHasAnEnd) {
    each_field([](Spot spot) {
        const Part again = spot.parts[spot.at];
        const std::size_t size = put_together(spot.message.type, spot.parts).size();
        if (size + 4 + again.value.size() > kMaxMessage) return;  // refused for its size
        spot.parts.push_back(again);
        EXPECT_EQ(spot.code(), spot.field.shape == Shape::list ? ErrorCode::too_large : ErrorCode::malformed);
    });
}

TEST(WireSchema, AValueThatIsOneByteTooLongIsRefused) {
    each_field([](Spot spot) {
        spot.value().push_back('x');
        EXPECT_EQ(spot.code(), ErrorCode::malformed);
    });
}

TEST(WireSchema, AFixedValueThatIsOneByteTooShortIsRefused) {
    each_field([](Spot spot) {
        if (spot.field.shape != Shape::fixed) return;
        spot.value().pop_back();
        EXPECT_EQ(spot.code(), ErrorCode::malformed);
    });
}

TEST(WireSchema, AnEnumBeyondItsLastValueIsRefused) {
    each_field([](Spot spot) {
        if (spot.field.last == 0) return;
        ++spot.value().back();
        EXPECT_EQ(spot.code(), ErrorCode::malformed);
    });
}

TEST(WireSchema, ATextThatIsNoTextIsRefused) {
    each_field([](Spot spot) {
        if (spot.field.shape != Shape::text) return;
        for (const Bytes& wrong : {Bytes{'a', 0, 'b'}, Bytes{0xe9, 0x96}}) {
            spot.value() = wrong;
            EXPECT_EQ(spot.code(), ErrorCode::malformed);
        }
    });
}

TEST(WireSchema, NothingBeyondABoundIsWritten) {
    each_field([](const Spot& spot) {
        if (!spot.field.over) return;
        const auto encoded = spot.field.over();
        ASSERT_FALSE(encoded);
        EXPECT_EQ(encoded.error().code, ErrorCode::too_large);
    });
}

}  // namespace
}  // namespace sekimori::wire::test
