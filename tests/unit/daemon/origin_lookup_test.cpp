// SPDX-License-Identifier: Apache-2.0
// The look-up of an origin on a bus of the test's own, with a logind that says what it is told, late or never.
#include "daemon/auth/origin_lookup.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace sekimori::daemon {
namespace {

constexpr const char* kLogin = "org.freedesktop.login1";
constexpr const char* kSystemd = "org.freedesktop.systemd1";
constexpr const char* kInterfaces = R"xml(<node>
<interface name="org.freedesktop.login1.Manager">
 <method name="GetSessionByPID"><arg type="u" direction="in"/><arg type="o" direction="out"/></method>
 <method name="ListSessions"><arg type="a(susso)" direction="out"/></method></interface>
<interface name="org.freedesktop.login1.Session">
 <property name="Id" type="s" access="read"/><property name="User" type="(uo)" access="read"/>
 <property name="Remote" type="b" access="read"/><property name="Active" type="b" access="read"/>
 <property name="Seat" type="(so)" access="read"/><property name="Type" type="s" access="read"/>
 <property name="Class" type="s" access="read"/><property name="TTY" type="s" access="read"/>
 <property name="Service" type="s" access="read"/></interface>
<interface name="org.freedesktop.systemd1.Manager">
 <method name="GetUnitByPID"><arg type="u" direction="in"/><arg type="o" direction="out"/></method></interface>
<interface name="org.freedesktop.systemd1.Unit"><property name="Id" type="s" access="read"/></interface>
</node>)xml";

// One session as logind would tell it.
struct Told {
    guint32 uid{1000};
    bool remote{false}, active{true};
    std::string seat{"seat0"}, type{"x11"}, of{"user"}, tty, service{"gdm-password"};
};

// A private bus, gone with the test.
class Bus {
  public:
    Bus() {
        std::string pattern = std::filesystem::temp_directory_path() / "sekimori-bus-XXXXXX";
        folder_ = mkdtemp(pattern.data());
        const std::string socket = folder_ + "/bus";
        std::ofstream(folder_ + "/bus.xml")
            << "<busconfig><listen>unix:path=" << socket << "</listen><policy context=\"default\"><allow user=\"*\"/>"
            << "<allow own=\"*\"/><allow send_destination=\"*\"/><allow receive_sender=\"*\"/></policy></busconfig>";
        int ready[2] = {-1, -1};
        EXPECT_EQ(pipe(ready), 0);
        pid_ = fork();
        if (pid_ == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            (void)close(ready[0]);
            const std::string config = "--config-file=" + folder_ + "/bus.xml";
            const std::string address = "--print-address=" + std::to_string(ready[1]);
            execlp("dbus-daemon", "dbus-daemon", "--nofork", "--nopidfile", config.c_str(), address.c_str(), nullptr);
            _exit(127);
        }
        (void)close(ready[1]);
        char byte = 0;
        EXPECT_EQ(read(ready[0], &byte, 1), 1) << "dbus-daemon does not start";
        (void)close(ready[0]);
        (void)setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + socket).c_str(), 1);
    }
    Bus(const Bus&) = delete;
    Bus& operator=(const Bus&) = delete;
    ~Bus() {
        if (pid_ > 0) {
            (void)kill(pid_, SIGTERM);
            (void)waitpid(pid_, nullptr, 0);
        }
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

  private:
    std::string folder_;
    pid_t pid_{-1};
};

