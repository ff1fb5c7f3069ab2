#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Debian package on a Debian that never saw the product: installed, switched over, upgraded and removed while it runs.

The steps are one workstation's life, in this order; each leaves what the next one needs.
"""

import unittest

import desk
import lab
import machine
import root
from desk import PLACE, TAP

ENFORCE = "/usr/libexec/sekimori/sekimori-enforce"
MODULE = "/usr/lib/x86_64-linux-gnu/security/pam_sekimori.so"
STACKS = "cd /etc/pam.d && sha256sum common-* $(ls | grep -v -e common- -e sekimori)"
# A key of the console's owner opens sshd's authentication by itself.
SSH = (
    "mkdir -p -m 700 /home/hanako/.ssh && ssh-keygen -q -t ed25519 -N '' -f /tmp/key && cp /tmp/key.pub"
    " /home/hanako/.ssh/authorized_keys && chown -R hanako: /home/hanako/.ssh && systemctl start ssh"
)
LOG_IN_BY_KEY = "ssh -i /tmp/key -o BatchMode=yes -o StrictHostKeyChecking=no -o ConnectTimeout=20 hanako@127.0.0.1 echo in"
LOGIND = "org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager"
# As the display manager's package has it.
GREETER = "auth required pam_permit.so\n@include common-account\n@include common-session\n"
KEYS = "find /var/lib/sekimori -name '*key*' -type f -exec sha256sum {} + | cut -d' ' -f1"
KEEPS = "pkcheck --action-id org.freedesktop.hostname1.set-hostname --process $$; true"
LINGER = "pkcheck --action-id org.freedesktop.login1.set-self-linger --process $$"


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = cls.enterClassContext(machine.Machine(root.TREES / "bare", "package"))
        cls.console = cls.system.console
        cls.stock = cls.system.output(STACKS)
        cls.system.run(SSH)
        # Services whose jobs must go on: one of root's, one of an account that is no person's.
        cls.system.run("useradd --system --create-home --shell /bin/sh batch")

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            print(f"--- console after {self.id()}\n" + self.system.transcript()[-3000:])
            print("--- journal\n" + self.system.output("journalctl --no-pager -b -n 60", check=False))

    def enforce(self, step: str, check=True):
        return self.system.run(ENFORCE, step, check=check)

    def password_opens(self) -> None:
        self.system.run("systemctl restart console-getty.service")
        self.console.expect("login: ")
        self.console.sendline(root.USER)
        self.console.expect("Password: ")
        self.console.sendline(root.PASSWORD)
        self.system.shell()
        self.assertEqual(root.USER, self.system.enter("id -un"))
        self.system.log_out()

    def module_lines(self) -> str:
        return self.system.output("grep -l pam_sekimori /etc/pam.d/* | grep -vE 'sekimori-(gate|trial)'; true")

    def test_01_installing_changes_no_stack(self):
        self.system.run("dpkg --install /srv/sekimori.deb", timeout=180)
        self.assertEqual(self.stock, self.system.output(STACKS))
        self.assertEqual("", self.module_lines())
        self.assertEqual("off", self.enforce("status").stdout.strip())
        self.system.until("systemctl is-active sekimorid sekimori-card sekimori-finger && sekimori status --json")
        self.system.run("! systemctl is-enabled sekimori-gate && systemctl is-enabled sekimorid sekimori-auth.socket")
        self.assertEqual("660 sekimori-pcsc", self.system.output("stat -c '%a %G' /run/pcscd/pcscd.comm"))
        self.password_opens()
        self.assertIn("in", self.system.output(LOG_IN_BY_KEY))

    def test_01b_nobody_but_root_unlocks_through_logind(self):
        # One right covers locking and unlocking; the bus, which was running when our rule came, keeps them apart.
        for user in ("sekimori-lock", root.USER):
            for call in ("UnlockSession s 1", "UnlockSessions"):
                done = self.system.run(f"busctl call {LOGIND} {call}", user=user, check=False)
                self.assertNotEqual(0, done.returncode)
                self.assertIn("Access denied", done.stdout, (user, call))
        done = self.system.run(f"busctl call {LOGIND} LockSession s no-such-session", user="sekimori-lock", check=False)
        self.assertIn("No session", done.stdout)  # so far it may come

    def test_01c_nobody_registered_means_nothing_to_switch_over_to(self):
        done = self.system.run("sekimori setup --enable", check=False)
        self.assertNotEqual(0, done.returncode, done.stdout)
        self.assertEqual("off", self.enforce("status").stdout.strip())
        self.assertEqual(self.stock, self.system.output(STACKS))
        self.assertNotEqual(0, self.system.run("sekimori setup --disable", user=root.USER, check=False).returncode)

    def test_01d_a_copy_gets_keys_of_its_own(self):
        before = self.system.output(KEYS)
        self.assertNotEqual("", before)
        self.system.run("sekimori setup --reset-identity")
        self.system.until("systemctl is-active sekimorid sekimori-card sekimori-finger && sekimori status --json")
        after = self.system.output(KEYS)
        self.assertNotEqual("", after)
        self.assertEqual(set(), set(before.split()) & set(after.split()))

    def test_02_people_are_enrolled(self):
        type(self).lab = lab.Lab(self.system)
        type(self).desk = desk.Desk(self.system, self.lab)
        self.desk.enrol("hanako")
        # The stacks name no socket: where they ask, the lab's broker answers.
        self.system.run(f"mount --bind {lab.SOCKET} /run/sekimori/auth.sock")
        self.system.put("/etc/sudoers.d/hanako", "hanako ALL=(root) ALL\n", mode=0o440)
        self.assertIn("retains_authorization_after_challenge=1", self.system.output(KEEPS, user="hanako"))

    def test_02b_the_parallel_run_asks_and_decides_nothing(self):
        self.system.run("pam-auth-update --enable sekimori-observe")
        self.desk.new_getty()
        self.console.sendline(root.USER)
        self.console.expect("Password: ")
        self.console.sendline(root.PASSWORD)
        self.console.expect_exact(TAP)  # nobody does
        self.system.shell()
        self.system.log_out()
        self.desk.new_getty()
        self.console.sendline(root.USER)
        self.console.expect("Password: ")
        self.console.sendline("wrong")
        self.console.expect("Login incorrect")
        trials = [event for event in self.lab.sekimori("audit", "list")["items"] if event["what"] == "trial"]
        self.assertEqual(["failure"], [event["result"] for event in trials])
        self.system.run("pam-auth-update --disable sekimori-observe")
        self.assertEqual(self.stock, self.system.output(STACKS))

    def test_03_a_stack_that_was_edited_is_not_switched_over(self):
        self.system.run("cp -a /etc/pam.d /tmp/pam.d && sed -i '/pam_unix/i auth optional pam_echo.so' /etc/pam.d/common-auth")
        done = self.enforce("trial", check=False)
        self.assertNotEqual(0, done.returncode)
        self.assertIn("local modifications", done.stdout)
        self.assertEqual("", self.module_lines())
        self.assertEqual("off", self.enforce("status").stdout.strip())
        self.system.run("cp -a /tmp/pam.d/common-auth /etc/pam.d/")
        self.assertEqual(self.stock, self.system.output(STACKS))

    def test_04_switched_over_in_the_measured_order(self):
        self.enforce("trial")
        self.enforce("confirm")
        order = {
            "auth": ["pam_sekimori", "pam_unix", "pam_deny", "pam_permit"],
            "account": ["pam_sekimori", "pam_unix", "pam_deny", "pam_permit"],
            "session": ["pam_permit", "pam_deny", "pam_permit", "pam_unix", "pam_systemd", "pam_sekimori"],
        }
        for stack, modules in order.items():
            found = self.system.output(f"grep -oE '^[^#]*pam_[a-z]+' /etc/pam.d/common-{stack} | grep -oE 'pam_[a-z]+$'")
            self.assertEqual(modules, found.split(), stack)
        self.assertRegex(self.system.output("cat /etc/pam.d/common-auth"), r"(?m)^auth\s+\[success=2 default=die\]\s+pam_sekimori")
        self.assertEqual("on", self.enforce("status").stdout.strip())
        self.system.run("sekimori doctor --root /")  # finds no way around
        self.system.run("test -e /etc/sekimori/lockdown -a -e /etc/modprobe.d/sekimori-media.conf")
        self.system.run("systemctl is-active sekimori-media.path && systemctl is-enabled sekimori-media.service")

    def test_05_login_with_both_and_with_nothing_less(self):
        self.desk.new_getty()
        self.desk.ask("hanako")
        with self.lab.card("hanako"):
            self.console.expect_exact(PLACE)
            self.desk.refused()
        self.desk.new_getty()
        self.desk.ask("hanako")
        self.desk.refused()
        self.desk.new_getty()
        self.desk.log_in()
        self.assertIn("hanako", self.system.output("loginctl list-sessions --no-legend"))
        self.system.until("systemctl is-active user@$(id -u hanako)")  # systemd-user is not broken
        session = self.lab.sekimori("session", "list")["items"]
        self.assertEqual(["hanako"], [item["person"] for item in session])

    def test_06_sudo_asks_every_time(self):
        with self.lab.card("hanako"):
            for _ in range(2):  # the second one has no ticket of the first
                self.console.sendline("sudo id -u; echo was=$?.")
                self.console.expect_exact("sudo was asked for by hanako.")
                self.console.expect_exact(PLACE)
                self.desk.press(desk.HANAKO)
                self.console.expect(r"\n0\r?\nwas=0\.")
        self.console.sendline("sudo id -u; echo was=$?.")
        self.console.expect_exact(TAP)
        self.console.expect(r"was=1\.", timeout=60)
        # sudo bound no session and ended none.
        self.assertEqual(1, len(self.lab.sekimori("session", "list")["items"]))
        self.system.log_out()
        self.assertNotIn("retains_authorization", self.system.output(KEEPS, user="hanako"))
        # Nobody arranges for their services to go on without them.
        done = self.system.run(LINGER, user="hanako", check=False)
        self.assertIn("Not authorized", done.stdout)
        self.assertIn("KillUserProcesses=yes", self.system.output("systemd-analyze cat-config systemd/logind.conf"))

    def test_07_an_ssh_key_opens_nothing(self):
        done = self.system.run(LOG_IN_BY_KEY, check=False)
        self.assertNotEqual(0, done.returncode, done.stdout)
        self.assertNotIn("\nin", "\n" + done.stdout)
        self.system.until("journalctl -q -b -t sshd | grep -F 'Access denied for user hanako by PAM account configuration'")

    def test_07b_an_expired_password_is_no_way_around_and_still_expires(self):
        # "done" for an expired password ends the account phase at pam_unix: what stands after it is never asked.
        self.system.run("chage -d 0 hanako")
        done = self.system.run(LOG_IN_BY_KEY, check=False)
        self.assertNotEqual(0, done.returncode, done.stdout)
        self.assertNotIn("expired", done.stdout)
        done = self.system.run("pamtester sudo hanako acct_mgmt", check=False)
        self.assertNotEqual(0, done.returncode, done.stdout)
        self.assertNotIn("new authentication token", done.stdout.lower())
        self.desk.new_getty()
        self.desk.ask("hanako")
        with self.lab.card("hanako"):
            self.console.expect_exact(PLACE)
            self.desk.press(desk.HANAKO)
            self.console.expect_exact("You are required to change your password immediately")
        self.system.run("chage -d $(date +%F) hanako")

    def test_08_unattended_jobs_go_on(self):
        for user in ("root", "batch", "hanako"):
            self.system.put(f"/etc/cron.d/job-{user}", f"* * * * * {user} touch /tmp/cron-{user}\n")
        self.system.run("systemctl is-active cron || systemctl start cron")
        for user in ("root", "batch", "hanako"):
            self.system.until(f"test -e /tmp/cron-{user}", seconds=130)
        self.assertEqual("batch", self.system.output("su -s /bin/sh -c 'id -un' batch"))
        self.assertEqual("batch", self.system.output("runuser -u batch -- id -un"))

    def test_08b_a_greeter_opens_as_nobody_and_never_as_somebody(self):
        self.system.put("/etc/pam.d/lightdm-greeter", GREETER)
        opened = self.system.run("pamtester lightdm-greeter batch acct_mgmt open_session close_session", check=False)
        self.assertEqual(0, opened.returncode, opened.stdout)
        denied = self.system.run("pamtester lightdm-greeter hanako acct_mgmt", check=False)
        self.assertNotEqual(0, denied.returncode, denied.stdout)
        self.system.run("rm /etc/pam.d/lightdm-greeter")

    def test_09_upgrading_leaves_no_moment_without_the_module(self):
        before = self.system.output("systemctl show -P MainPID sekimorid")
        self.system.run(
            f"systemd-run --quiet --unit=watch sh -c 'while :; do [ -e {MODULE} ] || echo gone; "
            "pgrep -x sekimorid >/dev/null; done'"
        )
        self.system.run("dpkg --install /srv/sekimori-next.deb", timeout=180)
        self.system.run("systemctl is-active watch && systemctl stop watch")
        self.assertEqual("", self.system.output("journalctl -q -b -u watch -o cat | grep -x gone; true"))
        self.system.until(f'now=$(systemctl show -P MainPID sekimorid); test "$now" != 0 -a "$now" != {before}')
        self.system.until("systemctl is-active sekimorid sekimori-card sekimori-finger && sekimori status --json")
        self.assertEqual("99.0.0", self.system.output("dpkg-query -W -f '${Version}' sekimori"))
        self.assertEqual("on", self.enforce("status").stdout.strip())
        self.desk.new_getty()
        self.desk.log_in()
        self.system.log_out()

    def test_10_a_stack_written_by_hand_stops_the_removal(self):
        self.system.put("/etc/pam.d/application", "auth required pam_sekimori.so intent=application\n")
        done = self.system.run("dpkg --remove sekimori", check=False, timeout=180)
        self.assertNotEqual(0, done.returncode)
        self.assertIn("/etc/pam.d/application", done.stdout)
        self.assertEqual("/etc/pam.d/application", self.module_lines())
        self.system.run(f"test -e {MODULE} && rm /etc/pam.d/application")

    def test_11_removal_leaves_the_stock_stacks(self):
        self.system.run("umount /run/sekimori/auth.sock")
        self.system.run(
            f"systemd-run --quiet --unit=watch sh -c 'while :; do [ -e {MODULE} ] || "
            "! grep -q pam_sekimori /etc/pam.d/common-auth || echo shut; done'"
        )
        self.system.run("dpkg --remove sekimori", timeout=180)
        self.system.run("systemctl stop watch")
        self.assertEqual("", self.system.output("journalctl -q -b -u watch -o cat | grep -x shut; true"))
        self.assertEqual(self.stock, self.system.output(STACKS))
        self.system.run(f"test ! -e {MODULE}")
        leftovers = "find /etc/systemd /etc/modprobe.d /etc/sudoers.d /etc/polkit-1 /etc/sysctl.d /etc/sekimori -name '*sekimori*' -o -lname '*sekimori*'"
        self.system.run("test ! -e /etc/sekimori/lockdown")
        left = set(self.system.output(leftovers).split()) - {"/etc/sekimori", "/etc/sekimori/sekimori.conf"}
        self.assertEqual(set(), left)
        self.system.run("test ! -e /etc/systemd/system/ctrl-alt-del.target -a ! -e /etc/systemd/system/debug-shell.service")
        self.assertEqual("", self.system.output("pgrep -a '^sekimori' | grep -v lab; true"))
        self.assertNotEqual("sekimori-pcsc", self.system.output("stat -c %G /run/pcscd/pcscd.comm"))
        self.password_opens()
        self.assertIn("in", self.system.output(LOG_IN_BY_KEY))

    def test_12_purging_keeps_the_records(self):
        self.system.run("dpkg --purge sekimori", timeout=180)
        self.system.run("test ! -e /etc/sekimori -a ! -e /etc/pam.d/sekimori-gate -a ! -e /etc/pam.d/sekimori-trial -a -d /var/lib/sekimori")


if __name__ == "__main__":
    unittest.main(failfast=True)
