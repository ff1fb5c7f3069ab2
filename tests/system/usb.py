# SPDX-License-Identifier: Apache-2.0
"""Devices that people plug into a guest: a stick, a phone, a network adapter."""

import guest


class Device:
    """Plugged in when made. `usb` and `serial` are what it says of itself."""

    def __init__(self, system: guest.Guest, name: str, usb: str, serial: str, **device):
        self.system, self.name, self.usb, self.serial = system, name, usb, serial
        system.qmp("device_add", id=name, bus="xhci.0", serial=serial, **device)

    def unplug(self) -> None:
        self.system.qmp("device_del", id=self.name)
        self.system.qmp.event("DEVICE_DELETED", device=self.name)

    def __enter__(self) -> "Device":
        return self

    def __exit__(self, kind, value, trace) -> None:
        if kind is None:
            self.unplug()


def stick(system: guest.Guest, name: str, serial: str) -> Device:
    content = system.folder / name
    if not content.exists():
        with content.open("wb") as file:
            file.truncate(16 << 20)
        system.qmp("blockdev-add", driver="raw", node_name=name, file={"driver": "file", "filename": str(content)})
    return Device(system, name, "46f4:0001", serial, driver="usb-storage", drive=name)


def phone(system: guest.Guest, name: str) -> Device:
    shared = system.folder / name
    shared.mkdir()
    return Device(system, name, "46f4:0004", "PHONE1", driver="usb-mtp", rootdir=str(shared))


def network(system: guest.Guest, name: str) -> Device:
    """RNDIS and CDC, as a phone has it that lends its line."""
    system.qmp("netdev_add", type="user", id=f"{name}-net", restrict=True)
    return Device(system, name, "0525:a4a2", "LINE1", driver="usb-net", netdev=f"{name}-net")
