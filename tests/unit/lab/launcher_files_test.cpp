// SPDX-License-Identifier: Apache-2.0
// Paths, quoting, and the files that a lab is made of.
#include <gio/gio.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/lab/launcher/plan.hpp"
#include "tests/lab/launcher/quote.hpp"
#include "tests/unit/lab/finger_folder.hpp"

namespace sekimori::lab::launcher {
namespace {

std::string content(const std::string& file) {
    std::ostringstream out;
    out << std::ifstream(file).rdbuf();
    return out.str();
}

mode_t mode_of(const std::string& path) {
    struct stat info {};
    return stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

// What a shell makes of a value.
std::string through_shell(const std::string& quoted) {
    FILE* pipe = popen(("printf %s " + quoted).c_str(), "r");
    std::string out;
    for (int c = 0; (c = fgetc(pipe)) != EOF;) {
        out += static_cast<char>(c);
    }
    pclose(pipe);
    return out;
}

TEST(LauncherLayout, TakesAbsoluteFoldersOfUpTo70Bytes) {
    EXPECT_TRUE(Layout::at("/tmp/lab"));
    EXPECT_TRUE(Layout::at("/" + std::string(69, 'x')));
    for (const std::string& bad : {std::string(), std::string("lab"), std::string("./lab"), std::string("/"),
                                   std::string("/tmp/.."), "/" + std::string(70, 'x'), std::string("/tmp/a\nb")}) {
        const auto layout = Layout::at(bad);
        ASSERT_FALSE(layout) << bad;
        EXPECT_EQ(layout.error().code, ErrorCode::invalid_argument);
    }
}

TEST(LauncherLayout, NamesEveryFolderInOneWay) {
    EXPECT_EQ(Layout::at("/tmp//lab/./x/../")->folder(), "/tmp/lab");
    EXPECT_EQ(Layout::at("/tmp/lab")->finger_worker(), "/tmp/lab/workers/finger.sock");
}

TEST(LauncherLayout, EverySocketFitsItsAddress) {
    const auto layout = Layout::at("/" + std::string(69, 'x'));
    ASSERT_TRUE(layout);
    for (const std::string& path : {layout->bus(), layout->pcscd(), layout->card(1), layout->auth(),
                                    layout->finger_worker(), layout->scanner() + "/finger.sock"}) {
        EXPECT_LE(path.size(), 107U);
    }
}

TEST(LauncherQuote, AShellReadsBackTheValue) {
    for (const char* value : {"", "plain", "with blank", "it's", "$HOME `id` \"x\" \\", "''"}) {
        EXPECT_EQ(through_shell(shell_value(value)), value);
    }
}

TEST(LauncherQuote, PamTakesBracketsForBlanks) {
    EXPECT_EQ(pam_argument("socket=/tmp/a"), "socket=/tmp/a");
    EXPECT_EQ(pam_argument("socket=/tmp/a b]"), "[socket=/tmp/a b\\]]");
}

TEST(LauncherQuote, BusAddressesAreUnderstoodByGio) {
    for (const char* path : {"/tmp/plain-1.x", "/tmp/a b,c=d;e%20"}) {
        const std::string address = "unix:path=" + bus_address_value(path);
        EXPECT_NE(g_dbus_is_supported_address(address.c_str(), nullptr), FALSE) << address;
    }
    EXPECT_EQ(bus_address_value("/a b"), "/a%20b");
}

TEST(LauncherQuote, KeyFilesGiveBackTheValue) {
    for (const char* value : {"/tmp/plain", " leading", "back\\slash", "a;b"}) {
        GKeyFile* file = g_key_file_new();
        const std::string data = "[g]\nk=" + key_file_value(value) + "\n";
        ASSERT_NE(g_key_file_load_from_data(file, data.c_str(), data.size(), G_KEY_FILE_NONE, nullptr), FALSE);
        gchar* read = g_key_file_get_string(file, "g", "k", nullptr);
        EXPECT_STREQ(read, value);
        g_free(read);
        g_key_file_unref(file);
    }
}

TEST(LauncherQuote, XmlTextIsEscaped) { EXPECT_EQ(xml_text("a<b>&c"), "a&lt;b&gt;&amp;c"); }

class LauncherPrepare : public ::testing::Test {
  protected:
    Plan plan(const std::string& policy = "") const {
        Programs programs;
        programs.commands = "/opt/lab/bin";
        programs.pam_module = "/opt/lab/lib/pam_sekimori.so";
        return {*Layout::at((temporary_.path() / "lab").string()), programs, std::nullopt, policy};
    }

    TemporaryFolder temporary_;
};

TEST_F(LauncherPrepare, MakesANewFolderForItsOwnerAlone) {
    ASSERT_TRUE(claim_folder(plan()));
    EXPECT_EQ(mode_of(plan().layout.folder()), 0700U);
    ASSERT_TRUE(prepare(plan()));
    EXPECT_EQ(mode_of(plan().layout.state()), 0700U);
    EXPECT_EQ(mode_of(plan().layout.workers()), 0700U);
}

TEST_F(LauncherPrepare, RefusesFoldersThatOthersMayWrite) {
    ASSERT_TRUE(claim_folder(plan()));
    chmod(plan().layout.folder().c_str(), 0777);
    EXPECT_EQ(claim_folder(plan()).error().code, ErrorCode::refused);
    chmod(plan().layout.folder().c_str(), 0755);
    EXPECT_TRUE(claim_folder(plan()));
}

TEST_F(LauncherPrepare, RefusesWhatIsNoFolder) {
    std::ofstream(plan().layout.folder()) << "file";
    EXPECT_EQ(claim_folder(plan()).error().code, ErrorCode::refused);
}

TEST_F(LauncherPrepare, RefusesSomebodyElsesFolder) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "only root can make somebody else's folder";
    }
    ASSERT_TRUE(claim_folder(plan()));
    ASSERT_EQ(chown(plan().layout.folder().c_str(), 65534, 65534), 0);
    EXPECT_EQ(claim_folder(plan()).error().code, ErrorCode::refused);
}

TEST_F(LauncherPrepare, WritesTheConfiguration) {
    ASSERT_TRUE(claim_folder(plan()));
    ASSERT_TRUE(prepare(plan()));
    const std::string folder = plan().layout.folder();
    const std::string text = content(plan().layout.config());
    for (const std::string& line :
         {"state=" + folder + "/state\n", "run=" + folder + "\n", "workers=" + folder + "/workers\n",
          std::string("readers=Sekimori Lab Reader 00 00;Sekimori Lab Reader 01 00;\n"),
          std::string("enabled=true\n")}) {
        EXPECT_NE(text.find(line), std::string::npos) << line << text;
    }
    EXPECT_EQ(text.find("[policy]"), std::string::npos);
    EXPECT_EQ(text.find("roots"), std::string::npos);
}

TEST_F(LauncherPrepare, WritesThreePhasesToFourStacks) {
    ASSERT_TRUE(claim_folder(plan()));
    ASSERT_TRUE(prepare(plan()));
    const std::string socket = " socket=" + plan().layout.auth() + "\n";
    const std::string module = " required /opt/lab/lib/pam_sekimori.so intent=";
    for (const auto& [name, intent] : {std::pair{"login", "login"}, std::pair{"sudo", "elevate"},
                                       std::pair{"unlock", "unlock"}, std::pair{"gate", "boot"}}) {
        const std::string rest = module + intent + socket;
        EXPECT_EQ(content(plan().layout.pam() + "/" + name), "auth" + rest + "account" + rest + "session" + rest);
    }
}

TEST_F(LauncherPrepare, TheEnvironmentIsShell) {
    ASSERT_TRUE(claim_folder(plan()));
    ASSERT_TRUE(prepare(plan()));
    const std::string text = content(plan().layout.environment());
    EXPECT_NE(text.find("DBUS_SYSTEM_BUS_ADDRESS='unix:path=" + plan().layout.bus() + "'\n"), std::string::npos);
    EXPECT_NE(text.find("PATH='/opt/lab/bin:"), std::string::npos);
    EXPECT_EQ(text.find("LD_PRELOAD"), std::string::npos);
    EXPECT_EQ(std::system(("set -eu; . " + plan().layout.environment() + "; test -n \"$SEKIMORI_LAB_DIR\"").c_str()),
              0);
}

TEST_F(LauncherPrepare, CopiesThePolicyAndForgetsItAgain) {
    const std::string file = (temporary_.path() / "policy.json").string();
    std::ofstream(file) << "{}";
    ASSERT_TRUE(claim_folder(plan()));
    ASSERT_TRUE(prepare(plan(file)));
    EXPECT_EQ(content(plan().layout.policy()), "{}");
    EXPECT_NE(content(plan().layout.config()).find("seed=" + plan().layout.policy()), std::string::npos);
    ASSERT_TRUE(prepare(plan()));
    EXPECT_FALSE(std::filesystem::exists(plan().layout.policy()));
    EXPECT_FALSE(prepare(plan(file + ".missing")));
}

TEST_F(LauncherPrepare, KeepsTheState) {
    ASSERT_TRUE(claim_folder(plan()));
    ASSERT_TRUE(prepare(plan()));
    std::ofstream(plan().layout.state() + "/ledger") << "kept";
    ASSERT_TRUE(claim_folder(plan()));
    ASSERT_TRUE(prepare(plan()));
    EXPECT_EQ(content(plan().layout.state() + "/ledger"), "kept");
}

TEST(LauncherAccounts, AreThreeDifferentOnesWithoutRoot) {
    for (const char* bad : {"", "nobody", "nobody:daemon", "nobody:daemon:daemon", "root:nobody:daemon", "a:b:c:d",
                            "nobody:daemon:no-such-account"}) {
        EXPECT_FALSE(parse_accounts(bad)) << bad;
    }
    const auto accounts = parse_accounts("nobody:daemon:bin");
    ASSERT_TRUE(accounts) << accounts.error().message;
    EXPECT_EQ(accounts->broker.uid, 65534U);
    EXPECT_EQ(accounts->card.uid, 1U);
    EXPECT_EQ(accounts->finger.uid, 2U);
}

}  // namespace
}  // namespace sekimori::lab::launcher
