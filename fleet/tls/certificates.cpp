// SPDX-License-Identifier: Apache-2.0
#include "fleet/tls/certificates.hpp"

#include <openssl/ec.h>

#include <ctime>

#include "fleet/tls/openssl.hpp"

namespace sekimori::fleet {
namespace {

constexpr std::size_t kMaxRequest = 4096;
constexpr std::size_t kMaxCertificate = 8192;

// What EVP_EC_gen() is short for, without its cast.
Pkey make_key() { return Pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")); }

bool good_key(const EVP_PKEY* key) {
    char group[32] = {};
    std::size_t size = 0;
    return key != nullptr && EVP_PKEY_is_a(key, "EC") == 1 &&
           EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
           std::string_view(group, size) == "prime256v1";
}

Result<SecureBytes> private_der(EVP_PKEY* key) {
    const Pkcs8 info(EVP_PKEY2PKCS8(key));
    if (!info) return tls_failed("encoding a key");
    unsigned char* raw = nullptr;
    const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), &raw);
    const std::unique_ptr<unsigned char, FreeBytes> owned(raw);
    if (size <= 0) return tls_failed("encoding a key");
    const std::span<std::uint8_t> bytes(raw, static_cast<std::size_t>(size));
    SecureBytes out{ByteSpan(bytes)};
    wipe(bytes);
    if (out.size() != bytes.size()) return fail(ErrorCode::internal, "certificates: out of memory");
    return out;
}

bool set_name(X509_NAME* name, const std::string& text) {
    return name != nullptr && X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                                         reinterpret_cast<const unsigned char*>(text.data()),
                                                         static_cast<int>(text.size()), -1, 0) == 1;
}
bool set_serial(X509* certificate, Rng& rng) {
    std::array<std::uint8_t, 16> number{};
    if (!rng.fill(number)) return false;
    number[0] = static_cast<std::uint8_t>((number[0] & 0x3f) | 0x40);  // positive, and of full length
    const std::unique_ptr<BIGNUM, Freed<BN_free>> big(
        BN_bin2bn(number.data(), static_cast<int>(number.size()), nullptr));
    return big && BN_to_ASN1_INTEGER(big.get(), X509_get_serialNumber(certificate)) != nullptr;
}
bool set_times(X509* certificate, Millis from, Millis until) {
    const auto seconds = [](Millis at) { return static_cast<time_t>(at.count() / 1000); };
    return ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(from)) != nullptr &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(until)) != nullptr;
}
bool add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}
// By objects, not by a text in which a comma would mean something.
bool add_hosts(X509* certificate, const std::vector<std::string>& hosts) {
    const Names names(GENERAL_NAMES_new());
    for (const std::string& host : hosts) {
        std::unique_ptr<GENERAL_NAME, Freed<GENERAL_NAME_free>> name(GENERAL_NAME_new());
        if (ASN1_OCTET_STRING* address = a2i_IPADDRESS(host.c_str()); address != nullptr) {
            GENERAL_NAME_set0_value(name.get(), GEN_IPADD, address);
        } else {
            ERR_clear_error();
            ASN1_IA5STRING* text = ASN1_IA5STRING_new();
            if (ASN1_STRING_set(text, host.data(), static_cast<int>(host.size())) != 1) return false;
            GENERAL_NAME_set0_value(name.get(), GEN_DNS, text);
        }
        if (sk_GENERAL_NAME_push(names.get(), name.get()) <= 0) return false;
        (void)name.release();
    }
    return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) == 1;
}

std::optional<Millis> wall_time(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return std::chrono::seconds{timegm(&parts)};
}
std::string only_name(const X509_NAME* name) {
    if (X509_NAME_entry_count(name) != 1) return "";
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, 0);
    if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) != NID_commonName) return "";
    unsigned char* raw = nullptr;
    const int size = ASN1_STRING_to_UTF8(&raw, X509_NAME_ENTRY_get_data(entry));
    const std::unique_ptr<unsigned char, FreeBytes> owned(raw);
    return size <= 0 ? std::string() : std::string(reinterpret_cast<const char*>(raw), static_cast<std::size_t>(size));
}