class OriginLookupTest : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        bus = new Bus;
        connection = g_bus_get_sync(G_BUS_TYPE_SYSTEM, nullptr, nullptr);
        ASSERT_NE(connection, nullptr);
        // The bus ends before the test does.
        g_dbus_connection_set_exit_on_close(connection, FALSE);
    }
    static void TearDownTestSuite() {
        g_object_unref(connection);
        delete bus;
    }
    void SetUp() override {
        node = g_dbus_node_info_new_for_xml(kInterfaces, nullptr);
        ASSERT_NE(node, nullptr);
        offer("/org/freedesktop/login1", "org.freedesktop.login1.Manager");
        offer("/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager");
        offer("/unit", "org.freedesktop.systemd1.Unit");
    }
    void TearDown() override {
        for (const guint id : objects) g_dbus_connection_unregister_object(connection, id);
        for (GDBusMethodInvocation* call : unanswered)
            g_dbus_method_invocation_return_dbus_error(call, "test.Over", "over");
        if (logind) (void)name("ReleaseName", kLogin);
        (void)name("ReleaseName", kSystemd);
        g_dbus_node_info_unref(node);
    }
    void offer(const std::string& path, const char* interface) {
        static const GDBusInterfaceVTable table{on_call, on_property, nullptr, {}};
        objects.push_back(g_dbus_connection_register_object(connection, path.c_str(),
                                                            g_dbus_node_info_lookup_interface(node, interface), &table,
                                                            this, nullptr, nullptr));
    }
    void session(const std::string& path, Told told) {
        sessions[path] = std::move(told);
        offer(path, "org.freedesktop.login1.Session");
    }
    static bool name(const char* method, const char* which) {
        GVariant* arguments =
            std::string_view(method) == "RequestName" ? g_variant_new("(su)", which, 4U) : g_variant_new("(s)", which);
        const Variant reply(g_dbus_connection_call_sync(connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                                        "org.freedesktop.DBus", method, arguments, nullptr,
                                                        G_DBUS_CALL_FLAGS_NONE, -1, nullptr, nullptr));
        return reply != nullptr;
    }
    void start_logind() {
        logind = name("RequestName", kLogin);
        ASSERT_TRUE(logind && name("RequestName", kSystemd));
    }
    OriginFacts ask(uid_t uid = 1000) {
        std::optional<OriginFacts> found;
        const OriginLookup look_up(4242, uid, "", LabMode::off, [&](OriginFacts facts) { found = std::move(facts); });
        EXPECT_FALSE(found) << "the answer comes from the loop";
        while (!found) {
            g_main_context_iteration(nullptr, TRUE);
            ++turns;
        }
        return *found;
    }

    static void on_call(GDBusConnection*, const char*, const char*, const char*, const char* method, GVariant*,
                        GDBusMethodInvocation* call, gpointer data) noexcept {
        auto& test = *static_cast<OriginLookupTest*>(data);
        const std::string_view what(method);
        if (what == test.mute) return test.unanswered.push_back(call);
        if (what == "GetSessionByPID" && !test.of_pid.empty())
            return g_dbus_method_invocation_return_value(call, g_variant_new("(o)", test.of_pid.c_str()));
        if (what == "GetUnitByPID" && !test.unit.empty())
            return g_dbus_method_invocation_return_value(call, g_variant_new("(o)", "/unit"));
        if (what == "ListSessions") {
            GVariantBuilder list;
            g_variant_builder_init(&list, G_VARIANT_TYPE("a(susso)"));
            for (const auto& [path, told] : test.sessions)
                g_variant_builder_add(&list, "(susso)", "1", told.uid, "x", told.seat.c_str(), path.c_str());
            return g_dbus_method_invocation_return_value(call, g_variant_new("(a(susso))", &list));
        }
        g_dbus_method_invocation_return_dbus_error(call, "org.freedesktop.login1.NoSessionForPID", "none");
    }
    static GVariant* on_property(GDBusConnection*, const char*, const char* path, const char*, const char* property,
                                 GError**, gpointer data) noexcept {
        auto& test = *static_cast<OriginLookupTest*>(data);
        const std::string_view what(property);
        if (std::string_view(path) == "/unit") return g_variant_new_string(test.unit.c_str());
        const Told& told = test.sessions.at(path);
        if (what == "Id") return g_variant_new_string("c7");
        if (what == "User") return g_variant_new("(uo)", told.uid, "/org/freedesktop/login1/user");
        if (what == "Remote") return g_variant_new_boolean(told.remote ? TRUE : FALSE);
        if (what == "Active") return g_variant_new_boolean(told.active ? TRUE : FALSE);
        if (what == "Seat") return g_variant_new("(so)", told.seat.c_str(), "/");
        const std::string& text = what == "Type"    ? told.type
                                  : what == "Class" ? told.of
                                  : what == "TTY"   ? told.tty
                                                    : told.service;
        return g_variant_new_string(text.c_str());
    }

    inline static Bus* bus = nullptr;
    inline static GDBusConnection* connection = nullptr;
    GDBusNodeInfo* node{nullptr};
    std::vector<guint> objects;
    std::vector<GDBusMethodInvocation*> unanswered;
    std::map<std::string, Told> sessions;
    std::string of_pid, unit, mute;
    bool logind{false};
    int turns{0};
};

TEST_F(OriginLookupTest, WithoutLogindThereIsNone) {
    const OriginFacts facts = ask();
    EXPECT_EQ(facts.logind, Logind::absent);
    EXPECT_EQ(judge_origin(facts), Origin::remote);
}

