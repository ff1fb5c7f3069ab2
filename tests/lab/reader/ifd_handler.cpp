// SPDX-License-Identifier: Apache-2.0
// The C face of the lab's reader: pcsc-lite's IFD handler API, version 3. Nothing but translation; the work is done by
// Slot.
//
// pcscd numbers readers in the upper 16 bits of the Lun and slots in the lower ones. It holds one lock per reader
// around every call but the two polling functions; TAG_IFD_THREAD_SAFE says that different readers may be called at the
// same time.
#include <array>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <string>

extern "C" {
#include <PCSC/ifdhandler.h>
#include <PCSC/reader.h>
}

#include "tests/lab/reader/slot.hpp"

namespace {

using sekimori::lab::Bytes;
using sekimori::lab::ByteView;
using sekimori::lab::LinkError;
using sekimori::lab::Presence;
using sekimori::lab::Slot;

// pcscd 1.9.9 manages at most 16 readers.
constexpr std::size_t kMaxReaders = 16;

std::mutex readers_mutex;
std::array<std::shared_ptr<Slot>, kMaxReaders> readers;

std::shared_ptr<Slot> reader(DWORD lun) {
    const std::size_t index = lun >> 16U;
    if (index >= kMaxReaders || (lun & 0xFFFFU) != 0) return nullptr;
    const std::lock_guard lock(readers_mutex);
    return readers[index];
}

// pcscd in the foreground keeps stderr as its log.
void complain(const std::string& what) { std::fprintf(stderr, "sekimori lab reader: %s\n", what.c_str()); }

RESPONSECODE code_of(LinkError error) {
    return error == LinkError::Gone ? IFD_ICC_NOT_PRESENT : IFD_COMMUNICATION_ERROR;
}

// Copies an answer out if it fits what pcscd gave us room for.
RESPONSECODE deliver(const tl::expected<Bytes, LinkError>& answer, PUCHAR buffer, PDWORD length, std::size_t room) {
    *length = 0;
    if (!answer) return code_of(answer.error());
    if (answer->size() > room) return IFD_COMMUNICATION_ERROR;
    if (!answer->empty()) std::memcpy(buffer, answer->data(), answer->size());
    *length = answer->size();
    return IFD_SUCCESS;
}

template <class Value>
RESPONSECODE give(const Value& value, PDWORD length, PUCHAR out) {
    if (*length < sizeof(value)) return IFD_ERROR_INSUFFICIENT_BUFFER;
    std::memcpy(out, &value, sizeof(value));
    *length = sizeof(value);
    return IFD_SUCCESS;
}

RESPONSECODE wait_for_event(DWORD lun, int timeout_ms) noexcept {
    const auto slot = reader(lun);
    if (!slot) return IFD_NO_SUCH_DEVICE;
    slot->wait_for_change(std::chrono::milliseconds{timeout_ms});
    return IFD_SUCCESS;
}

RESPONSECODE stop_waiting(DWORD lun) noexcept {
    const auto slot = reader(lun);
    if (!slot) return IFD_NO_SUCH_DEVICE;
    slot->stop();
    return IFD_SUCCESS;
}

// pcscd is C: nothing may be thrown through it.
template <class Body>
RESPONSECODE guarded(Body&& body) noexcept {
    try {
        return body();
    } catch (const std::exception&) {
        return IFD_COMMUNICATION_ERROR;
    }
}

}  // namespace

extern "C" {

RESPONSECODE IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName) {
    return guarded([&]() -> RESPONSECODE {
        const std::size_t index = Lun >> 16U;
        if (index >= kMaxReaders || DeviceName == nullptr) return IFD_NO_SUCH_DEVICE;
        const auto name = sekimori::lab::parse_device_name(DeviceName);
        if (!name) {
            complain(name.error());
            return IFD_NO_SUCH_DEVICE;
        }
        auto slot = Slot::open(*name);
        if (!slot) {
            complain(slot.error());
            return IFD_NO_SUCH_DEVICE;
        }
        const std::lock_guard lock(readers_mutex);
        readers[index] = std::move(*slot);
        return IFD_SUCCESS;
    });
}

// Without a DEVICENAME there is no socket to listen on.
RESPONSECODE IFDHCreateChannel(DWORD, DWORD) { return IFD_NO_SUCH_DEVICE; }

