// SPDX-License-Identifier: Apache-2.0
// The enumeration against brute force: every combination of what the modules of a small stack may return.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "admin/doctor/pam_check.hpp"
#include "admin/doctor/pam_paths.hpp"
#include "tests/unit/admin/doctor/stack_maker.hpp"
#include "tests/unit/admin/doctor/trees.hpp"

namespace sekimori::doctor::test {
namespace {

const std::vector<Code> kSome{Code::success, Code::auth_err, Code::ignore, Code::new_authtok_reqd};

// Facts of the tests: the first module's success is one, the second's call another.
std::vector<ModuleView> views_of(const Chain& chain) {
    std::vector<ModuleView> views;
    for (const Handler& handler : chain) {
        ModuleView view;
        if (handler.kind == Handler::Kind::must_fail)
            view.codes.set(static_cast<std::size_t>(Code::perm_denied));
        else
            for (const Code code : kSome) view.codes.set(static_cast<std::size_t>(code));
        views.push_back(view);
    }
    if (!views.empty()) views.front().on_success.set(0);
    if (views.size() > 1) views[1].when_called.set(1);
    return views;
}

using Key = std::pair<bool, unsigned long>;

std::set<Key> by_force(const Chain& chain, const std::vector<ModuleView>& views) {
    std::set<Key> endings;
    std::size_t combinations = 1;
    for (std::size_t i = 0; i < chain.size(); ++i) combinations *= kSome.size();
    for (std::size_t number = 0; number < combinations; ++number) {
        const auto played = run(chain, [&](std::size_t at) {
            std::size_t rest = number;
            for (std::size_t i = 0; i < at; ++i) rest /= kSome.size();
            return kSome[rest % kSome.size()];
        });
        if (played.verdict != Code::success && played.verdict != Code::new_authtok_reqd) continue;
        Facts facts;
        for (std::size_t at = 0; at < chain.size(); ++at) {
            if (!played.returned[at]) continue;
            facts |= views[at].when_called;
            if (*played.returned[at] == Code::success) facts |= views[at].on_success;
        }
        endings.insert({played.verdict == Code::new_authtok_reqd, facts.to_ulong()});
    }
    return endings;
}

TEST(PamPaths, AreAllThereAreAndNoMore) {
    int examined = 0;
    for (std::uint32_t seed = 1; seed <= 3000; ++seed) {
        MemoryTree tree;
        for (auto& [name, content] : StackMaker(seed, "/etc/pam.d").files()) tree.files["/etc/pam.d/" + name] = content;
        const Service service = load_service(tree, "subject");
        for (const Phase phase : {Phase::auth, Phase::account}) {
            const Chain& chain = service.of(phase).chain;
            if (chain.size() < 2 || chain.size() > 6) continue;
            const auto views = views_of(chain);
            const Paths paths(chain, views);
            std::set<Key> found;
            for (const Ending& ending : paths.endings()) {
                found.insert({ending.new_password, ending.facts.to_ulong()});
                EXPECT_FALSE(paths.routes(ending, 2).empty());
            }
            ASSERT_EQ(found, by_force(chain, views)) << "seed " << seed;
            ++examined;
        }
    }
    EXPECT_GT(examined, 500);
}

// What a route says happens when its modules return what it says.
TEST(PamPaths, RoutesCanBePlayed) {
    for (std::uint32_t seed = 1; seed <= 500; ++seed) {
        MemoryTree tree;
        for (auto& [name, content] : StackMaker(seed, "/etc/pam.d").files()) tree.files["/etc/pam.d/" + name] = content;
        const Chain chain = load_service(tree, "subject").of(Phase::auth).chain;
        const auto views = views_of(chain);
        const Paths paths(chain, views);
        for (const Ending& ending : paths.endings())
            for (const Path& path : paths.routes(ending, 8)) {
                const auto played = run(chain, [&](std::size_t at) {
                    const auto step =
                        std::find_if(path.begin(), path.end(), [&](const PathStep& s) { return s.handler == at; });
                    EXPECT_NE(step, path.end());
                    return step == path.end() ? Code::abort : step->returned;
                });
                EXPECT_EQ(path.size(), static_cast<std::size_t>(std::count_if(
                                           played.returned.begin(), played.returned.end(),
                                           [](const std::optional<Code>& code) { return code.has_value(); })));
                EXPECT_EQ(played.verdict, ending.new_password ? Code::new_authtok_reqd : Code::success);
            }
    }
}

// 200 modules that may each be skipped or not: 2^200 ways, examined at once.
TEST(PamPaths, DoNotExplode) {
    std::string text;
    for (int i = 0; i < 200; ++i)
        text += "auth [success=1 ignore=2 new_authtok_reqd=ok default=ignore] pam_strange.so\n";
    MemoryTree tree;
    tree.files["/etc/pam.d/subject"] = text + "auth required pam_permit.so\n";
    const Chain chain = load_service(tree, "subject").of(Phase::auth).chain;
    const auto views = views_of(chain);
    const Paths paths(chain, views);
    EXPECT_TRUE(paths.complete());
    EXPECT_FALSE(paths.endings().empty());
    EXPECT_EQ(paths.routes(paths.endings().front(), 4).size(), 4U);
}

TEST(PamPaths, AnEmptyChainLetsNobodyIn) {
    const Chain chain;
    EXPECT_TRUE(Paths(chain, {}).endings().empty());
}

Checks check_one(const std::string& text, const std::string& service = "sudo") {
    MemoryTree tree;
    tree.files["/etc/pam.d/" + service] = text;
    return check_pam(tree, service);
}

TEST(PamCheck, ATrialIsCalledOne) {
    const auto fails =
        with_status(check_one("auth [default=ignore] pam_sekimori.so observe\nauth required pam_unix.so\n"
                              "account required pam_sekimori.so\n"),
                    Status::fail);
    ASSERT_FALSE(fails.empty());
    EXPECT_NE(fails.front().message.english.find("Not compliant (trial)"), std::string::npos);
}

TEST(PamCheck, RootMayComeFromRootThroughSuAndNowhereElse) {
    const std::string text =
        "auth sufficient pam_rootok.so\nauth required pam_sekimori.so\naccount required pam_sekimori.so\n";
    EXPECT_TRUE(with_status(check_one(text, "su"), Status::fail).empty());
    EXPECT_EQ(with_status(check_one(text, "su"), Status::warn).size(), 1U);
    EXPECT_EQ(with_status(check_one(text, "sshd"), Status::fail).size(), 1U);
}

TEST(PamCheck, AnExpiredPasswordThatEndsTheAccountPhaseIsAWarning) {
    const std::string auth = "auth required pam_sekimori.so\n";
    const std::string expiry = "account [success=ok new_authtok_reqd=done default=bad] pam_unix.so\n";
    EXPECT_EQ(with_status(check_one(auth + expiry + "account required pam_sekimori.so\n"), Status::warn).size(), 1U);
    EXPECT_TRUE(with_status(check_one(auth + "account requisite pam_sekimori.so\n" + expiry), Status::warn).empty());
}

TEST(PamCheck, AutologinIsRefusedByTheAccountPhaseOrFails) {
    const std::string auth = "auth required pam_permit.so\n";
    EXPECT_TRUE(
        with_status(check_one(auth + "account required pam_sekimori.so\n", "lightdm-autologin"), Status::fail).empty());
    EXPECT_EQ(
        with_status(check_one(auth + "account required pam_permit.so\n", "lightdm-autologin"), Status::fail).size(),
        2U);
}

TEST(PamCheck, ASessionWithoutACardIsAWarning) {
    const std::string in = "auth required pam_sekimori.so\naccount required pam_sekimori.so\n";
    EXPECT_EQ(with_status(check_one(in + "session optional pam_systemd.so\n", "login"), Status::warn).size(), 1U);
    EXPECT_EQ(
        with_status(check_one(in + "session required pam_sekimori.so\nsession optional pam_systemd.so\n", "login"),
                    Status::warn)
            .size(),
        1U);
    EXPECT_TRUE(
        with_status(check_one(in + "session optional pam_systemd.so\nsession required pam_sekimori.so\n", "login"),
                    Status::warn)
            .empty());
}

TEST(PamCheck, WithoutAnythingItFails) {
    const MemoryTree empty;
    EXPECT_EQ(with_status(check_pam(empty), Status::fail).size(), 1U);
}

}  // namespace
}  // namespace sekimori::doctor::test
