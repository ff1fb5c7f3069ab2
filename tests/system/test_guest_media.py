#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is plugged in, on a machine whose disk is opened at a prompt in Debian's own initramfs: the keyboard works there, storage
and phones are refused, a stick that an administrator allowed is let in, and is put out again when that is taken back.

The steps are in this order.
"""

import itertools
import json
import unittest

import guest
import hands
import image
import usb
import workplace

STICK, OTHER = "4C5300012304", "4C5300099999"


def type_the_passphrase(system: guest.Guest) -> None:
    """At the prompt of the initramfs nobody takes commands yet: there are a screen and a keyboard."""
    system.serial_says("a passphrase is asked for")
    system.photograph("prompt-of-the-disk")
    system.type(image.PASSPHRASE + "\n")


class Media(workplace.Day):
    NAME = "media"
    HOW = {
        "initrd": guest.GUEST / "debian-initrd",
        "options": ("-drive", f"file={guest.GUEST}/luks,format=raw,if=virtio,snapshot=on"),
        "booting": type_the_passphrase,
    }

    def plug(self, vendor_and_product: str) -> list[dict]:
        """What the trail has of it."""
        return [event for event in self.place.trail(what="media.plug") if vendor_and_product in json.dumps(event)]

    def entry(self, device: usb.Device, allowed: str) -> dict:
        """What an administrator sees of it, once it is there and judged so."""
        judged = f'[{{]"allowed":{allowed},[^{{}}]*"inserted":true,[^{{}}]*"serial":"{device.serial}",[^{{}}]*"usb":"{device.usb}"[}}]'
        return json.loads(self.system.until(f"sekimori media seen --json | grep -oE '{judged}'"))

    def refused(self, device: usb.Device) -> str:
        """It is there, has no driver, and was written down as kept out: why."""
        entry = self.entry(device, "false")
        path = f"/sys/bus/usb/devices/{entry['port']}"
        self.assertEqual("0", self.system.output(f"cat {path}/authorized"))
        self.assertEqual("", self.system.output(f"ls {path} | grep ':'; true"))  # no interface, so no driver
        return entry["reason"]

    def with_administrator(self, *command: str) -> dict:
        asked = self.system.start("sekimori", *command, "--json")
        try:
            with self.reader.card("hanako"):
                said = list(itertools.takewhile(lambda line: workplace.PLACE not in line, asked.stdout))
                self.place.press(hands.HANAKO)
                said += asked.stdout
        finally:
            asked.stdin.close()
            code = asked.wait(timeout=guest.SECONDS)
            asked.stdout.close()
        self.assertEqual(0, code, said)
        return json.loads(said[-1])

    def test_1_the_keyboard_opened_the_disk(self):
        self.assertIn("LUKS2", self.system.output("cryptsetup status data"))
        self.assertEqual("Y", self.system.output("test -e /etc/sekimori/lockdown && echo Y"))
        # It is a USB keyboard, and the only one: what was let in by its class.
        self.assertEqual("0", self.system.output("cat /sys/bus/usb/devices/usb1/authorized_default"))
        self.place.pass_gate()

    def test_2_a_stick_is_refused(self):
        type(self).stick = usb.stick(self.system, "stick", STICK)
        self.assertEqual("unlisted", self.refused(self.stick))
        self.assertEqual("", self.system.output("ls /dev/sd* 2>/dev/null; true"))

    def test_3_a_phone_and_a_network_adapter_are_refused(self):
        with usb.phone(self.system, "phone") as phone:
            self.assertEqual("closed", self.refused(phone))
        with usb.network(self.system, "tethering") as adapter:
            self.assertEqual("closed", self.refused(adapter))
            self.assertEqual("eth0 lo", " ".join(self.system.output("ls /sys/class/net").split()))

    def test_4_an_administrator_lets_the_stick_in(self):
        made = self.with_administrator(
            "media", "allow", "--inserted", "--until", "2099-12-31", "--approver", "jiro", "--reason", "tax office"
        )
        type(self).record = made["id"]
        self.system.until("test -b /dev/sda")
        self.system.run("dd if=/dev/sda of=/dev/null bs=1M count=1 && mkfs.ext4 -q /dev/sda && mount /dev/sda /mnt && touch /mnt/x && umount /mnt")

    def test_5_it_comes_back_and_another_one_does_not(self):
        self.stick.unplug()
        self.system.until("! test -b /dev/sda")
        with usb.stick(self.system, "other", OTHER) as other:
            self.assertEqual("unlisted", self.refused(other))
        type(self).stick = usb.stick(self.system, "stick", STICK)
        self.system.until("test -b /dev/sda")
        self.assertEqual(f"record:{self.record}", self.entry(self.stick, "true")["reason"])

    def test_6_taken_back_it_is_put_out_at_once(self):
        self.with_administrator("media", "remove", self.record)
        self.system.until("! test -b /dev/sda")
        self.assertEqual("withdrawn", self.refused(self.stick))

    def test_7_every_plug_is_in_the_trail(self):
        results = [event["result"] for event in self.plug(self.stick.usb)]
        self.assertIn("success", results)
        self.assertIn("failure", results)
        self.assertTrue(json.loads(self.system.output("sekimori audit verify --json"))["ok"])

    def test_8_a_new_rescue_code_takes_an_administrator(self):
        sealed = self.system.output("cat /var/lib/sekimori-rescue/code")
        self.assertEqual(24, len(self.with_administrator("rescue", "renew")["rescue_code"]))
        self.assertNotEqual(sealed, self.system.output("cat /var/lib/sekimori-rescue/code"))
        (renewed,) = self.place.trail(what="rescue.renew")
        self.assertEqual((self.place.id_of("hanako"), "success"), (renewed["who"], renewed["result"]))


if __name__ == "__main__":
    unittest.main(failfast=True)