RESPONSECODE IFDHCloseChannel(DWORD Lun) {
    return guarded([&]() -> RESPONSECODE {
        const auto slot = reader(Lun);
        if (!slot) return IFD_NO_SUCH_DEVICE;
        slot->stop();
        const std::lock_guard lock(readers_mutex);
        readers[Lun >> 16U].reset();
        return IFD_SUCCESS;
    });
}

RESPONSECODE IFDHGetCapabilities(DWORD Lun, DWORD Tag, PDWORD Length, PUCHAR Value) {
    if (Length == nullptr || Value == nullptr) return IFD_COMMUNICATION_ERROR;
    switch (Tag) {
        case TAG_IFD_SIMULTANEOUS_ACCESS:
            return give(static_cast<UCHAR>(kMaxReaders), Length, Value);
        case TAG_IFD_THREAD_SAFE:
        case TAG_IFD_SLOTS_NUMBER:
            return give(UCHAR{1}, Length, Value);
        case TAG_IFD_SLOT_THREAD_SAFE:
            return give(UCHAR{0}, Length, Value);
        case TAG_IFD_POLLING_THREAD_WITH_TIMEOUT:
            return give(&wait_for_event, Length, Value);
        case TAG_IFD_STOP_POLLING_THREAD:
            return give(&stop_waiting, Length, Value);
        case SCARD_ATTR_ICC_PRESENCE: {
            const auto slot = reader(Lun);
            if (!slot) return IFD_NO_SUCH_DEVICE;
            return give(static_cast<UCHAR>(slot->presence() == Presence::Present ? 2 : 0), Length, Value);
        }
        default:
            return IFD_ERROR_TAG;
    }
}

RESPONSECODE IFDHSetCapabilities(DWORD, DWORD, DWORD, PUCHAR) { return IFD_NOT_SUPPORTED; }

// The wire carries whole APDUs, whatever the transmission protocol is called.
RESPONSECODE IFDHSetProtocolParameters(DWORD, DWORD, UCHAR, UCHAR, UCHAR, UCHAR) { return IFD_SUCCESS; }

RESPONSECODE IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr, PDWORD AtrLength) {
    return guarded([&]() -> RESPONSECODE {
        const auto slot = reader(Lun);
        if (!slot || AtrLength == nullptr) return IFD_NO_SUCH_DEVICE;
        *AtrLength = 0;
        if (Action == IFD_POWER_DOWN) {
            slot->power_off();
            return IFD_SUCCESS;
        }
        if (Action != IFD_POWER_UP && Action != IFD_RESET) return IFD_NOT_SUPPORTED;
        if (Atr == nullptr) return IFD_ERROR_POWER_ACTION;
        const auto atr = Action == IFD_RESET ? slot->reset() : slot->power_on();
        const RESPONSECODE code = deliver(atr, Atr, AtrLength, MAX_ATR_SIZE);
        return code == IFD_SUCCESS && *AtrLength > 0 ? IFD_SUCCESS : IFD_ERROR_POWER_ACTION;
    });
}

RESPONSECODE IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER, PUCHAR TxBuffer, DWORD TxLength, PUCHAR RxBuffer,
                               PDWORD RxLength, PSCARD_IO_HEADER) {
    return guarded([&]() -> RESPONSECODE {
        const auto slot = reader(Lun);
        if (!slot || TxBuffer == nullptr || RxBuffer == nullptr || RxLength == nullptr) return IFD_COMMUNICATION_ERROR;
        const std::size_t room = *RxLength;
        return deliver(slot->transmit(ByteView(TxBuffer, TxLength)), RxBuffer, RxLength, room);
    });
}

// No PIN pad, no escape: an empty feature list.
RESPONSECODE IFDHControl(DWORD, DWORD dwControlCode, PUCHAR, DWORD, PUCHAR, DWORD, LPDWORD pdwBytesReturned) {
    if (pdwBytesReturned != nullptr) *pdwBytesReturned = 0;
    return dwControlCode == CM_IOCTL_GET_FEATURE_REQUEST ? IFD_SUCCESS : IFD_ERROR_NOT_SUPPORTED;
}

RESPONSECODE IFDHICCPresence(DWORD Lun) {
    return guarded([&]() -> RESPONSECODE {
        const auto slot = reader(Lun);
        if (!slot) return IFD_NO_SUCH_DEVICE;
        return slot->presence() == Presence::Present ? IFD_ICC_PRESENT : IFD_ICC_NOT_PRESENT;
    });
}

}  // extern "C"
