// SPDX-License-Identifier: Apache-2.0
// A caller on the bus who does not use the command: whatever it sends, the broker stays up and says no.
#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>

#include "tests/integration/cli/lab.hpp"

namespace sekimori::cli_test {
namespace {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};
using Connection = std::unique_ptr<GDBusConnection, Freed<&g_object_unref>>;
using Descriptors = std::unique_ptr<GUnixFDList, Freed<&g_object_unref>>;
using Failure = std::unique_ptr<GError, Freed<&g_error_free>>;

class Hostile : public ::testing::Test {
  protected:
    void SetUp() override {
        const std::string address = "unix:path=" + lab.folder() + "/bus";
        bus.reset(g_dbus_connection_new_for_address_sync(
            address.c_str(),
            static_cast<GDBusConnectionFlags>(G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                              G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION),
            nullptr, nullptr, nullptr));
        ASSERT_TRUE(bus);
        broker = lab.pid_of("broker");
    }
    void TearDown() override {
        EXPECT_EQ(lab.sekimori({"status"}).code, 0);
        EXPECT_EQ(lab.pid_of("broker"), broker) << "the broker died of it";
    }
    // The name of the error, without its prefix; "" if there is none.
    std::string call(const char* method, GVariant* arguments, GUnixFDList* descriptors = nullptr) {
        GError* raw = nullptr;
        GVariant* answer = g_dbus_connection_call_with_unix_fd_list_sync(
            bus.get(), "org.sekimori.Broker", "/org/sekimori/Broker", "org.sekimori.Broker1", method, arguments,
            nullptr, G_DBUS_CALL_FLAGS_NONE, 10'000, descriptors, nullptr, nullptr, &raw);
        const Failure failure(raw);
        if (answer != nullptr) g_variant_unref(answer);
        if (!failure) return "";
        const std::unique_ptr<gchar, Freed<&g_free>> name(g_dbus_error_get_remote_error(failure.get()));
        const std::string text = name ? name.get() : failure->message;
        return text.substr(text.rfind('.') + 1);
    }

    Lab lab;
    Connection bus;
    pid_t broker{-1};
};

TEST_F(Hostile, ADescriptorThatDidNotComeAlong) {
    const Descriptors one(g_unix_fd_list_new());
    ASSERT_EQ(g_unix_fd_list_append(one.get(), STDERR_FILENO, nullptr), 0);
    for (const gint32 index : {1, 1'000'000, -1, -8, G_MININT32})
        for (GUnixFDList* list : {static_cast<GUnixFDList*>(nullptr), one.get()})
            EXPECT_EQ(call("CommandWithFile", g_variant_new("(ssh)", "backup", "{}", index), list), "invalid_argument")
                << index;
}

TEST_F(Hostile, AQuestionLargerThanAnyAnswerNeeds) {
    const std::string nested = "{\"a\":" + std::string(std::size_t{4} << 20, '[') + "}";
    EXPECT_EQ(call("Query", g_variant_new("(ss)", "status", nested.c_str())), "too_large");
    const std::string text(std::size_t{9} << 20, ' ');
    EXPECT_EQ(call("Command", g_variant_new("(ss)", "person.import", text.c_str())), "too_large");
    EXPECT_EQ(call("Query", g_variant_new("(ss)", "no.such.verb", "{}")), "invalid_argument");
}

}  // namespace
}  // namespace sekimori::cli_test
