// SPDX-License-Identifier: Apache-2.0
#include "smartcard/pcsc/faults.hpp"

#include <array>

namespace sekimori::smartcard::pcsc {
namespace {

struct Row {
    LONG code;
    CardFault fault;
};

// PC/SC part 5; what pcsc-lite 1.9 returns from the calls that we make.
constexpr std::array kRows{
    Row{SCARD_W_REMOVED_CARD, CardFault::gone},
    Row{SCARD_E_NO_SMARTCARD, CardFault::gone},
    Row{SCARD_E_READER_UNAVAILABLE, CardFault::gone},
    Row{SCARD_E_UNKNOWN_READER, CardFault::gone},
    Row{SCARD_E_NO_READERS_AVAILABLE, CardFault::gone},
    Row{SCARD_E_NO_SERVICE, CardFault::gone},
    Row{SCARD_E_SERVICE_STOPPED, CardFault::gone},
    Row{SCARD_E_INVALID_HANDLE, CardFault::gone},  // the service was restarted under us
    Row{SCARD_P_SHUTDOWN, CardFault::gone},
    Row{SCARD_F_COMM_ERROR, CardFault::gone},
    Row{SCARD_E_SHARING_VIOLATION, CardFault::busy},
    Row{SCARD_E_SERVER_TOO_BUSY, CardFault::busy},
    Row{SCARD_W_UNRESPONSIVE_CARD, CardFault::unreadable},
    Row{SCARD_W_UNSUPPORTED_CARD, CardFault::unreadable},
    Row{SCARD_W_UNPOWERED_CARD, CardFault::unreadable},
    Row{SCARD_W_RESET_CARD, CardFault::unreadable},
    Row{SCARD_E_NOT_TRANSACTED, CardFault::unreadable},  // the reader could not do the exchange
    Row{SCARD_E_PROTO_MISMATCH, CardFault::unreadable},
    Row{SCARD_E_CARD_UNSUPPORTED, CardFault::unreadable},
    Row{SCARD_E_INSUFFICIENT_BUFFER, CardFault::unreadable},
    Row{SCARD_E_COMM_DATA_LOST, CardFault::unreadable},
    Row{SCARD_E_NOT_READY, CardFault::unreadable},
    Row{SCARD_E_INVALID_ATR, CardFault::unreadable},
    Row{SCARD_E_TIMEOUT, CardFault::timeout},
    Row{SCARD_F_WAITED_TOO_LONG, CardFault::timeout},
    Row{SCARD_E_CANCELLED, CardFault::timeout},
};

}  // namespace

CardFault fault_of(LONG code) noexcept {
    for (const Row& row : kRows)
        if (row.code == code) return row.fault;
    return CardFault::internal;
}

bool service_lost(LONG code) noexcept {
    return code == SCARD_E_NO_SERVICE || code == SCARD_E_SERVICE_STOPPED || code == SCARD_E_INVALID_HANDLE ||
           code == SCARD_P_SHUTDOWN || code == SCARD_F_COMM_ERROR;
}

}  // namespace sekimori::smartcard::pcsc
