// SPDX-License-Identifier: Apache-2.0
// sekimori doctor, as it is typed.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/admin/fake_broker.hpp"

namespace sekimori::admin {
namespace {

using test::FakeBroker;
using test::run;

// A tree with one service; gone at its end.
class Root {
  public:
    explicit Root(const std::string& stack) {
        std::string path = std::filesystem::temp_directory_path() / "sekimori-root-XXXXXX";
        if (mkdtemp(path.data()) == nullptr) throw std::runtime_error(path);
        path_ = path;
        std::filesystem::create_directories(path_ / "etc/pam.d");
        std::ofstream(path_ / "etc/pam.d/sudo") << stack;
    }
    ~Root() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Root(const Root&) = delete;
    Root& operator=(const Root&) = delete;
    Root(Root&&) = delete;
    Root& operator=(Root&&) = delete;
    [[nodiscard]] std::string path() const { return path_; }

  private:
    std::filesystem::path path_;
};

constexpr const char* kGood = "auth required pam_sekimori.so\naccount required pam_sekimori.so\n";
constexpr const char* kBad =
    "auth sufficient pam_unix.so\nauth required pam_sekimori.so\naccount required pam_sekimori.so\n";

TEST(Doctor, AGoodTreeNeedsNoBrokerAndExitsWithZero) {
    const Root root(kGood);
    FakeBroker broker;
    const auto result = run(broker, {"doctor", "--root", root.path(), "--json"});
    EXPECT_EQ(result.exit, Exit::done) << result.out;
    EXPECT_TRUE(broker.calls.empty());
    const Json json = parse_json(result.out);
    EXPECT_EQ(number_at(json, "schema"), 1);
    ASSERT_FALSE(at(json, "checks").empty());
    for (const Json& check : at(json, "checks")) {
        EXPECT_EQ(check.size(), 6U);
        EXPECT_NE(text_at(check, "status"), "fail");
        EXPECT_FALSE(text_at(check, "id").empty());
    }
}

TEST(Doctor, AWayWithoutFactorsIsShownAndExitsWithOne) {
    const Root root(kBad);
    FakeBroker broker;
    const auto json = run(broker, {"doctor", "--root", root.path(), "--service", "sudo", "--json"});
    EXPECT_EQ(json.exit, Exit::refused);
    const Json first = at(parse_json(json.out), "checks").at(0);
    EXPECT_EQ(text_at(first, "id"), "pam.auth");
    EXPECT_EQ(text_at(first, "status"), "fail");
    EXPECT_EQ(text_at(first, "service"), "sudo");
    EXPECT_EQ(texts_at(first, "path").at(0), "/etc/pam.d/sudo:1 pam_unix.so → done (success)");
    EXPECT_FALSE(text_at(first, "message").empty());
    EXPECT_FALSE(text_at(first, "fix").empty());
    const auto human = run(broker, {"doctor", "--root", root.path()});
    EXPECT_EQ(human.exit, Exit::refused);
    EXPECT_NE(human.out.find("/etc/pam.d/sudo:1 pam_unix.so → done (success)"), std::string::npos);
}

TEST(Doctor, ADirectoryThatIsNotThereIsSaid) {
    FakeBroker broker;
    const auto result = run(broker, {"doctor", "--root", "/nowhere/at/all", "--json"});
    EXPECT_EQ(result.exit, Exit::refused);
    EXPECT_EQ(at(at(parse_json(result.out), "error"), "code"), "not_found");
}

TEST(Doctor, TheLabIsSaidInRedAndABrokerThatIsAwayIsAFinding) {
    FakeBroker broker;
    broker.answers = {std::string(R"({"schema":1,"lab":true,"key_protection":"host","readers":[],"scanners":[]})")};
    const auto lab = run(broker, {"doctor"});
    EXPECT_EQ(lab.out.find("\033[31mLAB: "), 0U);
    EXPECT_EQ(lab.exit, Exit::refused);
    const auto away = run(broker, {"doctor", "--json"});
    EXPECT_EQ(away.exit, Exit::refused);  // a finding, not a failure of the command
    EXPECT_NE(away.out.find("The broker does not answer"), std::string::npos);
}

}  // namespace
}  // namespace sekimori::admin
