// SPDX-License-Identifier: Apache-2.0
#include "core/transcript.hpp"

#include <string_view>

namespace sekimori {
namespace {

// Names the protocol and its version: a signature over this can't be one over anything else that the key signs.
constexpr std::string_view kLabel = "sekimori transcript v1";

class Builder {
  public:
    void part(ByteSpan bytes) {
        number(static_cast<std::uint64_t>(bytes.size()), 4);
        out_.insert(out_.end(), bytes.begin(), bytes.end());
    }
    void part(std::string_view text) { part({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}); }
    void part(std::uint64_t value) {
        number(8, 4);
        number(value, 8);
    }
    [[nodiscard]] std::vector<std::uint8_t> take() { return std::move(out_); }

  private:
    void number(std::uint64_t value, unsigned width) {
        while (width-- > 0) out_.push_back(static_cast<std::uint8_t>(value >> (8 * width)));
    }
    std::vector<std::uint8_t> out_;
};

}  // namespace

std::vector<std::uint8_t> Transcript::bytes() const {
    Builder builder;
    builder.part(kLabel);
    builder.part(static_cast<std::uint64_t>(purpose));
    builder.part(ledger.bytes);
    builder.part(service);
    builder.part(terminal.bytes);
    builder.part(person.bytes);
    builder.part(account);
    builder.part(card.bytes);
    builder.part(static_cast<std::uint64_t>(slot));
    builder.part(transaction.bytes);
    builder.part(nonce);
    builder.part(static_cast<std::uint64_t>(time.count()));
    return builder.take();
}

}  // namespace sekimori