TEST_F(OriginLookupTest, ASessionIsReadAsItIs) {
    start_logind();
    session("/s", {});
    of_pid = "/s";
    const OriginFacts facts = ask();
    ASSERT_TRUE(facts.session);
    EXPECT_EQ(facts.session->id, "c7");
    EXPECT_EQ(facts.session->uid, 1000U);
    EXPECT_EQ(facts.session->seat, "seat0");
    EXPECT_EQ(facts.session->attendance, SessionFacts::Attendance::seat);
    EXPECT_EQ(judge_origin(facts), Origin::local);
    sessions["/s"].active = false;
    EXPECT_EQ(judge_origin(ask()), Origin::remote);
    sessions["/s"].active = true;
    sessions["/s"].remote = true;
    EXPECT_EQ(judge_origin(ask()), Origin::remote);
}

TEST_F(OriginLookupTest, WithoutASeatALineCountsAndNothingElse) {
    start_logind();
    session("/s", {1000, false, true, "", "tty", "user", "ttyS0", "login"});
    of_pid = "/s";
    EXPECT_EQ(judge_origin(ask()), Origin::local) << "a serial console";
    sessions["/s"] = {1000, false, true, "", "tty", "user", "pts/3", "sshd"};
    EXPECT_EQ(judge_origin(ask()), Origin::remote) << "ssh through a tunnel";
    sessions["/s"] = {1000, false, true, "", "unspecified", "background", "", "cron"};
    EXPECT_EQ(judge_origin(ask()), Origin::remote);
    sessions["/s"] = {1000, false, true, "", "x11", "user", "", "xrdp-sesman"};
    EXPECT_EQ(judge_origin(ask()), Origin::remote);
}

TEST_F(OriginLookupTest, ASessionThatCannotBeReadIsRemote) {
    start_logind();
    of_pid = "/nothing/there";
    const OriginFacts facts = ask();
    ASSERT_TRUE(facts.session);
    EXPECT_EQ(judge_origin(facts), Origin::remote);
}

// sudo in a desktop's terminal: the sessions are those of the manager's user, not of the peer, which is root.
TEST_F(OriginLookupTest, UnderAManagerTheSessionsOfItsUserCount) {
    start_logind();
    unit = "user@1000.service";
    session("/mine", {});
    session("/roots", {0, false, true, "seat0", "tty", "user", "tty2", "login"});
    const OriginFacts facts = ask(0);
    ASSERT_EQ(facts.of_uid.size(), 1U);
    EXPECT_EQ(facts.of_uid[0].uid, 1000U);
    EXPECT_EQ(judge_origin(facts), Origin::local);
    sessions["/mine"].remote = true;
    EXPECT_EQ(judge_origin(ask(0)), Origin::remote) << "root's session at the console is somebody else's";
}

TEST_F(OriginLookupTest, RootsUnitIsNamed) {
    start_logind();
    unit = "getty@tty1.service";
    EXPECT_EQ(judge_origin(ask(0)), Origin::local);
    EXPECT_EQ(judge_origin(ask(1000)), Origin::remote);
    unit = "ssh.service";
    EXPECT_EQ(judge_origin(ask(0)), Origin::remote);
}

// A logind that hangs holds nobody up but whoever asks, and that one not for ever.
TEST_F(OriginLookupTest, ALogindThatDoesNotAnswerMeansRemoteAndTheLoopGoesOn) {
    start_logind();
    mute = "GetSessionByPID";
    unit = "getty@tty1.service";
    int beats = 0;
    std::function<void()> again;
    Source beat;
    again = [&] { beat = after(Millis{20}, [&] { ++beats, again(); }); };
    again();
    const OriginFacts facts = ask(1000);
    EXPECT_EQ(judge_origin(facts), Origin::remote);
    EXPECT_GT(beats, 5);
}

TEST_F(OriginLookupTest, WhoeverGoesAwayIsNotCalledBack) {
    start_logind();
    session("/s", {});
    of_pid = "/s";
    bool called = false;
    {
        const OriginLookup dropped(4242, 1000, "", LabMode::off, [&](const OriginFacts&) { called = true; });
        g_main_context_iteration(nullptr, TRUE);
    }
    (void)ask();  // answered after it, on the same connection
    EXPECT_FALSE(called);
}

}  // namespace
}  // namespace sekimori::daemon
