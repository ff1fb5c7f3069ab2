# SPDX-License-Identifier: Apache-2.0
"""A PAM application of its own: pam_start_confdir(3) by ctypes, each phase until the first that fails."""

import ctypes
from collections.abc import Callable

SUCCESS, AUTH_ERR, USER_UNKNOWN, CONV_ERR = 0, 7, 10, 19  # security/_pam_types.h of Linux-PAM
PROMPT_ECHO_OFF, PROMPT_ECHO_ON, TTY, ESTABLISH_CRED = 1, 2, 3, 2
PHASES = ("authenticate", "acct_mgmt", "setcred", "open_session", "close_session")
WHOLE = [(phase, SUCCESS) for phase in PHASES]

_pam, _c = ctypes.CDLL("libpam.so.0"), ctypes.CDLL(None)
_c.calloc.restype = _c.strdup.restype = ctypes.c_void_p


class _Message(ctypes.Structure):
    _fields_ = [("style", ctypes.c_int), ("text", ctypes.c_char_p)]


class _Response(ctypes.Structure):
    _fields_ = [("text", ctypes.c_void_p), ("code", ctypes.c_int)]


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.POINTER(_Message)), ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p
)


class _Conversation(ctypes.Structure):
    _fields_ = [("callback", _CALLBACK), ("data", ctypes.c_void_p)]


def run(confdir: str, service: str, user: str, hear: Callable[[str], None], phases=PHASES) -> list[tuple[str, int]]:
    """The phases with their results. `hear` is given every text; a question that wants an answer has none."""

    def converse(count, messages, responses, _data):
        answer = _c.calloc(count, ctypes.sizeof(_Response))
        ctypes.cast(responses, ctypes.POINTER(ctypes.c_void_p))[0] = answer
        for number in range(count):
            message = messages[number].contents
            hear(message.text.decode())
            if message.style in (PROMPT_ECHO_OFF, PROMPT_ECHO_ON):
                return CONV_ERR
        return SUCCESS

    conversation = _Conversation(_CALLBACK(converse), None)
    handle = ctypes.c_void_p()
    name = user.encode() if user else None
    code = _pam.pam_start_confdir(service.encode(), name, ctypes.byref(conversation), confdir.encode(), ctypes.byref(handle))
    if code != SUCCESS:
        return [("start", code)]
    _pam.pam_set_item(handle, TTY, b"tty9")
    results = []
    for phase in phases:
        code = getattr(_pam, f"pam_{phase}")(handle, ESTABLISH_CRED if phase == "setcred" else 0)
        results.append((phase, code))
        if code != SUCCESS:
            break
    _pam.pam_end(handle, code)
    return results
