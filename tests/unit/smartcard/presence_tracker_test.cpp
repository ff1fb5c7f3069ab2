// SPDX-License-Identifier: Apache-2.0
#include "smartcard/pcsc/presence_tracker.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sekimori::smartcard::pcsc {
namespace {

ReaderState reader(const char* name, DWORD flags, DWORD counter) { return {name, flags | (counter << 16)}; }
ReaderState with_card(const char* name, DWORD counter) { return reader(name, SCARD_STATE_PRESENT, counter); }
ReaderState empty(const char* name, DWORD counter) { return reader(name, SCARD_STATE_EMPTY, counter); }

// "list:A,B +A/1 -A/2"
std::string text(const std::vector<PresenceEvent>& events) {
    std::string out;
    for (const PresenceEvent& event : events) {
        if (!out.empty()) out += ' ';
        if (const auto* list = std::get_if<wire::Readers>(&event)) {
            out += "list:";
            for (const wire::Reader& item : list->readers) out += item.name;
        } else if (const auto* present = std::get_if<wire::CardPresent>(&event)) {
            out += "+" + present->reader + "/" + std::to_string(present->counter);
        } else if (const auto* absent = std::get_if<wire::CardAbsent>(&event)) {
            out += "-" + absent->reader + "/" + std::to_string(absent->counter);
        }
    }
    return out;
}

TEST(PresenceTracker, TheFirstLookTellsEverything) {
    EXPECT_EQ(text(PresenceTracker().update({})), "list:");
    EXPECT_EQ(text(PresenceTracker().update({empty("A", 0), with_card("B", 7)})), "list:AB +B/7");
}

TEST(PresenceTracker, TellsChangesOnly) {
    PresenceTracker tracker;
    (void)tracker.update({empty("A", 0)});
    EXPECT_EQ(text(tracker.update({empty("A", 0)})), "");
    EXPECT_EQ(text(tracker.update({with_card("A", 1)})), "+A/1");
    EXPECT_EQ(text(tracker.update({with_card("A", 1)})), "");
    EXPECT_EQ(text(tracker.update({empty("A", 2)})), "-A/2");
}

TEST(PresenceTracker, PowerAndSharingAreNoNews) {
    PresenceTracker tracker;
    (void)tracker.update({with_card("A", 1)});
    EXPECT_EQ(text(tracker.update({reader("A", SCARD_STATE_PRESENT | SCARD_STATE_UNPOWERED, 1)})), "");
    EXPECT_EQ(text(tracker.update({reader("A", SCARD_STATE_PRESENT | SCARD_STATE_EXCLUSIVE, 1)})), "");
    EXPECT_EQ(text(tracker.update({reader("A", SCARD_STATE_PRESENT | SCARD_STATE_MUTE, 1)})), "");
}

TEST(PresenceTracker, ASwapBetweenTwoLooksShows) {
    PresenceTracker tracker;
    (void)tracker.update({with_card("A", 1)});
    EXPECT_EQ(text(tracker.update({with_card("A", 3)})), "-A/3 +A/3");
}

TEST(PresenceTracker, AReaderTakesItsCardWithIt) {
    PresenceTracker tracker;
    (void)tracker.update({with_card("A", 1), empty("B", 0)});
    EXPECT_EQ(text(tracker.update({empty("B", 0)})), "-A/1 list:B");
    EXPECT_EQ(text(tracker.update({})), "list:");
    EXPECT_EQ(text(tracker.update({with_card("A", 1)})), "list:A +A/1");
}

}  // namespace
}  // namespace sekimori::smartcard::pcsc
