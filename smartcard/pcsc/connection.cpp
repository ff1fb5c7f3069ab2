// SPDX-License-Identifier: Apache-2.0
#include "smartcard/pcsc/connection.hpp"

#include <array>
#include <chrono>
#include <thread>

#include "smartcard/pcsc/faults.hpp"
#include "smartcard/worker/log.hpp"

namespace sekimori::smartcard::pcsc {
namespace {

// While another program holds the card: pcscd tells nobody when it is let go.
constexpr auto kBusyPause = std::chrono::milliseconds{50};
constexpr int kBusyTries = 40;
constexpr DWORD kSettleMs = 200;

}  // namespace

CardResult<std::unique_ptr<Connection>> Connection::open(const std::string& reader, std::uint32_t counter, Start start,
                                                         Purpose purpose) {
    std::unique_ptr<Connection> connection(new Connection(reader, counter, purpose));
    if (const LONG code = connection->context_.open(); code != SCARD_S_SUCCESS) return failure(fault_of(code));
    if (const auto same = connection->same_visit(); !same) return tl::unexpected<Failure>(same.error());
    if (const auto connected = connection->connect(start); !connected)
        return tl::unexpected<Failure>(connected.error());
    return connection;
}

CardResult<void> Connection::connect(Start start) {
    LONG code = SCARD_E_SHARING_VIOLATION;
    for (int i = 0; i < kBusyTries && code == SCARD_E_SHARING_VIOLATION; ++i) {
        if (i == 1) log_event("in other hands", {{"reader", state_.name}});
        if (i > 0) std::this_thread::sleep_for(kBusyPause);
        code = SCardConnect(context_.handle(), state_.name.c_str(), SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_ANY, &card_,
                            &protocol_);
    }
    if (code != SCARD_S_SUCCESS) return failure(meaning_of(code));
    connected_ = true;
    // Whether it was warm pcscd does not tell.
    if (start == Start::cold) {
        code = SCardReconnect(card_, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_ANY, SCARD_UNPOWER_CARD, &protocol_);
        if (code != SCARD_S_SUCCESS) return failure(meaning_of(code));
    }
    return {};
}

Connection::~Connection() {
    if (connected_) (void)SCardDisconnect(card_, SCARD_UNPOWER_CARD);
}

CardResult<void> Connection::same_visit() {
    if (const LONG code = context_.look(state_); code != SCARD_S_SUCCESS) return failure(fault_of(code));
    if (!state_.present() || state_.counter() != counter_) return failure(CardFault::gone);
    return {};
}

CardFault Connection::meaning_of(LONG code) {
    const CardFault fault = fault_of(code);
    if (fault != CardFault::unreadable) return fault;
    if (same_visit()) {
        std::vector<ReaderState> one{state_};
        (void)context_.wait(one, kSettleMs);
    }
    return same_visit() ? fault : CardFault::gone;
}

CardResult<Bytes> Connection::exchange(ByteSpan command) {
    // T=0 has no command with data and Le (ISO/IEC 7816-3, 12.2.5): the card says 61xx and is asked for its answer.
    if (protocol_ == SCARD_PROTOCOL_T0) {
        const auto parsed = parse_command(command);
        if (parsed && !parsed->data.empty() && parsed->le) command = command.first(command.size() - 1);
    }
    std::array<std::uint8_t, kMaxAnswer> answer{};
    DWORD size = answer.size();
    const SCARD_IO_REQUEST* header = protocol_ == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    const LONG code =
        SCardTransmit(card_, header, command.data(), static_cast<DWORD>(command.size()), nullptr, answer.data(), &size);
    if (code != SCARD_S_SUCCESS) return failure(meaning_of(code));
    if (size > answer.size()) return failure(CardFault::internal);
    return Bytes(answer.begin(), answer.begin() + static_cast<std::ptrdiff_t>(size));
}

}  // namespace sekimori::smartcard::pcsc
