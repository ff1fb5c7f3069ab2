#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The checks themselves: each finds what it is there for, and nothing in a good file."""

import unittest

import ascii
import includes
import length
import paths
import spdx


class Includes(unittest.TestCase):
    def findings(self, name, *lines):
        return includes.check_file(name, "\n".join(lines) + "\n")

    def test_arrows_down_are_fine(self):
        self.assertEqual([], self.findings("daemon/main.cpp", "#include <gio/gio.h>", '#include "protocol/wire.hpp"'))
        self.assertEqual([], self.findings("protocol/wire.cpp", "#include <sys/socket.h>", '#include "core/ids.hpp"'))
        self.assertEqual([], self.findings("core/ids.hpp", "#include <vector>", "#include <tl/expected.hpp>"))

    def test_arrows_up_or_sideways_are_not(self):
        for name, header in (
            ("daemon/main.cpp", "smartcard/piv.hpp"),
            ("daemon/main.cpp", "biometric/port.hpp"),
            ("smartcard/worker.cpp", "daemon/store.hpp"),
            ("core/step.cpp", "protocol/wire.hpp"),
            ("protocol/wire.cpp", "daemon/main.hpp"),
            ("pam_module/module.cpp", "core/transaction.hpp"),
            ("pam_module/module.cpp", "protocol/config.hpp"),
            ("admin/main.cpp", "daemon/store.hpp"),
            ("tests/lab/cards/piv.cpp", "smartcard/tlv.hpp"),
            ("daemon/main.cpp", "tests/lab/bytes.hpp"),
            ("daemon/main.cpp", "../smartcard/piv.hpp"),
            ("daemon/main.cpp", "neighbour.hpp"),
        ):
            self.assertEqual(1, len(self.findings(name, f'#include "{header}"')), (name, header))

    def test_foreign_libraries(self):
        for name, header in (
            ("core/step.cpp", "unistd.h"),
            ("core/step.cpp", "openssl/evp.h"),
            ("protocol/wire.cpp", "glib.h"),
            ("smartcard/worker.cpp", "fprint.h"),
            ("biometric/worker.cpp", "winscard.h"),
            ("pam_module/module.cpp", "glib.h"),
            ("pam_module/module.cpp", "fmt/format.h"),
        ):
            self.assertEqual(1, len(self.findings(name, f"#include <{header}>")), (name, header))

    def test_odd_spellings(self):
        self.assertEqual(1, len(self.findings("daemon/x.cpp", '  #  include   "smartcard/piv.hpp"')))
        self.assertEqual(1, len(self.findings("daemon/x.cpp", "#include HEADER")))
        self.assertEqual(1, len(self.findings("nowhere/x.cpp", "")))

    def test_line_numbers(self):
        self.assertIn("core/x.cpp:2:", self.findings("core/x.cpp", "#include <vector>", "#include <glib.h>")[0])


class Ascii(unittest.TestCase):
    def test_texts_and_comments_hold_any_letter(self):
        good = 'f("暗証\\"番号", U\'関\', 1\'000, R"x(札 " )x");  // 説明\n/* 二\n行 */ int a;\n'
        self.assertEqual([], ascii.check_file("core/a.cpp", good))
        self.assertEqual([], ascii.check_file("docs/a.md", "関守"))

    def test_names_do_not(self):
        found = ascii.check_file("core/a.hpp", '// 関\nint \u0430 = 1;  // a Cyrillic a\nauto b = "x";\n')
        self.assertEqual(1, len(found))
        self.assertIn("core/a.hpp:2:", found[0])


class Others(unittest.TestCase):
    def test_licence(self):
        line = "// SPDX-" + "License-Identifier: Apache-2.0\n"
        self.assertEqual([], spdx.check_file("a.cpp", line))
        self.assertEqual(1, len(spdx.check_file("a.cpp", "#include <vector>\n")))
        self.assertEqual(1, len(spdx.check_file("tools/x", "#!/bin/sh\necho\n")))
        self.assertEqual([], spdx.check_file("README.md", "hello\n"))

    def test_length(self):
        self.assertEqual([], length.check_file("a.cpp", "\n" * length.LIMIT))
        self.assertEqual(1, len(length.check_file("a.cpp", "\n" * (length.LIMIT + 1))))

    def test_paths(self):
        for text in ('open("/ho' + 'me/me/x")', "see /wo" + "rk/x", "a=/ro" + "ot/x"):
            self.assertEqual(1, len(paths.check_file("a.cpp", text)), text)
        for text in ("/run/sekimori/auth.sock", "the way home/away", "ProtectHome=yes", "network/root/x"):
            self.assertEqual([], paths.check_file("a.cpp", text), text)


if __name__ == "__main__":
    unittest.main()
