// SPDX-License-Identifier: Apache-2.0
#include "core/event_kind.hpp"

#include <gtest/gtest.h>

#include "core/session.hpp"

namespace sekimori {
namespace {

TEST(EventKind, OfWholeNamesAndGroups) {
    for (const char* what : {"login", "unlock", "elevate", "boot", "application", "administer"})
        EXPECT_EQ(kind_of_event(what), EventKind::attempt) << what;
    EXPECT_EQ(kind_of_event("trial"), EventKind::trial);
    EXPECT_EQ(kind_of_event("break-glass.use"), EventKind::bypass);
    EXPECT_EQ(kind_of_event("card.confirm"), EventKind::other);
    EXPECT_EQ(kind_of_event("break-glass.issue.second"), EventKind::other);
    EXPECT_EQ(kind_of_event("audit.checkpoint"), EventKind::trail);
    EXPECT_EQ(kind_of_event(name_of(session::Note::card_left)), EventKind::session);
    EXPECT_EQ(kind_of_event(""), EventKind::other);
}

// Proving to be an administrator is no use of an account.
TEST(EventKind, Uses) {
    for (const char* what : {"login", "boot", "break-glass.use"}) EXPECT_TRUE(is_use(what)) << what;
    for (const char* what : {"administer", "trial", "break-glass.issue", ""}) EXPECT_FALSE(is_use(what)) << what;
}

}  // namespace
}  // namespace sekimori
