// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/context.hpp"

#include <fmt/format.h>

#include <charconv>

namespace sekimori::fleet {

const std::string* Context::option(const char* name) const {
    const auto at = words.options.find(name);
    return at == words.options.end() ? nullptr : &at->second;
}

std::string Context::option_or(const char* name, const std::string& other) const {
    const std::string* found = option(name);
    return found != nullptr ? *found : other;
}

Result<std::int64_t> Context::number(const char* name, std::int64_t other, std::int64_t most) const {
    const std::string* text = option(name);
    if (text == nullptr) return other;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value < 0 || value > most)
        return fail(ErrorCode::invalid_argument, std::string("--") + name + " is no number that is meant");
    return value;
}

Result<std::optional<int>> Context::descriptor(const char* name) const {
    const auto fd = number(name, -1, 1 << 20);
    if (!fd) return tl::unexpected<Error>(fd.error());
    return *fd < 0 ? std::nullopt : std::optional<int>(static_cast<int>(*fd));
}

Result<SecureBytes> Context::passphrase(Asked asked) const {
    const auto fd = descriptor("passphrase-fd");
    if (!fd) return tl::unexpected<Error>(fd.error());
    return ask_passphrase(*fd, asked);
}

CardParts Context::card_parts() const {
    CardParts parts;
    parts.start = [config = option_or("config", "/etc/sekimori/sekimori.conf")] { return CardWorker::start(config); };
    parts.ask = [fd = descriptor("pin-fd")](const DeskCard& card) -> Result<SecureBytes> {
        if (!fd) return tl::unexpected<Error>(fd.error());
        return ask_pin(*fd,
                       fmt::format("PIN of the authority's card in {} ({} tries left): ", card.reader, card.tries));
    };
    parts.reader = option_or("reader", "");
    return parts;
}

// What comes of the renewals is told, and holds up nothing.
Result<Office> Context::office() const {
    auto office = office_only();
    if (!office) return office;
    const auto renewed = office->renew();
    if (!renewed)
        (void)fprintf(stderr, "sekimori-authority: certificates: %s\n", renewed.error().message.c_str());
    else if (!renewed->names.empty() || renewed->refused > 0)
        (void)fprintf(stderr, "sekimori-authority: %zu certificates renewed, %zu requests refused\n",
                      renewed->names.size(), renewed->refused);
    return office;
}

Result<Office> Context::office_only() const {
    auto secret = passphrase(Asked::once);
    if (!secret) return tl::unexpected<Error>(secret.error());
    const auto on_card = [this](ByteSpan key) { return std::make_unique<CardAuthor>(card_parts(), key); };
    return Office::open(state, std::move(*secret), on_card, clock, rng);
}

}  // namespace sekimori::fleet
