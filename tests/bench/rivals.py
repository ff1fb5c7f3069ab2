# SPDX-License-Identifier: Apache-2.0
"""What the other modules need: a token in software, and fprintd on a bus of its own with a virtual scanner."""
import pathlib
import shutil
import subprocess
import tempfile
import time

from lab import Scanner

LIBRARIES = "/usr/lib/x86_64-linux-gnu"
PKCS11_CONF = """pam_pkcs11 {{
  nullok = false; debug = false; use_first_pass = false; card_only = false; wait_for_card = false;
  use_pkcs11_module = softhsm;
  pkcs11_module softhsm {{
    module = {libraries}/softhsm/libsofthsm2.so; slot_num = 0; support_threads = false;
    ca_dir = {folder}/ca; crl_dir = {folder}/ca; cert_policy = ca,signature;
  }}
  use_mappers = null;
  mapper null {{ debug = false; module = internal; default_match = true; default_user = root; }}
}}
"""
BUS_CONF = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow eavesdrop="false"/>
</policy></busconfig>
"""


def call(*command, env):
    done = subprocess.run([str(word) for word in command], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stdout.strip()[-200:]}")
    return done.stdout


def soft_token(folder, env):
    """(environment, PAM stack, PIN): one token with an RSA-2048 key whose certificate is its own root."""
    pin = "123456"
    (folder / "tokens").mkdir(parents=True)
    (folder / "ca").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    (folder / "pam_pkcs11.conf").write_text(PKCS11_CONF.format(folder=folder, libraries=LIBRARIES))
    env = {**env, "SOFTHSM2_CONF": str(folder / "softhsm2.conf")}
    key, certificate = folder / "key.pem", folder / "ca" / "root.pem"
    call("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/C=JP/CN=root", env=env)
    call("openssl", "x509", "-in", certificate, "-outform", "DER", "-out", folder / "root.der", env=env)
    call("openssl", "rehash", folder / "ca", env=env)
    call("softhsm2-util", "--init-token", "--free", "--label", "bench", "--pin", pin, "--so-pin", pin, env=env)
    call("softhsm2-util", "--import", key, "--token", "bench", "--label", "bench", "--id", "01", "--pin", pin, env=env)
    call("pkcs11-tool", "--module", f"{LIBRARIES}/softhsm/libsofthsm2.so", "--token-label", "bench", "--login", "--pin",
         pin, "--write-object", folder / "root.der", "--type", "cert", "--id", "01", "--label", "bench", env=env)
    return env, f"auth required pam_pkcs11.so config_file={folder}/pam_pkcs11.conf\n", pin


class Fprintd:
    """dbus-daemon, polkitd and fprintd, ended on exit. A finger of the lab is enrolled for root."""

    def __init__(self, lab):
        self.lab, self.started = lab, []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sekimori-bench-fprintd-"))
        self.folder.chmod(0o755)  # polkitd is an account of its own
        self.env = {**lab.env, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.folder}/bus",
                    "FP_VIRTUAL_IMAGE": str(self.folder / "scanner"), "STATE_DIRECTORY": str(self.folder / "state")}
        (self.folder / "state").mkdir()
        self.scanner = Scanner(self.folder / "scanner")

    def __enter__(self):
        try:
            (self.folder / "bus.conf").write_text(BUS_CONF.format(folder=self.folder))
            self.start("dbus-daemon", f"--config-file={self.folder}/bus.conf", "--nofork")
            self.wait(lambda: (self.folder / "bus").exists(), "dbus-daemon did not start")
            self.start(self.first("/usr/lib/polkit-1/polkitd", "/usr/libexec/polkitd"), "--no-debug")
            self.wait(lambda: self.owned("org.freedesktop.PolicyKit1"), "polkitd did not start")
            self.start("/usr/libexec/fprintd", "--no-timeout")
            self.wait(lambda: self.owned("net.reactivated.Fprint"), "fprintd did not start")
            self.enrol()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.started):
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def first(*paths):
        return next((path for path in paths if pathlib.Path(path).exists()), paths[0])

    def start(self, *command):
        with open(self.folder / "log", "ab") as log:
            self.started.append(subprocess.Popen(command, env=self.env, stdin=subprocess.DEVNULL, stdout=log,
                                                 stderr=log))

    def owned(self, name):
        done = subprocess.run(["dbus-send", "--system", "--print-reply", "--dest=org.freedesktop.DBus", "/",
                               "org.freedesktop.DBus.GetNameOwner", f"string:{name}"], env=self.env,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return done.returncode == 0

    def wait(self, there, else_what, patience=10):
        end = time.monotonic() + patience
        while not there():
            if time.monotonic() > end or any(process.poll() is not None for process in self.started):
                raise RuntimeError(else_what)
            time.sleep(0.05)

    def enrol(self):
        with subprocess.Popen(["stdbuf", "-oL", "fprintd-enroll", "-f", "right-index-finger", "root"], env=self.env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True) as command:
            said, press = "", 0
            for line in command.stdout:
                said += line
                if line.startswith("Enrolling") or "enroll-stage-passed" in line or "enroll-retry" in line:
                    press += 1
                    self.scanner.show(self.lab.image(1, press))
        if "enroll-completed" not in said:
            raise RuntimeError(f"fprintd-enroll: {said.strip()[-200:]}")
