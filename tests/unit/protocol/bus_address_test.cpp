// SPDX-License-Identifier: Apache-2.0
// Bus addresses: every spelling of a path is the same path, and what is no path is refused.
#include "protocol/bus_address.hpp"

#include <gtest/gtest.h>

namespace sekimori {
namespace {

using Paths = std::vector<std::string>;

Paths paths(std::string_view address) { return bus_sockets(address).value_or(Paths{"refused"}); }

TEST(BusAddress, APath) {
    EXPECT_EQ(paths("unix:path=/tmp/lab/bus"), Paths{"/tmp/lab/bus"});
    EXPECT_EQ(paths("unix:path=/tmp/lab/bus,guid=0123456789abcdef0123456789abcdef"), Paths{"/tmp/lab/bus"});
    EXPECT_EQ(paths("unix:guid=01,path=/tmp/lab/bus"), Paths{"/tmp/lab/bus"});
}

TEST(BusAddress, EverySpellingIsTheSamePath) {
    for (const char* address :
         {"unix:path=%2frun/dbus/x", "unix:path=/run%2Fdbus/x", "unix:path=//run/dbus/x", "unix:path=///run//dbus/x",
          "unix:path=/./run/dbus/x", "unix:path=/tmp/../run/dbus/x", "unix:path=%2F%72un/dbus/%78"})
        EXPECT_EQ(paths(address), Paths{"/run/dbus/x"}) << address;
}

TEST(BusAddress, EscapesAreBytes) {
    EXPECT_EQ(paths("unix:path=/tmp/%e5%ba%81"), Paths{"/tmp/庁"});
    EXPECT_EQ(paths("unix:path=/tmp/a%3bb%2cc"), Paths{"/tmp/a;b,c"});
}

TEST(BusAddress, EveryAlternativeCounts) { EXPECT_EQ(paths("unix:path=/a;unix:path=/run/b"), (Paths{"/a", "/run/b"})); }

TEST(BusAddress, WhatIsNotPlainlyAPathIsRefused) {
    for (const char* address : {"",
                                ";",
                                "unix:path=/a;",
                                ";unix:path=/a",
                                "unix:",
                                "unix",
                                "unix:path",
                                "unix:path=",
                                "unix:path=a/b",
                                "unix:abstract=/a",
                                "unix:dir=/tmp",
                                "unix:tmpdir=/tmp",
                                "unix:runtime=yes",
                                "unix:path=/a,path=/b",
                                "unix:path=/a,abstract=b",
                                "UNIX:path=/a",
                                " unix:path=/a",
                                "tcp:host=localhost,port=1",
                                "autolaunch:",
                                "unixexec:path=/bin/true",
                                "launchd:env=X",
                                "systemd:",
                                "unix:path=/a%",
                                "unix:path=/a%2",
                                "unix:path=/a%zz",
                                "unix:path=/a%00b",
                                "unix:path=/a b",
                                "unix:path=/a=b",
                                "unix:path=/a:b",
                                "unix:path=/a\xc3\xa9",
                                "path=/a"})
        EXPECT_FALSE(bus_sockets(address)) << address;
    EXPECT_FALSE(bus_sockets("unix:path=/" + std::string(5000, 'a')));
}

}  // namespace
}  // namespace sekimori
