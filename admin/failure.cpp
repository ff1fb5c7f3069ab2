// SPDX-License-Identifier: Apache-2.0
#include "admin/failure.hpp"

#include "admin/json.hpp"
#include "admin/text.hpp"
#include "core/result.hpp"
#include "core/verdict.hpp"

namespace sekimori::admin {
namespace {

// One sentence a code (core/result.hpp).
struct Sentence {
    ErrorCode code;
    const char* text;
};
constexpr Sentence kSentences[] = {
    {ErrorCode::invalid_argument, later("The input is not acceptable.")},
    {ErrorCode::malformed, later("The input cannot be read.")},
    {ErrorCode::too_large, later("The input is too large.")},
    {ErrorCode::not_found, later("Not found.")},
    {ErrorCode::exists, later("It is there already.")},
    {ErrorCode::refused, later("A rule forbids it.")},
    {ErrorCode::mismatch, later("Two things do not agree that must.")},
    {ErrorCode::locked, later("Too many failures. Try again later.")},
    {ErrorCode::unavailable, later("A device or a service is missing.")},
    {ErrorCode::busy, later("Somebody else is at it. Try again in a moment.")},
    {ErrorCode::timeout, later("It took too long.")},
    {ErrorCode::gone, later("A card, a finger or a device went away.")},
    {ErrorCode::full, later("There is no space left.")},
    {ErrorCode::io, later("The operating system refused.")},
    {ErrorCode::crypto, later("The cryptographic library refused.")},
    {ErrorCode::corrupt, later("Stored data is not what was written.")},
    {ErrorCode::unsupported, later("This version cannot do that.")},
    {ErrorCode::internal, later("An error of the program.")},
};

std::string sentence_for(const std::string& code) {
    for (const Sentence& sentence : kSentences)
        if (code == name_of(sentence.code)) return tr(sentence.text);
    for (auto reason = static_cast<int>(Reason::granted); reason <= static_cast<int>(Reason::internal); ++reason) {
        const ReasonRow& row = row_of(static_cast<Reason>(reason));
        if (code == row.name) return fill(text_of(row.message), {{"n", "-"}});
    }
    return {};
}

// Does the catalogue speak another language than the source?
bool translated() { return tr("Not found.") != "Not found."; }

}  // namespace

std::string told(const Failure& failure) {
    std::string own = tr(failure.message);
    if (own != failure.message || !translated()) return own;
    const std::string sentence = sentence_for(failure.code);
    return sentence.empty() ? own : sentence + " (" + own + ")";
}

tl::unexpected<Failure> unreachable(std::string message) {
    if (message.empty()) message = "The broker cannot be reached.";
    return tl::unexpected<Failure>(Failure{Exit::unreachable, "unreachable", std::move(message),
                                           "Is the service sekimorid running? See: systemctl status sekimorid"});
}

tl::unexpected<Failure> cancelled() { return refuse("cancelled", "Cancelled. Nothing was stored."); }

Failure failure_from_json(const std::string& text, Exit exit) {
    const Json object = parse_json(text);
    Failure failure{exit, text_at(object, "code"), text_at(object, "message"), text_at(object, "hint")};
    if (failure.code.empty()) failure.code = "internal";
    if (failure.message.empty()) failure.message = "The broker gave no reason.";
    return failure;
}

}  // namespace sekimori::admin
