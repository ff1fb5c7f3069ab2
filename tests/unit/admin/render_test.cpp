// SPDX-License-Identifier: Apache-2.0
#include "admin/render.hpp"

#include <gtest/gtest.h>

#include "admin/table.hpp"

namespace sekimori::admin {
namespace {

TEST(TableTest, AlignsByWidthOnTheTerminal) {
    Table table({"NAME", "STATE"});
    table.add({"山田 太郎", "active"});
    table.add({"Sato", "gone"});
    EXPECT_EQ(table.text(),
              "NAME       STATE\n"
              "山田 太郎  active\n"
              "Sato       gone\n");
}

TEST(TableTest, NoSpacesAtTheEndAndNoControlCharacters) {
    Table table({"A", "B"});
    table.add({"x\033[2J", ""});
    EXPECT_EQ(table.text(), "A     B\nx[2J\n");
    EXPECT_EQ(facts({{"Label", "v"}, {"L", ""}, {"Lo", "w"}}), "Label  v\nLo     w\n");
}

TEST(Render, Person) {
    const Json person = Json::parse(R"({"schema":1,"id":"00","login":"yamada","name":"山田","state":"active",
        "staff_number":"00123","section":"税務課",
        "accounts":["yamada","counter"],"cards":["c1"],"fingers":["left-thumb"],"locked_until":null})");
    const std::string text = render_person(person);
    EXPECT_NE(text.find("yamada, counter"), std::string::npos);
    EXPECT_EQ(text.find("Locked"), std::string::npos);
    EXPECT_NE(render_persons(Json{{"items", {person}}}).find("yamada  山田  00123      税務課   active"),
              std::string::npos)
        << render_persons(Json{{"items", {person}}});
}

TEST(Render, AReceiptSaysWhoIsMissingAndUntilWhen) {
    Json receipt = Json::parse(R"({"link":"up","queued":false,"terminals":1217,"confirmed":1214,"sessions_ended":1,
        "slowest_ms":812,"missing":[{"name":"w3"},{"name":"w9"},{"name":"annex"}],
        "refused_at_latest":"2026-04-02T00:12:44Z"})");
    EXPECT_EQ(render_receipt(receipt),
              "Dead on 1214 of 1217 terminals; slowest 0.8 s; 1 sessions ended.\n"
              "3 not reached; they refuse it from 2026-04-02 09:12:44 JST at the latest: w3, w9, annex\n");
    receipt["refused_at_latest"] = nullptr;
    receipt["link"] = "down";
    receipt["queued"] = true;
    const std::string text = render_receipt(receipt);
    EXPECT_NE(text.find("queued"), std::string::npos);
    EXPECT_NE(text.find("they may accept it until they are"), std::string::npos);
    receipt["missing"] = Json::array();
    receipt["queued"] = false;
    EXPECT_EQ(render_receipt(receipt), "Dead on 1214 of 1217 terminals; slowest 0.8 s; 1 sessions ended.\n");
    receipt["slowest_ms"] = nullptr;
    EXPECT_EQ(render_receipt(receipt), "Dead on 1214 of 1217 terminals; 1 sessions ended.\n") << "no time is invented";
}

TEST(Render, Cards) {
    const Json card = Json::parse(R"({"id":"c1","key":"0123456789abcdef0123","person":"yamada","type":"piv","slot":"9e",
        "strength":"certificate","state":"revoked","reason":"lost","expires_at":"2030-03-31T15:00:00Z"})");
    const std::string text = render_card(card);
    EXPECT_NE(text.find("piv 9e"), std::string::npos);
    EXPECT_NE(text.find("revoked (lost)"), std::string::npos);
    EXPECT_NE(text.find("2030-04-01 00:00:00 JST"), std::string::npos);
    const Json answer{{"schema", 1}, {"changed", false}, {"cards", Json::array({card})}};
    EXPECT_NE(render_changed_cards(answer).find("Nothing changed"), std::string::npos);
}

// An answer of another shape than expected is shown as far as it goes.
TEST(Render, SurvivesAnyShape) {
    for (const char* text : {"{}", R"({"items":7})", R"({"items":[1,null,[]]})", R"({"items":[{"login":{}}]})"}) {
        const Json json = Json::parse(text);
        EXPECT_FALSE(render_persons(json).empty());
        EXPECT_FALSE(render_cards(items_of(json)).empty());
        static_cast<void>(render_person(json));
        static_cast<void>(render_changed_cards(json));
    }
}

}  // namespace
}  // namespace sekimori::admin
