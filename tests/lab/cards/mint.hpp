// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "tests/lab/cards/key.hpp"

/// Keys and X.509 certificates for test cards, built with OpenSSL's EVP and X509. The lab's hierarchy is named
/// JPKI-LAB, never JPKI: nothing minted here can be mistaken for a real certificate.
namespace sekimori::lab {

enum class Hierarchy : std::uint8_t {
    Lab,   ///< C=JP, O=JPKI-LAB, OU=JPKI for user authentication, OU=Test Agency
    Test,  ///< the same with O=JPKI-TEST, which the product refuses outside lab mode
};

enum class Purpose : std::uint8_t { ClientAuth, ServerAuth };
enum class AuthorityKeyId : std::uint8_t { Present, Missing };

/// What a leaf certificate says. The defaults are a good one.
struct Leaf {
    std::string subject;  ///< "C=JP,CN=name", or just a common name
    int from_days = -1;   ///< validity relative to now
    int to_days = 1825;   ///< five years, as JPKI issues
    Purpose purpose = Purpose::ClientAuth;
    AuthorityKeyId authority_key_id = AuthorityKeyId::Present;
    std::size_t ballast = 0;  ///< bytes of comment, for a DER that is too large
};

/// A certificate authority: key and self-signed root. Two made alike share their subject DN and nothing else.
class Ca {
  public:
    static Outcome<Ca> create(KeyKind kind, Hierarchy hierarchy = Hierarchy::Lab);
    static Outcome<Ca> from(Key key, Bytes certificate);

    const Key& key() const { return key_; }
    /// The root certificate, DER.
    const Bytes& certificate() const { return certificate_; }
    /// A leaf for this key, DER.
    Outcome<Bytes> issue(const Key& subject_key, const Leaf& leaf) const;
    /// A CRL, DER, valid for 30 days, that revokes these certificates.
    Outcome<Bytes> revoke(const std::vector<Bytes>& certificates) const;

  private:
    Ca(Key key, Bytes certificate) : key_(std::move(key)), certificate_(std::move(certificate)) {}
    Key key_;
    Bytes certificate_;
};

/// 24 random characters as JPKI uses for a common name.
std::string opaque_name();
Bytes random_bytes(std::size_t size);
Bytes sha256(ByteView data);

}  // namespace sekimori::lab