Result<Bytes> sign(const KeyPair& ca, EVP_PKEY* key, const Subject& subject, Rng& rng) {
    const Certificate issuer = parse_certificate(ca.certificate);
    const Pkey issuer_key = parse_key(ca.key.span());
    const Certificate made(X509_new());
    if (!issuer || !issuer_key || !made) return tls_failed("reading the authority's certificate");
    const bool server = subject.purpose == Purpose::server;
    const bool done =
        X509_set_version(made.get(), X509_VERSION_3) == 1 && set_serial(made.get(), rng) &&
        set_name(X509_get_subject_name(made.get()), subject.name) &&
        X509_set_issuer_name(made.get(), X509_get_subject_name(issuer.get())) == 1 &&
        set_times(made.get(), subject.from, subject.until) && X509_set_pubkey(made.get(), key) == 1 &&
        add_extension(made.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(made.get(), issuer.get(), NID_key_usage, "critical,digitalSignature") &&
        add_extension(made.get(), issuer.get(), NID_ext_key_usage, server ? "serverAuth" : "clientAuth") &&
        add_extension(made.get(), issuer.get(), NID_authority_key_identifier, "keyid:always") &&
        (!server || add_hosts(made.get(), subject.hosts)) && X509_sign(made.get(), issuer_key.get(), EVP_sha256()) > 0;
    if (!done) return tls_failed("issuing");
    return der_of(made.get(), i2d_X509);
}

Result<Bytes> sign_ca(EVP_PKEY* key, const std::string& name, Millis from, Millis until, Rng& rng) {
    const Certificate made(X509_new());
    const bool done = made && X509_set_version(made.get(), X509_VERSION_3) == 1 && set_serial(made.get(), rng) &&
                      set_name(X509_get_subject_name(made.get()), name) &&
                      X509_set_issuer_name(made.get(), X509_get_subject_name(made.get())) == 1 &&
                      set_times(made.get(), from, until) && X509_set_pubkey(made.get(), key) == 1 &&
                      add_extension(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                      add_extension(made.get(), made.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
                      add_extension(made.get(), made.get(), NID_subject_key_identifier, "hash") &&
                      X509_sign(made.get(), key, EVP_sha256()) > 0;
    if (!done) return tls_failed("making an authority");
    return der_of(made.get(), i2d_X509);
}

}  // namespace

Result<KeyPair> make_ca(const std::string& name, Millis from, Millis until, Rng& rng) {
    const Pkey key = make_key();
    if (!key) return tls_failed("making a key");
    auto secret = private_der(key.get());
    if (!secret) return tl::unexpected<Error>(secret.error());
    auto certificate = sign_ca(key.get(), name, from, until, rng);
    if (!certificate) return tl::unexpected<Error>(certificate.error());
    return KeyPair{std::move(*secret), std::move(*certificate)};
}

Result<Bytes> renew_ca(const KeyPair& ca, Millis from, Millis until, Rng& rng) {
    const Pkey key = parse_key(ca.key.span());
    const auto facts = facts_of(ca.certificate);
    if (!key) return tls_malformed("a key");
    if (!facts) return tl::unexpected<Error>(facts.error());
    return sign_ca(key.get(), facts->name, from, until, rng);
}

Result<KeyPair> issue_pair(const KeyPair& ca, const Subject& subject, Rng& rng) {
    const Pkey key = make_key();
    if (!key) return tls_failed("making a key");
    auto certificate = sign(ca, key.get(), subject, rng);
    if (!certificate) return tl::unexpected<Error>(certificate.error());
    auto secret = private_der(key.get());
    if (!secret) return tl::unexpected<Error>(secret.error());
    return KeyPair{std::move(*secret), std::move(*certificate)};
}

Result<Bytes> issue_for_request(const KeyPair& ca, ByteSpan request, const Subject& subject, Rng& rng) {
    if (request.size() > kMaxRequest) return fail(ErrorCode::malformed, "certificates: the request is too large");
    const auto parsed = parse_der<CertificateRequest>(request, d2i_X509_REQ);
    if (!parsed) return tls_malformed("a request");
    EVP_PKEY* key = X509_REQ_get0_pubkey(parsed.get());
    if (!good_key(key)) {
        ERR_clear_error();
        return fail(ErrorCode::unsupported, "certificates: the request's key is not of P-256");
    }
    if (X509_REQ_verify(parsed.get(), key) != 1) {
        ERR_clear_error();
        return fail(ErrorCode::mismatch, "certificates: the request is not signed by its key");
    }
    return sign(ca, key, subject, rng);
}

Result<Request> make_request() {
    const Pkey key = make_key();
    if (!key) return tls_failed("making a key");
    auto secret = private_der(key.get());
    if (!secret) return tl::unexpected<Error>(secret.error());
    auto request = request_for(secret->span());
    if (!request) return tl::unexpected<Error>(request.error());
    return Request{std::move(*secret), std::move(*request)};
}

Result<Bytes> request_for(ByteSpan secret) {
    const Pkey key = parse_key(secret);
    if (!key || !good_key(key.get())) return tls_malformed("a key of ours");
    const CertificateRequest made(X509_REQ_new());
    if (!made || X509_REQ_set_pubkey(made.get(), key.get()) != 1 ||
        !set_name(X509_REQ_get_subject_name(made.get()), "terminal") ||
        X509_REQ_sign(made.get(), key.get(), EVP_sha256()) <= 0)
        return tls_failed("making a request");
    return der_of(made.get(), i2d_X509_REQ);
}

Status check_certificate(ByteSpan certificate, ByteSpan ca, ByteSpan key) {
    if (certificate.size() > kMaxCertificate) return fail(ErrorCode::malformed, "certificates: too large");
    const Certificate ours = parse_certificate(certificate);
    const Certificate issuer = parse_certificate(ca);
    const Pkey secret = parse_key(key);
    if (!ours || !issuer || !secret) return tls_malformed("a certificate, or not its key");
    const bool good = X509_verify(ours.get(), X509_get0_pubkey(issuer.get())) == 1 &&
                      X509_check_private_key(ours.get(), secret.get()) == 1;
    ERR_clear_error();
    if (!good) return fail(ErrorCode::mismatch, "certificates: of another authority, or of another key");
    return {};
}

Result<Facts> facts_of(ByteSpan der) {
    const Certificate certificate = der.size() > kMaxCertificate ? Certificate() : parse_certificate(der);
    if (!certificate) return tls_malformed("a certificate");
    const auto from = wall_time(X509_get0_notBefore(certificate.get()));
    const auto until = wall_time(X509_get0_notAfter(certificate.get()));
    if (!from || !until) return tls_malformed("a certificate");
    ERR_clear_error();
    return Facts{only_name(X509_get_subject_name(certificate.get())), *from, *until};
}

Status check_ca(ByteSpan fresh, ByteSpan ca) {
    if (fresh.size() > kMaxCertificate) return fail(ErrorCode::malformed, "certificates: too large");
    const Certificate ours = parse_certificate(fresh);
    const Certificate known = parse_certificate(ca);
    if (!ours || !known) return tls_malformed("a certificate");
    EVP_PKEY* key = X509_get0_pubkey(known.get());
    const bool same = key != nullptr && EVP_PKEY_eq(X509_get0_pubkey(ours.get()), key) == 1 &&
                      X509_NAME_cmp(X509_get_subject_name(ours.get()), X509_get_subject_name(known.get())) == 0 &&
                      X509_verify(ours.get(), key) == 1 && X509_check_ca(ours.get()) == 1;
    ERR_clear_error();
    if (!same) return fail(ErrorCode::mismatch, "certificates: another authority");
    return {};
}

Result<std::string> pem_of_certificate(ByteSpan der) {
    const Certificate certificate = parse_certificate(der);
    const Bio bio(BIO_new(BIO_s_mem()));
    if (!certificate || !bio || PEM_write_bio_X509(bio.get(), certificate.get()) != 1)
        return tls_malformed("a certificate");
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return std::string(text, static_cast<std::size_t>(size));
}

Result<SecureBytes> pem_of_key(ByteSpan der) {
    const Pkey key = parse_key(der);
    const Bio bio(BIO_new(BIO_s_secmem()));
    if (!key || !bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return tls_malformed("a key");
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return SecureBytes(ByteSpan(reinterpret_cast<const std::uint8_t*>(text), static_cast<std::size_t>(size)));
}

Result<Bytes> certificate_of_pem(ByteSpan pem) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const Certificate certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!certificate) return tls_malformed("a certificate");
    return der_of(certificate.get(), i2d_X509);
}

Result<SecureBytes> key_of_pem(ByteSpan pem) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    // Without a passphrase nobody is asked for one.
    const auto nobody = [](char*, int, int, void*) { return -1; };
    const Pkey key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nobody, nullptr) : nullptr);
    if (!key) return tls_malformed("a key");
    return private_der(key.get());
}

}  // namespace sekimori::fleet
