// SPDX-License-Identifier: Apache-2.0
// The fleet's own certificates, for TLS only: they open the door of the server and prove nothing about records. One
// certificate authority on the authority's host; keys are P-256.
#pragma once

#include <string>
#include <vector>

#include "core/instant.hpp"
#include "core/ports.hpp"
#include "core/result.hpp"
#include "protocol/secure_bytes.hpp"
#include "protocol/wire.hpp"

namespace sekimori::fleet {

using wire::Bytes;

struct KeyPair {
    SecureBytes key;    // PKCS #8, DER
    Bytes certificate;  // X.509, DER
};

enum class Purpose : std::uint8_t { client, server };
struct Subject {
    std::string name;  // the common name, and nothing else in the name
    Purpose purpose{Purpose::client};
    std::vector<std::string> hosts;  // of a server: names or addresses
    Millis from{}, until{};          // wall time
};

// A new certificate authority. Errors: crypto.
[[nodiscard]] Result<KeyPair> make_ca(const std::string& name, Millis from, Millis until, Rng& rng);
// The same authority with a later end: its key and its name stay, so what it signed stays good.
[[nodiscard]] Result<Bytes> renew_ca(const KeyPair& ca, Millis from, Millis until, Rng& rng);
// A key of ours and its certificate.
[[nodiscard]] Result<KeyPair> issue_pair(const KeyPair& ca, const Subject& subject, Rng& rng);
// For a key that somebody else made: hostile input. What the request says about names and purposes is passed over; its
// signature and the kind of its key count. Errors: malformed, mismatch, unsupported, crypto.
[[nodiscard]] Result<Bytes> issue_for_request(const KeyPair& ca, ByteSpan request, const Subject& subject, Rng& rng);

// The other side: a key and a request for it.
struct Request {
    SecureBytes key;  // PKCS #8, DER
    Bytes request;    // PKCS #10, DER
};
[[nodiscard]] Result<Request> make_request();
// For a secret key that is there (PKCS #8, DER). Errors: malformed, crypto.
[[nodiscard]] Result<Bytes> request_for(ByteSpan secret);

// Whether `certificate` (DER, hostile) is signed by `ca` and certifies this key. Errors: malformed, mismatch.
[[nodiscard]] Status check_certificate(ByteSpan certificate, ByteSpan ca, ByteSpan key);
// Hostile. Errors: malformed.
struct Facts {
    std::string name;        // the common name, where the subject is that and nothing else; else empty
    Millis from{}, until{};  // wall time
};
[[nodiscard]] Result<Facts> facts_of(ByteSpan der);
// Whether `fresh` (DER, hostile) is the same authority as `ca`: its name, its key, signed by it, and an authority
// still. Errors: malformed, mismatch.
[[nodiscard]] Status check_ca(ByteSpan fresh, ByteSpan ca);

// For libpq, which reads PEM. Errors: malformed.
[[nodiscard]] Result<std::string> pem_of_certificate(ByteSpan der);
[[nodiscard]] Result<SecureBytes> pem_of_key(ByteSpan der);
// The first one in the text. Errors: malformed.
[[nodiscard]] Result<Bytes> certificate_of_pem(ByteSpan pem);
[[nodiscard]] Result<SecureBytes> key_of_pem(ByteSpan pem);

}  // namespace sekimori::fleet
