// SPDX-License-Identifier: Apache-2.0
#include "smartcard/pcsc/context.hpp"

#include <cstring>

namespace sekimori::smartcard::pcsc {
namespace {

// pcsc-lite's name for "tell me when readers come or go".
constexpr const char* kPlugAndPlay = "\\\\?PnP?\\Notification";
// 16 readers of at most 128 bytes; pcscd is hostile input too.
constexpr DWORD kMaxNames = 64UL * 1024;

}  // namespace

LONG Context::open() noexcept {
    if (open_) return SCARD_S_SUCCESS;
    const LONG code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &handle_);
    open_ = code == SCARD_S_SUCCESS;
    return code;
}

void Context::close() noexcept {
    if (open_) (void)SCardReleaseContext(handle_);
    open_ = false;
}

LONG Context::list(std::vector<std::string>& names) const {
    names.clear();
    std::vector<char> buffer(kMaxNames);
    DWORD size = kMaxNames;
    const LONG code = SCardListReaders(handle_, nullptr, buffer.data(), &size);
    if (code == SCARD_E_NO_READERS_AVAILABLE) return SCARD_S_SUCCESS;
    if (code != SCARD_S_SUCCESS) return code;
    buffer.back() = '\0';
    for (const char* at = buffer.data(); *at != '\0' && names.size() < PCSCLITE_MAX_READERS_CONTEXTS;) {
        names.emplace_back(at);
        at += names.back().size() + 1;
        if (at >= buffer.data() + buffer.size()) break;
    }
    return SCARD_S_SUCCESS;
}

LONG Context::wait(std::vector<ReaderState>& states, DWORD limit_ms) const {
    std::vector<SCARD_READERSTATE> raw(states.size() + 1);
    for (std::size_t i = 0; i < states.size(); ++i) {
        raw[i].szReader = states[i].name.c_str();
        raw[i].dwCurrentState = states[i].event;
    }
    raw.back().szReader = kPlugAndPlay;
    const LONG code = SCardGetStatusChange(handle_, limit_ms, raw.data(), static_cast<DWORD>(raw.size()));
    if (code != SCARD_S_SUCCESS) return code;
    for (std::size_t i = 0; i < states.size(); ++i)
        states[i].event = raw[i].dwEventState & ~static_cast<DWORD>(SCARD_STATE_CHANGED);
    return code;
}

LONG Context::look(ReaderState& state) const {
    SCARD_READERSTATE raw{};
    raw.szReader = state.name.c_str();
    raw.dwCurrentState = SCARD_STATE_UNAWARE;
    const LONG code = SCardGetStatusChange(handle_, 0, &raw, 1);
    if (code == SCARD_S_SUCCESS) state.event = raw.dwEventState & ~static_cast<DWORD>(SCARD_STATE_CHANGED);
    return code;
}

void Context::cancel() const noexcept {
    if (open_) (void)SCardCancel(handle_);
}

}  // namespace sekimori::smartcard::pcsc
