// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/jpki_card.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace sekimori::lab {
namespace {

constexpr std::string_view kJpkiAid = "D392F000260100000001";
// 券面事項入力補助, 券面事項確認, 住基, 共通カード.
constexpr std::array<std::string_view, 4> kOtherAids{"D3921000310001010408", "D3921000310001010402",
                                                     "D3921000310001010401", "D3921000310001010100"};

namespace ef {
constexpr std::uint16_t signature_certificate = 0x0001;
constexpr std::uint16_t signature_ca = 0x0002;
constexpr std::uint16_t token = 0x0006;
constexpr std::uint16_t certificate = 0x000A;
constexpr std::uint16_t ca = 0x000B;
constexpr std::uint16_t key = 0x0017;
constexpr std::uint16_t pin = 0x0018;
constexpr std::uint16_t signature_key = 0x001A;
constexpr std::uint16_t signature_pin = 0x001B;
}  // namespace ef

constexpr std::array<std::string_view, 4> kForbiddenFiles{"0001", "0002", "001A", "001B"};

constexpr std::uint8_t kCurrentReference = 0x80;  // P2: the key or PIN of the selected file
constexpr std::size_t kTokenSize = 160;
constexpr std::size_t kTokenLabel = 32;
constexpr std::size_t kFileUnit = 512;  // files are longer than what is in them
constexpr std::uint8_t kFiller = 0xFF;
constexpr std::size_t kMaxOffset = 0x7FFF;  // P1 bit 8 would mean a short file id

Bytes filled(Bytes content) {
    content.resize((content.size() / kFileUnit + 1) * kFileUnit, kFiller);
    return content;
}

}  // namespace

// Contactless type B, as cards.md A5 gives it for test cards. Nobody should detect a card by it.
Bytes JpkiCard::atr() const { return {0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x7F}; }

void JpkiCard::forget() {
    application_ = false;
    current_.reset();
    logged_in_ = false;
    first_ = false;
}

void JpkiCard::power_on() {
    forget();
    first_ = true;
}

void JpkiCard::reset() {
    const bool keep = contents_.warm_reset == WarmReset::KeepsLogin && logged_in_;
    forget();
    logged_in_ = keep;
}

bool JpkiCard::forbidden_touched() const {
    return std::any_of(selections_.begin(), selections_.end(), [](const std::string& id) {
        if (id.size() > 4) return id != kJpkiAid;
        return std::find(kForbiddenFiles.begin(), kForbiddenFiles.end(), id) != kForbiddenFiles.end();
    });
}

Bytes JpkiCard::process(ByteView apdu) {
    const bool first = std::exchange(first_, false);
    if (first && contents_.first_command == FirstCommand::Fails) return status(sw::unknown_error);
    const auto command = parse_command(apdu);
    if (!command) return status(sw::wrong_length);
    if (command->is(0x00, ins::select)) return select(*command);
    if (command->cla != 0x00 && command->cla != 0x80) return status(sw::unknown_cla);
    if (!application_) return status(sw::unknown_ins);
    if (command->is(0x00, ins::read_binary)) return read_binary(*command);
    if (command->is(0x00, ins::verify)) return verify(*command);
    if (command->is(0x80, ins::perform_security_operation)) return sign(*command);
    return status(sw::unknown_ins);
}

Bytes JpkiCard::select(const Command& command) {
    const std::string id = to_hex(command.data);
    selections_.push_back(id);
    if (command.p1 == 0x04) {
        const bool other = std::find(kOtherAids.begin(), kOtherAids.end(), id) != kOtherAids.end();
        if (id != kJpkiAid && !other) return status(sw::not_found);
        const bool again = application_ && id == kJpkiAid;
        application_ = id == kJpkiAid;
        current_.reset();
        if (!again && other) logged_in_ = false;
        return status(sw::ok);
    }
    if (command.p1 != 0x02 || command.data.size() != 2) return status(sw::wrong_p1p2);
    if (!application_) return status(sw::not_found);
    const auto file_id = static_cast<std::uint16_t>(command.data[0] * 256 + command.data[1]);
    if (!exists(file_id)) return status(sw::not_found);
    current_ = file_id;
    return status(sw::ok);
}

bool JpkiCard::exists(std::uint16_t id) const {
    if (id == ef::pin) return contents_.auth_pin == AuthPin::Present;
    return id == ef::key || id == ef::signature_certificate || id == ef::signature_key || id == ef::signature_pin ||
           file(id).has_value();
}

// The files that anybody may read.
std::optional<Bytes> JpkiCard::file(std::uint16_t id) const {
    if (id == ef::certificate) return filled(contents_.certificate);
    if (id == ef::ca || id == ef::signature_ca) return filled(contents_.ca_certificate);
    if (id != ef::token) return std::nullopt;
    Bytes token = text_bytes(contents_.label);
    token.resize(kTokenLabel, ' ');
    token.resize(kTokenSize, 0x00);
    return token;
}

Bytes JpkiCard::read_binary(const Command& command) const {
    if (!current_) return status(sw::no_current_file);
    const auto content = file(*current_);
    if (!content) return status(sw::security_status);
    const std::size_t offset = static_cast<std::size_t>(command.p1) * 256U + command.p2;
    if (offset > kMaxOffset || offset >= content->size()) return status(sw::past_end);
    const std::size_t size = std::min(content->size() - offset, command.le.value_or(0));
    return answer(ByteView(*content).subspan(offset, size));
}

Bytes JpkiCard::verify(const Command& command) {
    if (command.p1 != 0x00 || command.p2 != kCurrentReference) return status(sw::wrong_p1p2);
    if (current_ != ef::pin && current_ != ef::signature_pin) return status(sw::no_current_file);
    Pin& pin = current_ == ef::pin ? contents_.pin : signature_pin_;
    const auto left = [&pin] { return status(static_cast<Sw>(sw::tries_left + pin.tries())); };
    // The counter is told even after a right PIN: the login cannot be asked for.
    if (command.data.empty()) return left();
    const Pin::Verdict verdict = pin.verify(std::string(command.data.begin(), command.data.end()));
    if (verdict == Pin::Verdict::Blocked) return status(sw::reference_unusable);
    if (current_ == ef::pin) logged_in_ = verdict == Pin::Verdict::Right;
    return verdict == Pin::Verdict::Right ? status(sw::ok) : left();
}

Bytes JpkiCard::sign(const Command& command) {
    if (command.p1 != 0x00 || command.p2 != kCurrentReference) return status(sw::wrong_p1p2);
    if (current_ != ef::key) return status(sw::conditions);
    if (!logged_in_) return status(sw::security_status);
    if (!command.le) return status(sw::wrong_length);
    const auto signature = contents_.key.sign_digest_info(command.data);
    return signature ? answer(*signature) : status(sw::wrong_data);
}

}  // namespace sekimori::lab
