// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/answer.hpp"

#include <fmt/chrono.h>
#include <glib.h>

#include <algorithm>
#include <memory>

#include "protocol/wire.hpp"

namespace sekimori::daemon {
namespace {

struct Words {
    Reason reason;
    const char* message;
    const char* hint;
};
// What an administrator is told; a person at the terminal gets the message id of core/verdict.cpp.
constexpr Words kWords[] = {
    {Reason::too_many_cards, "more than one card is there", "take one away, or name the reader"},
    {Reason::card_timeout, "no card came in time", "place the card and try again"},
    {Reason::card_unknown, "the card is not one that can be used", "PIV, JPKI and FeliCa Lite-S cards are known"},
    {Reason::card_removed, "the card was taken away too early", "leave it on the reader until it is done"},
    {Reason::card_unreadable, "the card could not be read",
     "clean it, place it again; if another program uses the reader, close it"},
    {Reason::card_weak, "the policy refuses cards of this strength",
     "a policy that names it is needed: least_strength"},
    {Reason::card_bad_signature, "the card's signature does not verify",
     "the card does not hold the key that it shows"},
    {Reason::card_expired, "the card's certificate has expired", "renew the card, then enrol it"},
    {Reason::pin_wrong, "the PIN is wrong", "look at the tries that are left before trying again"},
    {Reason::pin_blocked, "the card's PIN is blocked", "a My Number card is unblocked at a municipal office"},
    {Reason::pin_last_try, "one try is left: it is not spent",
     "enter the right PIN with the card's own software first"},
    {Reason::pin_missing, "the card has no PIN for authentication", "a My Number card without PIN cannot be used"},
    {Reason::pin_malformed, "that is not a PIN", "4 digits on a My Number card, 6 to 8 on a PIV card"},
    {Reason::card_worker_lost, "the card reader's process is not there",
     "sekimori status; systemctl status sekimori-card"},
    {Reason::finger_worker_lost, "the scanner's process is not there",
     "sekimori status; systemctl status sekimori-finger"},
    {Reason::no_reader, "no card reader is there", "plug it in; [devices] readers= names those that are used"},
    {Reason::no_scanner, "no fingerprint scanner is there", "plug it in; sekimori status"},
    {Reason::finger_timeout, "no finger came in time", "place the finger when asked"},
    {Reason::cancelled, "cancelled", "nothing was stored"},
    {Reason::busy, "the devices serve somebody else", "try again in a moment"},
    {Reason::not_permitted, "that needs an administrator", "the card and finger of a person with that role"},
    {Reason::locked_out, "too many failures", "wait; sekimori person show tells until when"},
};

}  // namespace

tl::unexpected<Refusal> refuse(ErrorCode code, std::string message, std::string hint) {
    return tl::unexpected<Refusal>(Refusal{name_of(code), std::move(message), std::move(hint)});
}
tl::unexpected<Refusal> refuse(const Error& error) { return refuse(error.code, error.message); }
tl::unexpected<Refusal> refuse(const Denied& denied) {
    for (const Words& words : kWords)
        if (words.reason == denied.reason)
            return tl::unexpected<Refusal>(Refusal{name_of(denied.reason), words.message, words.hint});
    return tl::unexpected<Refusal>(
        Refusal{name_of(denied.reason), std::string("refused: ") + name_of(denied.reason), ""});
}

Arguments::Arguments(std::string_view text) : json_(Json::parse(text, nullptr, false)) {
    if (!json_.is_object()) bad("the arguments are no JSON object");
}

void Arguments::bad(const std::string& what) {
    if (!problem_) problem_ = Refusal{name_of(ErrorCode::invalid_argument), what, ""};
}

const Json* Arguments::find(const char* key) {
    read_.emplace_back(key);
    if (!json_.is_object()) return nullptr;
    const auto found = json_.find(key);
    return found == json_.end() ? nullptr : &*found;
}

std::optional<std::string> Arguments::optional_text(const char* key, std::size_t max) {
    const Json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string() || value->get_ref<const std::string&>().size() > max) {
        bad(std::string(key) + " must be a text");
        return std::nullopt;
    }
    auto text = value->get<std::string>();
    if (!wire::valid_text({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}))
        bad(std::string(key) + " is not UTF-8");
    return text;
}
std::string Arguments::text(const char* key, std::size_t max) {
    auto value = optional_text(key, max);
    if (!value || value->empty()) bad(std::string(key) + " is missing");
    return value.value_or("");
}
std::optional<std::uint64_t> Arguments::optional_number(const char* key, std::uint64_t least, std::uint64_t most) {
    const Json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() < least || value->get<std::uint64_t>() > most) {
        bad(std::string(key) + " must be a number from " + std::to_string(least) + " to " + std::to_string(most));
        return std::nullopt;
    }
    return value->get<std::uint64_t>();
}
std::uint64_t Arguments::number(const char* key, std::uint64_t least, std::uint64_t most) {
    const auto value = optional_number(key, least, most);
    if (!value) bad(std::string(key) + " is missing");
    return value.value_or(least);
}
bool Arguments::flag(const char* key) {
    const Json* value = find(key);
    if (value == nullptr) return false;
    if (!value->is_boolean()) bad(std::string(key) + " must be true or false");
    return value->is_boolean() && value->get<bool>();
}
std::vector<std::string> Arguments::texts(const char* key) {
    std::vector<std::string> out;
    const Json* value = find(key);
    if (value == nullptr) return out;
    if (!value->is_array() || value->size() > 16) {
        bad(std::string(key) + " must be a list of at most 16 texts");
        return out;
    }
    for (const Json& item : *value) {
        if (!item.is_string() || item.get_ref<const std::string&>().empty() ||
            item.get_ref<const std::string&>().size() > 255)
            bad(std::string(key) + " must be a list of texts");
        else
            out.push_back(item.get<std::string>());
    }
    return out;
}
Json Arguments::list(const char* key, std::size_t max) {
    const Json* value = find(key);
    if (value == nullptr || !value->is_array() || value->size() > max) {
        bad(std::string(key) + " must be a list");
        return Json::array();
    }
    return *value;
}
Json Arguments::object(const char* key) {
    const Json* value = find(key);
    if (value != nullptr && !value->is_object()) bad(std::string(key) + " must be an object");
    return value != nullptr && value->is_object() ? *value : Json::object();
}
std::optional<Refusal> Arguments::problem() {
    if (json_.is_object())
        for (const auto& [key, value] : json_.items())
            if (std::find(read_.begin(), read_.end(), key) == read_.end())
                bad("unknown argument '" + key.substr(0, 64) + "'");
    return problem_;
}

std::string time_text(Millis wall) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(wall);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(seconds.count())),
                       (wall - seconds).count());
}
Json time_or_null(Millis wall) { return wall == Millis{0} ? Json(nullptr) : Json(time_text(wall)); }

std::optional<Millis> parse_time(const std::string& text) {
    const std::unique_ptr<GTimeZone, decltype(&g_time_zone_unref)> utc(g_time_zone_new_utc(), g_time_zone_unref);
    const std::unique_ptr<GDateTime, decltype(&g_date_time_unref)> time(
        g_date_time_new_from_iso8601(text.c_str(), utc.get()), g_date_time_unref);
    if (!time) return std::nullopt;
    return Millis{g_date_time_to_unix(time.get()) * 1000 + g_date_time_get_microsecond(time.get()) / 1000};
}

}  // namespace sekimori::daemon
