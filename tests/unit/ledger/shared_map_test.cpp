// SPDX-License-Identifier: Apache-2.0
// An ordered map, whatever is done to it and to its copies.
#include "ledger/shared_map.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "ledger/shared_list.hpp"

namespace sekimori::test {
namespace {

using Model = std::map<int, std::string>;
using Shared = SharedMap<int, std::string>;

void expect_same(const Shared& shared, const Model& model) {
    ASSERT_EQ(shared.size(), model.size());
    ASSERT_EQ(shared.empty(), model.empty());
    auto at = shared.begin();
    for (const auto& [key, value] : model) {
        ASSERT_NE(at, shared.end());
        ASSERT_EQ(at->first, key);
        ASSERT_EQ(at->second, value);
        ++at;
    }
    ASSERT_EQ(at, shared.end());
    for (auto back = model.rbegin(); back != model.rend(); ++back) ASSERT_EQ((--at)->first, back->first);
}

TEST(SharedMap, IsAMapWhateverIsDoneToIt) {
    std::mt19937 random(7);
    Shared shared;
    Model model;
    std::vector<std::pair<Shared, Model>> copies;
    for (int step = 0; step < 20'000; ++step) {
        const int key = static_cast<int>(random() % 600);
        const std::string value = std::to_string(step);
        switch (random() % 8) {
            case 0:
            case 1:
                EXPECT_EQ(shared.emplace(key, value).second, model.emplace(key, value).second);
                break;
            case 2:
                EXPECT_EQ(shared.erase(key), model.erase(key));
                break;
            case 3:
                shared.insert_or_assign(key, value);
                model.insert_or_assign(key, value);
                break;
            case 4:
                shared[key] += "x";
                model[key] += "x";
                break;
            case 5: {
                std::string* const there = shared.edit(key);
                ASSERT_EQ(there != nullptr, model.contains(key));
                if (there != nullptr) *there = model[key] = value;
                break;
            }
            case 6: {
                const auto found = shared.lower_bound(key);
                const auto wanted = model.lower_bound(key);
                ASSERT_EQ(found == shared.end(), wanted == model.end());
                if (wanted != model.end()) EXPECT_EQ(found->first, wanted->first);
                EXPECT_EQ(shared.contains(key), model.contains(key));
                break;
            }
            default:
                if (step % 50 == 0) copies.emplace_back(shared, model);
        }
    }
    expect_same(shared, model);
    ASSERT_FALSE(copies.empty());
    for (const auto& [copy, then] : copies) expect_same(copy, then);  // none saw what came later
}

TEST(SharedMap, WhatIsEmptyHasNothing) {
    Shared shared;
    EXPECT_EQ(shared.begin(), shared.end());
    EXPECT_EQ(shared.find(1), shared.end());
    EXPECT_EQ(shared.edit(1), nullptr);
    EXPECT_EQ(shared.erase(1), 0U);
    EXPECT_THROW((void)shared.at(1), std::out_of_range);
    shared[1] = "x";
    EXPECT_EQ(shared.erase(1), 1U);
    EXPECT_EQ(shared.begin(), shared.end());
}

TEST(SharedMap, ACopySharesWhatNeitherChanges) {
    Shared shared;
    for (int key = 0; key < 1000; ++key) shared[key] = "x";
    const Shared copy = shared;
    EXPECT_EQ(&copy.at(0), &shared.at(0));
    EXPECT_EQ(&copy.at(999), &shared.at(999));
    *shared.edit(0) = "y";
    EXPECT_NE(&copy.at(0), &shared.at(0));
    EXPECT_EQ(copy.at(0), "x");
    EXPECT_EQ(&copy.at(999), &shared.at(999));
}

TEST(SharedSet, IsASet) {
    std::mt19937 random(11);
    SharedSet<int> shared;
    std::set<int> model;
    for (int step = 0; step < 5'000; ++step) {
        const int key = static_cast<int>(random() % 400);
        if (random() % 3 == 0)
            EXPECT_EQ(shared.erase(key), model.erase(key));
        else
            EXPECT_EQ(shared.insert(key), model.insert(key).second);
        EXPECT_EQ(shared.contains(key), model.contains(key));
    }
    EXPECT_TRUE(std::equal(shared.begin(), shared.end(), model.begin(), model.end()));
    const auto wanted = model.lower_bound(200);
    const auto found = shared.lower_bound(200);
    ASSERT_EQ(found == shared.end(), wanted == model.end());
    if (wanted != model.end()) EXPECT_EQ(*found, *wanted);
}

TEST(SharedList, GrowsWithoutItsCopies) {
    SharedList<int> list;
    std::vector<SharedList<int>> copies;
    for (int i = 0; i < 5'000; ++i) {
        if (i % 700 == 0) copies.push_back(list);
        list.push_back(i);
    }
    ASSERT_EQ(list.size(), 5'000U);
    EXPECT_EQ(list.back(), 4'999);
    for (std::size_t i = 0; i < list.size(); ++i) ASSERT_EQ(list[i], static_cast<int>(i));
    for (std::size_t i = 0; i < copies.size(); ++i) {
        ASSERT_EQ(copies[i].size(), i * 700);
        copies[i].push_back(-1);
        EXPECT_EQ(copies[i].back(), -1);
    }
    EXPECT_EQ(list[700], 700);
}

}  // namespace
}  // namespace sekimori::test
