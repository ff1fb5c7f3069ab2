// SPDX-License-Identifier: Apache-2.0
// What a server or a joining terminal may send: arrays in binary format, payloads of notifications, addresses in a
// token, requests for certificates and certificates.
#include "crypto/system.hpp"
#include "fleet/pq/target.hpp"
#include "fleet/pq/values.hpp"
#include "fleet/tls/certificates.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using namespace sekimori;
using namespace sekimori::fleet;

const KeyPair& authority() {
    static crypto::SystemRng rng;
    static const auto made = make_ca("fuzz", Millis{1'790'000'000'000}, Millis{1'800'000'000'000}, rng);
    SEKIMORI_HOLDS(made.has_value());
    return *made;
}

void arrays(ByteSpan bytes) {
    const auto items = split_array(bytes);
    if (!items) return;
    std::size_t total = 0;
    for (const ByteSpan item : *items) {
        SEKIMORI_HOLDS(item.empty() ||
                       (item.data() >= bytes.data() && item.data() + item.size() <= bytes.data() + bytes.size()));
        total += item.size() + 4;
    }
    SEKIMORI_HOLDS(total <= bytes.size());
}

void texts(ByteSpan bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (const auto decoded = from_base64(text)) SEKIMORI_HOLDS(decoded->size() <= text.size() / 4 * 3);
    if (const auto hosts = parse_hosts(text))
        for (const Host& host : *hosts)
            SEKIMORI_HOLDS(host.name.find_first_of(", /'\\=@") == std::string::npos && !host.port.empty());
}

void certificates(ByteSpan bytes) {
    static crypto::SystemRng rng;
    const KeyPair& ca = authority();
    const Subject subject{"terminal-0", Purpose::client, {}, Millis{1'790'000'000'000}, Millis{1'800'000'000'000}};
    if (const auto made = issue_for_request(ca, bytes, subject, rng))
        SEKIMORI_HOLDS(pem_of_certificate(*made).has_value());
    SEKIMORI_HOLDS(!check_certificate(bytes, ca.certificate, ca.key.span()) || !bytes.empty());
    if (const auto facts = facts_of(bytes)) SEKIMORI_HOLDS(pem_of_certificate(bytes).has_value());
    // Nobody who lacks its key goes on as this authority.
    SEKIMORI_HOLDS(!check_ca(bytes, ca.certificate) || ByteSpan(ca.certificate).size() == bytes.size());
    (void)request_for(bytes);
    (void)key_of_pem(bytes);
    (void)pem_of_certificate(bytes);
    (void)certificate_of_pem(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteSpan bytes(data, size);
    arrays(bytes);
    texts(bytes);
    certificates(bytes);
    return 0;
}
