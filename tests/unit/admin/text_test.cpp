// SPDX-License-Identifier: Apache-2.0
#include "admin/text.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace sekimori::admin {
namespace {

TEST(Text, ValuesTakeTheirPlaces) {
    EXPECT_EQ(fill("{n} of {m}", {{"n", "1"}, {"m", "2"}}), "1 of 2");
    EXPECT_EQ(fill("{n}{n}", {{"n", "{m}"}, {"m", "2"}}), "{m}{m}") << "a value is not looked into";
    EXPECT_EQ(fill("{x} {", {{"n", "1"}}), "{x} {");
    EXPECT_EQ(fill("", {}), "");
}

TEST(Text, EveryPromptHasOne) {
    wire::Prompt prompt;
    prompt.id = MessageId::no_match;
    prompt.number = 3;
    EXPECT_EQ(text_of(prompt), "No match (3 tries left). Wipe the finger lightly and try again.");
    prompt.id = MessageId::confirm_devices;
    prompt.items = {{"reader"}, {"scanner"}};
    EXPECT_NE(text_of(prompt).find("reader, scanner"), std::string::npos);
    EXPECT_EQ(text_of(MessageId::none), "");
    EXPECT_EQ(text_of(static_cast<MessageId>(9999)), text_of(MessageId::denied)) << "of a newer broker";
}

std::string content_of(const std::filesystem::path& file) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

// Joins what C++ and gettext write as several literals, and drops the quotes.
std::string joined(const std::string& literals) {
    std::string text;
    static const std::regex literal(R"re("((?:[^"\\]|\\.)*)")re");
    for (std::sregex_iterator it(literals.begin(), literals.end(), literal), end; it != end; ++it) text += (*it)[1];
    return text;
}

std::set<std::string> texts_in(const std::string& source, const char* pattern) {
    std::set<std::string> texts;
    const std::regex expression(pattern);
    for (std::sregex_iterator it(source.begin(), source.end(), expression), end; it != end; ++it)
        texts.insert(joined((*it)[1]));
    return texts;
}

// Every text of the command stands in both catalogues.
TEST(Text, CataloguesAreComplete) {
    std::set<std::string> used;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(SEKIMORI_ADMIN)) {
        if (entry.path().extension() != ".cpp") continue;
        const std::string source = content_of(entry.path());
        used.merge(texts_in(source, R"re(\b(?:tr|later)\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\))re"));
        // The first text of a failure, and its hint.
        used.merge(texts_in(source, R"re(\bmisuse\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)[,)])re"));
        used.merge(texts_in(source, R"re(\brefuse\(\s*"\w+",\s*((?:"(?:[^"\\]|\\.)*"\s*)+)[,)])re"));
    }
    used.erase("");
    EXPECT_GT(used.size(), 60U);
    for (const char* name : {"sekimori.pot", "ja.po"}) {
        const std::string catalogue = content_of(std::filesystem::path(SEKIMORI_PO) / name);
        const auto there = texts_in(catalogue, R"re((?:^|\n)msgid ((?:"(?:[^"\\]|\\.)*"\s*)+))re");
        for (const std::string& text : used) EXPECT_TRUE(there.contains(text)) << name << ": " << text;
    }
}

}  // namespace
}  // namespace sekimori::admin
