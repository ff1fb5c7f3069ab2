// SPDX-License-Identifier: Apache-2.0
// Killed at any moment of its work, again and again. What is done to one thing, step by step, is a course; of each step
// that was answered a pipe tells. After the kill the thing is as its last answered step left it, or as the one after
// would have: nothing that was answered is lost, and nothing is half.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace sekimori::test {

inline int kills() { return std::getenv("SEKIMORI_SOAK") != nullptr ? 1000 : 50; }
// Then the rig begins anew: a store of a thousand rounds would only be slower.
inline constexpr int kRoundsOfOne = 50;

// `Thing` has a number of its own, `n`, which no other thing of the same test has.
template <class Rig, class Thing>
struct Step {
    const char* what;
    bool (*take)(Rig&, Thing&);          // in the child; false: it failed, which no step may
    bool (*stands)(Rig&, const Thing&);  // afterwards: the thing is as this step left it, exactly
};
template <class Rig, class Thing>
struct Course {
    const char* name;
    std::vector<Step<Rig, Thing>> steps;
};

// Runs the courses in children of `rig` and kills them. The rig is
//     begin_anew()      in the parent, before the first round and each fiftieth after it
//     open_at_work()    in the child; false: it failed
//     open_again()      in the parent, after the kill; asserts whatever else is to hold
//     close_again()
template <class Rig, class Thing>
class Killing {
  public:
    using Courses = std::vector<Course<Rig, Thing>>;
    Killing(Rig& rig, Courses courses, std::uint32_t seed) : rig_(rig), courses_(std::move(courses)), seed_(seed) {}

    void run() {
        for (int number = 0; number < kills(); ++number) {
            if (number % kRoundsOfOne == 0) {
                all_.clear();
                rig_.begin_anew();
            }
            if (!testing::Test::HasFailure()) round(number);
            if (testing::Test::HasFailure()) return;
        }
        // What no child was ever answered the test has not looked at.
        EXPECT_EQ(never_answered(), "");
    }

  private:
    struct Told {
        std::uint16_t course{}, steps{};
        Thing thing{};
    };
    // Whole or not at all, also from a process that is killed.
    static_assert(std::is_trivially_copyable_v<Thing> && sizeof(Told) <= PIPE_BUF);

    void round(int number) {
        std::mt19937 random(seed_ + static_cast<std::uint32_t>(number));
        int ends[2];
        ASSERT_EQ(pipe(ends), 0);
        const pid_t child = fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(ends[0]);
            work(ends[1], number);
        }
        ::close(ends[1]);
        // Some steps are let through, then the blow falls at a random moment of the one after.
        const std::size_t wanted = random() % 12;
        std::vector<Told> told;
        Told one;
        while (told.size() < wanted && read(ends[0], &one, sizeof one) == sizeof one) told.push_back(one);
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 4000));
        kill(child, SIGKILL);
        while (read(ends[0], &one, sizeof one) == sizeof one) told.push_back(one);
        ::close(ends[0]);
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        std::string story = "round " + std::to_string(number) + ", seed " + std::to_string(seed_) + ":";
        for (const Told& each : told) {
            const auto& course = courses_[each.course];
            story.append(" ").append(course.name).append("/").append(course.steps[each.steps - 1].what);
            answered_.emplace(each.course, each.steps);
            all_[each.thing.n] = each;
        }
        SCOPED_TRACE(story);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
        rig_.open_again();
        if (testing::Test::HasFatalFailure()) return;
        for (auto& [n, each] : all_) look_at(each);
        rig_.close_again();
    }

    [[nodiscard]] std::string never_answered() const {
        std::string missing;
        for (std::uint16_t course = 0; course < courses_.size(); ++course)
            for (std::uint16_t step = 1; step <= courses_[course].steps.size(); ++step)
                if (!answered_.contains({course, step}))
                    missing.append(courses_[course].name)
                        .append("/")
                        .append(courses_[course].steps[step - 1U].what)
                        .append(" ");
        return missing;
    }

    [[noreturn]] void work(int pipe, int round) {
        if (!rig_.open_at_work()) _exit(3);
        std::mt19937 random(~(seed_ + static_cast<std::uint32_t>(round)));
        for (std::uint64_t number = 0;; ++number) {
            Told told;
            // Each course begins some round, so that none is always behind the blow.
            told.course = static_cast<std::uint16_t>((number == 0 ? static_cast<std::size_t>(round) : random()) %
                                                     courses_.size());
            told.thing.n = static_cast<std::uint64_t>(round) * 1000 + number;
            const auto& course = courses_[told.course];
            for (const auto& step : course.steps) {
                if (!step.take(rig_, told.thing)) {
                    std::cerr << "round " << round << ": " << course.name << "/" << step.what << " failed" << std::endl;
                    _exit(4);
                }
                ++told.steps;
                if (write(pipe, &told, sizeof told) != sizeof told) _exit(2);
            }
        }
    }

    void look_at(Told& told) {
        const auto& steps = courses_[told.course].steps;
        if (steps[told.steps - 1U].stands(rig_, told.thing)) return;
        const bool after = told.steps < steps.size() && steps[told.steps].stands(rig_, told.thing);
        EXPECT_TRUE(after) << courses_[told.course].name << " " << told.thing.n << ": neither as '"
                           << steps[told.steps - 1U].what << "', which was answered, left it, nor as the next would";
        if (after) ++told.steps;
    }

    Rig& rig_;
    Courses courses_;
    std::uint32_t seed_;
    std::map<std::uint64_t, Told> all_;
    std::set<std::pair<std::uint16_t, std::uint16_t>> answered_;
};

}  // namespace sekimori::test
