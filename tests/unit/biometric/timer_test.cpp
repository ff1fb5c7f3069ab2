// SPDX-License-Identifier: Apache-2.0
#include "biometric/worker/timer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sekimori::biometric {
namespace {

TEST(Timer, FiresWhenDueAndUntilItIsMoved) {
    int fired = 0;
    Timer timer(Timer::Manners::prompt, [&] { ++fired; });
    EXPECT_EQ(g_main_context_iteration(nullptr, FALSE), FALSE);
    const Millis at = monotonic_now() + Millis{5};
    timer.set(at);
    while (fired == 0) g_main_context_iteration(nullptr, TRUE);
    EXPECT_GE(monotonic_now(), at);
    g_main_context_iteration(nullptr, TRUE);
    EXPECT_EQ(fired, 2);
    timer.set(std::nullopt);
    EXPECT_EQ(g_main_context_iteration(nullptr, FALSE), FALSE);
    EXPECT_EQ(fired, 2);
}

// A chain of things that are each ready at the next turn: the patient one lets all of them pass.
TEST(Timer, ThePatientOneComesLast) {
    std::string order;
    Timer patient(Timer::Manners::patient, [&] {
        order += 'p';
        patient.set(std::nullopt);
    });
    Timer prompt(Timer::Manners::prompt, [&] {
        order += 'n';
        if (order.size() >= 5) prompt.set(std::nullopt);
    });
    patient.set(monotonic_now());
    prompt.set(monotonic_now());
    while (order.find('p') == std::string::npos) g_main_context_iteration(nullptr, TRUE);
    EXPECT_EQ(order, "nnnnnp");
}

}  // namespace
}  // namespace sekimori::biometric
