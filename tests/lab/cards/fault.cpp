// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/fault.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "tests/lab/cards/apdu.hpp"
#include "tests/lab/cards/mint.hpp"

namespace sekimori::lab {
namespace {

class Call final : public Fault {
  public:
    explicit Call(std::function<void(Exchange&)> hook) : hook_(std::move(hook)) {}
    void on_apdu(Exchange& exchange) override { hook_(exchange); }

  private:
    std::function<void(Exchange&)> hook_;
};

class SwapBeforeSignature final : public Fault {
  public:
    explicit SwapBeforeSignature(std::shared_ptr<Card> next) : next_(std::move(next)) {}
    void on_apdu(Exchange& exchange) override {
        if (is_certificate_command(exchange.command) && status_of(exchange.answer) == sw::ok) certificate_read_ = true;
        if (is_signature_command(exchange.command)) swap(exchange);
    }
    void on_power_off(Exchange& exchange) override {
        if (certificate_read_) swap(exchange);
    }

  private:
    void swap(Exchange& exchange) {
        exchange.ending = Ending::Swap;
        exchange.next = next_;
    }
    std::shared_ptr<Card> next_;
    bool certificate_read_ = false;
};

class ExactLe final : public Fault {
  public:
    void on_apdu(Exchange& exchange) override {
        const auto command = parse_command(exchange.command);
        if (!command) return;
        const Bytes header{command->cla, command->ins, command->p1, command->p2};
        // The repetition gets the very answer that was held back: a signature is not made twice.
        if (!held_.empty() && header == header_ && command->le == held_.size() - 2)
            exchange.answer = std::exchange(held_, {});
        held_.clear();
        const std::size_t size = exchange.answer.size() < 2 ? 0 : exchange.answer.size() - 2;
        if (size == 0 || size > 0xFF || !command->le || *command->le == size) return;
        if (status_of(exchange.answer) != sw::ok) return;
        header_ = header;
        held_ = std::exchange(exchange.answer, status(static_cast<Sw>(sw::exact_length + size)));
    }

  private:
    Bytes header_;
    Bytes held_;
};

bool hits(const Exchange& exchange, Nth nth) { return nth == kEvery || exchange.number == nth; }

void malform(Bytes& bytes, Malformation kind) {
    const Bytes tail = bytes.size() >= 2 ? Bytes(bytes.end() - 2, bytes.end()) : Bytes{0x90, 0x00};
    Bytes data = bytes.size() >= 2 ? Bytes(bytes.begin(), bytes.end() - 2) : Bytes{};
    switch (kind) {
        case Malformation::Truncate:
            data.resize(data.size() / 2);
            break;
        case Malformation::Flip:
            for (std::size_t i = 0; i < data.size(); i += 16) data[i] ^= 0x01U;
            break;
        case Malformation::Garbage:
            data = random_bytes(data.size());
            break;
        case Malformation::TlvLength:
            // Whatever tag comes first now claims a length of nearly four gigabytes.
            for (std::size_t i = 1; i < data.size() && i < 6; ++i) data[i] = i == 1 ? 0x84 : 0xFE;
            break;
        case Malformation::Oversize:
            data.resize(60'000, 0x30);
            break;
        case Malformation::Empty:
            bytes.clear();
            return;
    }
    bytes = std::move(data);
    append(bytes, tail);
}

template <class Number>
std::optional<Number> number(std::string_view text, int base = 10) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<Malformation> malformation(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, Malformation>, 6> names{{{"truncate", Malformation::Truncate},
                                                                              {"flip", Malformation::Flip},
                                                                              {"garbage", Malformation::Garbage},
                                                                              {"tlv", Malformation::TlvLength},
                                                                              {"oversize", Malformation::Oversize},
                                                                              {"empty", Malformation::Empty}}};
    for (const auto& [known, kind] : names) {
        if (known == name) return kind;
    }
    return std::nullopt;
}

}  // namespace

bool is_signature_command(ByteView command) {
    if (command.size() < 4) return false;
    return (command[0] == 0x00 && command[1] == ins::general_authenticate) ||
           (command[0] == 0x80 && command[1] == ins::perform_security_operation);
}

bool is_certificate_command(ByteView command) {
    return command.size() >= 4 &&
           (command[1] == ins::get_data || command[1] == ins::read_binary || command[1] == ins::get_response);
}

namespace faults {

std::shared_ptr<Fault> call(std::function<void(Exchange&)> hook) { return std::make_shared<Call>(std::move(hook)); }

std::shared_ptr<Fault> slow(std::chrono::milliseconds delay, Nth nth) {
    return call([=](Exchange& exchange) {
        if (hits(exchange, nth)) exchange.delay = delay;
    });
}

std::shared_ptr<Fault> mute(Nth from) {
    return call([=](Exchange& exchange) {
        if (exchange.number >= from) exchange.ending = Ending::Mute;
    });
}

std::shared_ptr<Fault> pull(Nth nth, Ending how) {
    return call([=](Exchange& exchange) {
        if (hits(exchange, nth)) exchange.ending = how;
    });
}

std::shared_ptr<Fault> say(std::uint16_t status_word, Nth nth) {
    return call([=](Exchange& exchange) {
        if (hits(exchange, nth)) exchange.answer = status(status_word);
    });
}

std::shared_ptr<Fault> malformed(Malformation kind, Nth nth) {
    return call([=](Exchange& exchange) {
        if (hits(exchange, nth)) malform(exchange.answer, kind);
    });
}

std::shared_ptr<Fault> swap_before_signature(std::shared_ptr<Card> next) {
    return std::make_shared<SwapBeforeSignature>(std::move(next));
}

std::shared_ptr<Fault> swap_at(std::shared_ptr<Card> next, Nth nth) {
    return call([next = std::move(next), nth](Exchange& exchange) {
        if (!hits(exchange, nth)) return;
        exchange.ending = Ending::Swap;
        exchange.next = next;
    });
}

std::shared_ptr<Fault> exact_le() { return std::make_shared<ExactLe>(); }

}  // namespace faults

Outcome<std::shared_ptr<Fault>> parse_fault(std::string_view text) {
    const tl::unexpected<std::string> bad = failure("bad fault: " + std::string(text));
    std::optional<Nth> nth;
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
        nth = number<Nth>(text.substr(at + 1));
        if (!nth || *nth == 0) return bad;
        text = text.substr(0, at);
    }
    const std::size_t colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    const std::string_view argument = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);

    if (name == "slow") {
        const auto ms = number<unsigned>(argument);
        if (!ms) return bad;
        return faults::slow(std::chrono::milliseconds{*ms}, nth.value_or(kEvery));
    }
    if (name == "mute" && argument.empty()) return faults::mute(nth.value_or(1));
    if (name == "pull" && nth) return faults::pull(*nth);
    if (name == "pull-mid-frame" && nth) return faults::pull(*nth, Ending::PullInMidFrame);
    if (name == "say") {
        const auto word = number<std::uint16_t>(argument, 16);
        if (!word || argument.size() != 4) return bad;
        return faults::say(*word, nth.value_or(kEvery));
    }
    if (name == "malformed") {
        const auto kind = malformation(argument);
        if (!kind) return bad;
        return faults::malformed(*kind, nth.value_or(kEvery));
    }
    if (name == "exact-le" && !nth) return faults::exact_le();
    return bad;
}

}  // namespace sekimori::lab
