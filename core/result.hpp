// SPDX-License-Identifier: Apache-2.0
// Result<T>: the one way in which a function of this project fails. No exceptions of our own cross a function's border.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace sekimori {

// What went wrong, in the program's own terms. What the user is told is a Message (core/message.hpp), never this.
enum class ErrorCode : std::uint8_t {
    invalid_argument,  // the caller's input is not acceptable
    malformed,         // bytes from outside do not parse
    too_large,         // a bound was exceeded before anything was allocated
    not_found,
    exists,       // it is there already
    refused,      // a rule says no
    mismatch,     // two things that must agree do not (signature, hash, identity)
    locked,       // too many failures; try later
    unavailable,  // a device, worker or service is not there
    busy,
    timeout,
    cancelled,
    gone,     // card, finger, peer or session vanished in the middle (also: end of file)
    full,     // no space
    io,       // the operating system said no
    crypto,   // the library refused; never a wrong signature, which is `mismatch`
    corrupt,  // our own stored data is not what we wrote
    unsupported,
    internal,
};

// `message` is English, for logs and administrators; it never holds a secret, a template or APDU data.
struct Error {
    ErrorCode code{ErrorCode::internal};
    std::string message;

    bool operator==(const Error&) const = default;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

// The stable name of a code, for logs and for {"error":{"code":...}}.
[[nodiscard]] constexpr const char* name_of(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::invalid_argument:
            return "invalid_argument";
        case ErrorCode::malformed:
            return "malformed";
        case ErrorCode::too_large:
            return "too_large";
        case ErrorCode::not_found:
            return "not_found";
        case ErrorCode::exists:
            return "exists";
        case ErrorCode::refused:
            return "refused";
        case ErrorCode::mismatch:
            return "mismatch";
        case ErrorCode::locked:
            return "locked";
        case ErrorCode::unavailable:
            return "unavailable";
        case ErrorCode::busy:
            return "busy";
        case ErrorCode::timeout:
            return "timeout";
        case ErrorCode::cancelled:
            return "cancelled";
        case ErrorCode::gone:
            return "gone";
        case ErrorCode::full:
            return "full";
        case ErrorCode::io:
            return "io";
        case ErrorCode::crypto:
            return "crypto";
        case ErrorCode::corrupt:
            return "corrupt";
        case ErrorCode::unsupported:
            return "unsupported";
        case ErrorCode::internal:
            return "internal";
    }
    return "internal";
}

}  // namespace sekimori
