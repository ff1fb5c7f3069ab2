// SPDX-License-Identifier: Apache-2.0
#include "pam_module/texts.hpp"

#include <gtest/gtest.h>

namespace sekimori::pam {
namespace {

const Parameters kNone{};

// contract.md and the field's own words, to the letter.
TEST(Texts, TheAgreedOnes) {
    EXPECT_EQ(render(MessageId::tap_card, Language::en, kNone), "Tap or insert your staff card.");
    EXPECT_EQ(render(MessageId::place_finger, Language::en, kNone), "Now place a registered finger.");
    EXPECT_EQ(render(MessageId::enter_pin, Language::en, kNone), "PIN: ");
    EXPECT_EQ(render(MessageId::enter_pin, Language::ja, kNone), "暗証番号: ");
    EXPECT_EQ(render(MessageId::tap_card, Language::ja, kNone), "職員証をかざしてください。");
    EXPECT_EQ(render(MessageId::place_finger, Language::ja, kNone), "続けて、登録した指を置いてください。");
    EXPECT_EQ(render(MessageId::card_suspended, Language::ja, kNone),
              "このカードは利用停止中です。情報政策室へ連絡してください。");
    const Parameters three{.number = 3, .service = {}, .requester = {}, .items = {}};
    EXPECT_EQ(render(MessageId::no_match, Language::ja, three),
              "照合できませんでした(残り3回)。指を軽く拭いて、もう一度置いてください。");
    EXPECT_EQ(render(MessageId::no_match, Language::en, three),
              "No match (3 tries left). Wipe the finger lightly and try again.");
}

TEST(Texts, Parameters) {
    const Parameters sudo{.number = 0, .service = "sudo", .requester = "alice", .items = {}};
    EXPECT_EQ(render(MessageId::intent_notice, Language::en, sudo), "sudo was asked for by alice.");
    EXPECT_EQ(render(MessageId::intent_notice, Language::ja, sudo), "alice が sudo の認証を求めています。");
    EXPECT_EQ(render_tries(2, Language::en), "2 tries left on the card.");
}

TEST(Texts, AValueIsNotAPattern) {
    const Parameters odd{.number = 0, .service = "{requester}{", .requester = "x", .items = {}};
    EXPECT_EQ(render(MessageId::intent_notice, Language::en, odd), "{requester}{ was asked for by x.");
}

TEST(Texts, LastLoginInJapansTime) {
    // 2026-03-31T23:05:59Z
    const Parameters when{.number = 1774998359, .service = {}, .requester = "t12", .items = {}};
    EXPECT_EQ(render(MessageId::last_login, Language::en, when), "Last login: 2026-04-01 08:05 at t12.");
    const Parameters first{.number = 0, .service = {}, .requester = "t", .items = {}};
    EXPECT_EQ(render(MessageId::last_login, Language::en, first), "Last login: 1970-01-01 09:00 at t.");
}

TEST(Texts, UnknownIds) {
    for (const int id : {0, 19, 99, 999, 0xffff})
        EXPECT_EQ(render(static_cast<MessageId>(id), Language::en, kNone), std::nullopt) << id;
}

TEST(Texts, NobodyWritesToTheTerminal) {
    EXPECT_EQ(printable("sudo"), "sudo");
    EXPECT_EQ(printable("職員"), "職員");
    EXPECT_EQ(printable("a\x1b[2Jb\r\n\x7f"), "a?[2Jb???");
    EXPECT_EQ(printable("a\xc2\x9b"
                        "1mb"),
              "a?1mb");
    EXPECT_EQ(printable("a\xe2\x80\xae"
                        "b"),
              "a?b");
    EXPECT_EQ(printable("\xe2\x81\xa6x\xe2\x80\xa8"), "?x?");
    EXPECT_EQ(printable("\xe2\x80\x94\xc2\xa0"), "\xe2\x80\x94\xc2\xa0");
    EXPECT_EQ(printable("\xe2"), "\xe2");
}

}  // namespace
}  // namespace sekimori::pam
