// SPDX-License-Identifier: Apache-2.0
#include "smartcard/apdu/command_filter.hpp"

#include <algorithm>

#include "smartcard/apdu/aid.hpp"
#include "smartcard/apdu/apdu.hpp"
#include "smartcard/apdu/felica_frame.hpp"

namespace sekimori::smartcard {
namespace {

// Class, instruction, P1 and P2 as one word.
constexpr std::uint32_t head_of(const Command& c) {
    return (std::uint32_t{c.cla} << 24) | (std::uint32_t{c.ins} << 16) | (std::uint32_t{c.p1} << 8) | c.p2;
}

constexpr std::uint32_t kSelectByNameQuiet = 0x00a4040c;
constexpr std::uint32_t kSelectByName = 0x00a40400;
constexpr std::uint32_t kSelectFile = 0x00a4020c;
constexpr std::uint32_t kVerify = 0x00200080;
constexpr std::uint32_t kPivLogout = 0x0020ff80;
constexpr std::uint32_t kGetData = 0x00cb3fff;
constexpr std::uint32_t kGetResponse = 0x00c00000;
constexpr std::uint32_t kJpkiSign = 0x802a0080;
constexpr std::uint32_t kGetUid = 0xffca0000;
constexpr std::uint32_t kDirectTransmit = 0xff000000;

Application application_named(ByteSpan aid) {
    if (std::ranges::equal(aid, kJpkiAid)) return Application::jpki;
    if (std::ranges::equal(aid, kPivAid) || std::ranges::equal(aid, kPivFullAid)) return Application::piv;
    return Application::none;
}

std::uint16_t file_named(ByteSpan id) {
    return id.size() == 2 ? static_cast<std::uint16_t>((id[0] << 8) | id[1]) : std::uint16_t{0};
}

bool is_select_by_name(std::uint32_t head) { return head == kSelectByName || head == kSelectByNameQuiet; }

bool allowed_in_jpki(const Command& command, std::uint16_t file) {
    const std::uint32_t head = head_of(command);
    if (head == kSelectFile) {
        const std::uint16_t id = file_named(command.data);
        return id == kJpkiToken || id == kJpkiCertificate || id == kJpkiKey || id == kJpkiPin;
    }
    // P1 with its top bit set would name a file by its short identifier, past the list above.
    if (command.cla == 0x00 && command.ins == 0xb0)
        return (command.p1 & 0x80) == 0 && command.data.empty() && (file == kJpkiToken || file == kJpkiCertificate);
    if (head == kVerify) return file == kJpkiPin;
    return head == kJpkiSign && file == kJpkiKey;
}

}  // namespace

bool CommandFilter::allowed_in_piv(const Command& command) const {
    const std::uint32_t head = head_of(command);
    const bool authority = purpose_ == Purpose::authority;
    if (head == kVerify || head == kPivLogout) return true;
    if (head == kGetData) return std::ranges::equal(command.data, kPivCertificate9c) == authority;
    if ((command.cla != 0x00 && command.cla != 0x10) || command.ins != 0x87) return false;
    return authority ? command.p2 == kPivKey9c : command.p2 == kPivKey9a || command.p2 == kPivKey9e;
}

Permit CommandFilter::judge(ByteSpan apdu) const {
    const auto permit = [](bool yes) { return yes ? Permit::allowed : Permit::refused; };
    const auto command = parse_command(apdu);
    if (!command) return Permit::refused;
    const std::uint32_t head = head_of(*command);
    if (is_select_by_name(head)) return permit(application_named(command->data) != Application::none);
    if (head == kGetUid) return permit(purpose_ == Purpose::login && command->data.empty());
    if (head == kDirectTransmit) return permit(purpose_ == Purpose::login && allowed_frame(command->data));
    switch (application_) {
        case Application::jpki:
            return permit(purpose_ == Purpose::login && (head == kGetResponse || allowed_in_jpki(*command, file_)));
        case Application::piv:
            return permit(head == kGetResponse || allowed_in_piv(*command));
        case Application::none:
            break;
    }
    return Permit::refused;
}

void CommandFilter::answered(ByteSpan apdu, std::uint16_t status) {
    const auto command = parse_command(apdu);
    if (!command) return;
    const bool done = status == sw::kOk || more_waiting(status);
    const std::uint32_t head = head_of(*command);
    if (is_select_by_name(head)) {
        application_ = done ? application_named(command->data) : Application::none;
        file_ = 0;
    } else if (head == kSelectFile) {
        file_ = done ? file_named(command->data) : std::uint16_t{0};
    }
}

void CommandFilter::forget() noexcept {
    application_ = Application::none;
    file_ = 0;
}

}  // namespace sekimori::smartcard
