// SPDX-License-Identifier: Apache-2.0
// Lines, words, controls, and which file a service gets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "admin/doctor/pam_control.hpp"
#include "admin/doctor/pam_lines.hpp"
#include "admin/doctor/pam_modules.hpp"
#include "admin/doctor/pam_stack.hpp"

namespace sekimori::doctor::test {
namespace {

using testing::ElementsAre;
using Kind = Action::Kind;

std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    PamWords reader(line);
    while (auto word = reader.next()) words.push_back(*word);
    return words;
}

TEST(PamLines, RemarksContinuationsAndNumbers) {
    PamLines lines("# one\n\n  auth a\\\n  b # c\n\taccount x\n");
    EXPECT_EQ(words_of(lines.next().value()), (std::vector<std::string>{"auth", "a", "b"}));
    EXPECT_EQ(lines.number(), 3U);
    EXPECT_EQ(words_of(lines.next().value()), (std::vector<std::string>{"account", "x"}));
    EXPECT_EQ(lines.number(), 5U);
    EXPECT_FALSE(lines.next().has_value());
    EXPECT_EQ(lines.end(), PamLines::End::file);
}

TEST(PamLines, AFileThatEndsInABackslashIsGivenUp) {
    PamLines lines("auth a \\");
    EXPECT_FALSE(lines.next().has_value());
    EXPECT_EQ(lines.end(), PamLines::End::broken);
}

TEST(PamWords, BracketsAreOneWord) {
    EXPECT_THAT(words_of("auth [a=b  c=d] x [e \\] f]g [h"), ElementsAre("auth", "a=b  c=d", "x", "e ] f", "g", "h"));
    EXPECT_THAT(words_of(" \t\n"), ElementsAre());
}

Action at(const Control& control, Code code) { return control.actions[static_cast<std::size_t>(code)]; }

TEST(PamControl, TheFourWords) {
    EXPECT_EQ(at(control_of("required"), Code::auth_err).kind, Kind::bad);
    EXPECT_EQ(at(control_of("REQUISITE"), Code::module_unknown).kind, Kind::die);
    EXPECT_EQ(at(control_of("required"), Code::ignore).kind, Kind::ignore);
    EXPECT_EQ(at(control_of("sufficient"), Code::success).kind, Kind::done);
    EXPECT_EQ(at(control_of("optional"), Code::new_authtok_reqd).kind, Kind::ok);
}

TEST(PamControl, PairsDefaultsAndJumps) {
    const Control control = control_of("success=3 default=die ignore = reset");
    EXPECT_EQ(at(control, Code::success), (Action{Kind::jump, 3}));
    EXPECT_EQ(at(control, Code::maxtries).kind, Kind::die);
    EXPECT_EQ(at(control, Code::ignore).kind, Kind::reset);
    EXPECT_EQ(at(control_of("success=ok"), Code::auth_err).kind, Kind::bad);
}

TEST(PamControl, WhatIsNotUnderstoodDenies) {
    for (const char* word :
         {"success", "success=", "success=0", "sucess=ok", "success=okay", "success=ok,default=die", "="}) {
        const Control control = control_of(word);
        EXPECT_EQ(control.fault, ControlFault::syntax) << word;
        EXPECT_EQ(at(control, Code::success).kind, Kind::bad) << word;
    }
    EXPECT_EQ(control_of("success=4294967295").fault, ControlFault::undefined);
}

std::vector<std::string> modules_of(const Service& service, Phase phase) {
    std::vector<std::string> modules;
    for (const Handler& handler : service.of(phase).chain) modules.push_back(handler.module);
    return modules;
}

// MemoryTree can't be moved.
#define TREE(name, ...) \
    MemoryTree name;    \
    name.files = std::map<std::string, std::string> { __VA_ARGS__ }

TEST(PamService, EtcWinsOverUsrLibAndOtherFillsThePhases) {
    TREE(tree, {"/etc/pam.d/a", "auth required e.so\n"},
         {"/usr/lib/pam.d/a", "auth required u.so\naccount required u.so\n"},
         {"/usr/lib/pam.d/b", "auth required ub.so\n"}, {"/etc/pam.d/other", "account required o.so\n"});
    const Service a = load_service(tree, "A");
    EXPECT_THAT(modules_of(a, Phase::auth), ElementsAre("e.so"));
    EXPECT_THAT(modules_of(a, Phase::account), ElementsAre("o.so"));
    EXPECT_TRUE(a.of(Phase::account).from_other);
    EXPECT_THAT(modules_of(load_service(tree, "b"), Phase::auth), ElementsAre("ub.so"));
    EXPECT_THAT(modules_of(load_service(tree, "unlisted"), Phase::account), ElementsAre("o.so"));
    EXPECT_THAT(services_of(tree), ElementsAre("a", "b", "other"));
}

TEST(PamService, DebianLooksForIncludesBelowEtcAlone) {
    TREE(tree, {"/etc/pam.d/a", "auth include part\nauth required last.so\n"},
         {"/usr/lib/pam.d/part", "auth required p.so\n"});
    const Service service = load_service(tree, "a");
    EXPECT_THAT(modules_of(service, Phase::auth), ElementsAre("", "last.so"));
    EXPECT_EQ(service.of(Phase::auth).chain[0].kind, Handler::Kind::must_fail);
    ASSERT_EQ(service.defects.size(), 1U);
    EXPECT_EQ(service.defects[0].kind, Defect::Kind::include);
}

TEST(PamService, AnIncludeOfAllPhasesThatIsMissingShutsTheService) {
    TREE(tree, {"/etc/pam.d/a", "auth required x.so\n@include part\n"});
    EXPECT_TRUE(load_service(tree, "a").refused);
}

TEST(PamService, AnIncludeTakesItsOwnPhaseAndASubstackItsOwnLevel) {
    TREE(tree, {"/etc/pam.d/a", "auth substack part\naccount include part\n"},
         {"/etc/pam.d/part", "auth required 1.so\naccount required 2.so\n@include deep\n"},
         {"/etc/pam.d/deep", "auth optional 3.so\n"});
    const Service service = load_service(tree, "a");
    EXPECT_THAT(modules_of(service, Phase::auth), ElementsAre("part", "1.so", "3.so"));
    EXPECT_EQ(service.of(Phase::auth).chain[2].level, 1);
    EXPECT_EQ(service.of(Phase::auth).chain[2].place, (Place{"/etc/pam.d/deep", 1}));
    EXPECT_THAT(modules_of(service, Phase::account), ElementsAre("2.so"));
}

TEST(PamService, AFileThatIncludesItselfProvesNothing) {
    TREE(tree, {"/etc/pam.d/a", "auth include a\n"});
    const Service service = load_service(tree, "a");
    EXPECT_TRUE(std::any_of(service.defects.begin(), service.defects.end(),
                            [](const Defect& defect) { return defect.kind == Defect::Kind::undefined; }));
}

TEST(PamService, PamConfIsReadWhereThereIsNoDirectory) {
    const char* conf = "login auth required l.so\nOTHER auth required o.so\nsu auth required s.so\n";
    TREE(tree, {"/etc/pam.conf", conf});
    EXPECT_THAT(modules_of(load_service(tree, "login"), Phase::auth), ElementsAre("l.so"));
    EXPECT_THAT(modules_of(load_service(tree, "ftp"), Phase::auth), ElementsAre("o.so"));
    EXPECT_THAT(services_of(tree), ElementsAre("login", "other", "su"));
    TREE(both, {"/etc/pam.conf", conf}, {"/etc/pam.d/login", ""});
    EXPECT_THAT(modules_of(load_service(both, "login"), Phase::auth), ElementsAre());
}

TEST(PamService, LeftoversAndCapitalsAreNoServices) {
    TREE(tree, {"/etc/pam.d/a.dpkg-old", "x"}, {"/etc/pam.d/a~", "x"}, {"/etc/pam.d/A", "x"}, {"/etc/pam.d/a", "x"});
    EXPECT_THAT(services_of(tree), ElementsAre("a"));
}

TEST(PamModules, OursIsOursOnlyWhereModulesLie) {
    Handler handler;
    for (const char* name : {"pam_sekimori.so", "/lib/x86_64-linux-gnu/security/pam_sekimori.so",
                             "$ISA/pam_sekimori.so", "/usr/lib/security/pam_sekimori.so"}) {
        handler.module = name;
        EXPECT_EQ(ours(handler), Ours::factors) << name;
    }
    for (const char* name :
         {"/opt/pam_sekimori.so", "/lib/x/../security/pam_sekimori.so", "./pam_sekimori.so", "pam_sekimori"}) {
        handler.module = name;
        EXPECT_EQ(ours(handler), Ours::no) << name;
    }
    handler.module = "pam_sekimori.so";
    handler.arguments = {"intent=login", "observe"};
    EXPECT_EQ(ours(handler), Ours::trial);
    handler.arguments = {"socket=/run/sekimori/auth.sock", "socket=/tmp/x"};
    EXPECT_EQ(ours(handler), Ours::other_socket);
}

TEST(PamModules, AnUnknownModuleMayReturnAnythingAndOneThatIsNotThereNothingElse) {
    TREE(tree, {"/usr/lib/aarch64-linux-gnu/security/pam_unix.so", ""});
    const ModuleFiles files = module_files(tree);
    Handler handler;
    handler.module = "pam_strange.so";
    EXPECT_EQ(possible_codes(tree, files, handler, Phase::auth).count(), 1U);
    EXPECT_EQ(possible_codes(tree, {}, handler, Phase::auth).count(), kCodes - 1);
    handler.module = "pam_unix.so";
    EXPECT_FALSE(possible_codes(tree, files, handler, Phase::auth).test(static_cast<std::size_t>(Code::ignore)));
    EXPECT_TRUE(
        possible_codes(tree, files, handler, Phase::account).test(static_cast<std::size_t>(Code::new_authtok_reqd)));
}

}  // namespace
}  // namespace sekimori::doctor::test
