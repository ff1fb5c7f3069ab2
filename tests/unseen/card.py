# SPDX-License-Identifier: Apache-2.0
"""A PIV card that shares nothing with the project's own: written from SP 800-73-4 and the wire table of tests/lab/README.md.

It has a P-256 key in slot 9E (card authentication, no PIN), its certificate and a CHUID, and answers what part 2 of the
standard makes mandatory for those; everything else is refused as a card without it would.
"""

import contextlib
import datetime
import json
import os
import pathlib
import socket
import struct
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID

ATR = bytes.fromhex("3b888001000041e0b381a1003b")
AID = bytes.fromhex("a000000308000010000100")  # part 1, 2.2; it may be selected by a prefix without the version
OK, NOT_FOUND, NO_FUNCTION, BAD_DATA, BAD_P1P2 = b"\x90\x00", b"\x6a\x82", b"\x6d\x00", b"\x6a\x80", b"\x6a\x86"
NO_REFERENCE = b"\x6a\x88"
SELECT, GET_DATA, GENERAL_AUTHENTICATE, VERIFY, GET_RESPONSE = 0xA4, 0xCB, 0x87, 0x20, 0xC0
P256, CARD_AUTHENTICATION = 0x11, 0x9E  # part 1, tables 4b and 5
CERTIFICATE_9E, CHUID = bytes.fromhex("5fc101"), bytes.fromhex("5fc102")


def tlv(tag: str, value: bytes) -> bytes:
    size = len(value)
    if size < 0x80:
        length = bytes([size])
    else:
        raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(raw)]) + raw
    return bytes.fromhex(tag) + length + value


def short_tlvs(data: bytes):
    """Tags and lengths of one byte each, which is all that a request to sign holds."""
    while data:
        tag, size = data[0], data[1]
        yield tag, data[2 : 2 + size]
        data = data[2 + size :]


def certificate(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Issued elsewhere, by a key that is thrown away at once."""
    issuer = ec.generate_private_key(ec.SECP384R1())
    day, now = datetime.timedelta(days=1), datetime.datetime.utcnow()
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
         "encipher_only", "decipher_only"), False
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody")]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Elsewhere")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + 700 * day)
        .add_extension(x509.KeyUsage(digital_signature=True, **usage), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False)
        .sign(issuer, hashes.SHA384())
        .public_bytes(serialization.Encoding.DER)
    )


class Card:
    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        identity = bytes(25)  # a FASC-N of zeros
        self.objects = {
            CERTIFICATE_9E: tlv("70", certificate(self.key)) + tlv("71", b"\0") + tlv("fe", b""),
            CHUID: tlv("30", identity) + tlv("34", os.urandom(16)) + tlv("35", b"20391231") + tlv("3e", b"") + tlv("fe", b""),
        }
        self.power_on()

    def save(self, path: pathlib.Path) -> None:
        key = self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path.write_text(json.dumps({"key": key.decode(), "objects": {tag.hex(): value.hex() for tag, value in self.objects.items()}}))

    @classmethod
    def load(cls, path: pathlib.Path) -> "Card":
        saved, card = json.loads(path.read_text()), cls()
        card.key = serialization.load_pem_private_key(saved["key"].encode(), None)
        card.objects = {bytes.fromhex(tag): bytes.fromhex(value) for tag, value in saved["objects"].items()}
        return card

    def power_on(self) -> None:
        self.selected, self.chained, self.rest = False, b"", b""

    def process(self, apdu: bytes) -> bytes:
        cla, ins, p1, p2 = apdu[:4]
        body, data, expected = apdu[4:], b"", 256
        if len(body) == 1:
            expected = body[0] or 256
        elif body:
            data, tail = body[1 : 1 + body[0]], body[1 + body[0] :]
            expected = (tail[0] or 256) if tail else 256
        if ins == GET_RESPONSE:
            return self.hand_out(self.rest, expected)
        if ins == SELECT and p1 == 4:
            self.selected = len(data) >= 9 and AID.startswith(data)
            application = tlv("4f", AID[5:]) + tlv("79", tlv("4f", AID[:5]))
            return self.hand_out(tlv("61", application), expected) if self.selected else NOT_FOUND
        if not self.selected:
            return NO_FUNCTION
        if ins == GET_DATA:
            found = self.objects.get(next((value for tag, value in short_tlvs(data) if tag == 0x5C), b""))
            return self.hand_out(tlv("53", found), expected) if found else NOT_FOUND
        if ins == GENERAL_AUTHENTICATE:
            self.chained += data
            if cla & 0x10:
                return OK
            data, self.chained = self.chained, b""
            return self.hand_out(self.sign(data), expected) if (p1, p2) == (P256, CARD_AUTHENTICATION) else BAD_P1P2
        return NO_REFERENCE if ins == VERIFY else NO_FUNCTION

    def sign(self, request: bytes) -> bytes:
        template = next((value for tag, value in short_tlvs(request) if tag == 0x7C), b"")
        challenge = dict(short_tlvs(template)).get(0x81, b"")
        if len(challenge) != 32:
            return BAD_DATA
        return tlv("7c", tlv("82", self.key.sign(challenge, ec.ECDSA(utils.Prehashed(hashes.SHA256())))))

    def hand_out(self, answer: bytes, expected: int) -> bytes:
        if len(answer) == 2:
            return answer  # a status word alone
        now, self.rest = answer[:expected], answer[expected:]
        return now + (bytes([0x61, min(len(self.rest), 256) & 0xFF]) if self.rest else OK)


def _exactly(stream: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        piece = stream.recv(size - len(received))
        if not piece:
            raise EOFError
        received += piece
    return received


@contextlib.contextmanager
def inserted(card: Card, reader: str, patience=10.0):
    """The card is in the reader whose socket this is, as long as this lasts."""
    with socket.socket(socket.AF_UNIX) as slot:
        slot.connect(reader)
        powered = threading.Event()
        held = threading.Thread(target=_serve, args=(card, slot, powered))
        held.start()
        try:
            if not powered.wait(patience):
                raise AssertionError("the reader did not power the card")
            yield
        finally:
            slot.shutdown(socket.SHUT_RDWR)
            held.join()


def _serve(card: Card, slot: socket.socket, powered: threading.Event) -> None:
    try:
        while True:
            frame = _exactly(slot, struct.unpack(">H", _exactly(slot, 2))[0])
            if len(frame) > 1:
                answer = card.process(frame)
            elif frame[0] == 4:
                answer = ATR
                powered.set()
            else:  # power off, power on, reset
                card.power_on()
                continue
            slot.sendall(struct.pack(">H", len(answer)) + answer)
    except (EOFError, OSError):
        pass  # pulled
