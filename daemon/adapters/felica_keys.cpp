// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/felica_keys.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "crypto/felica.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::size_t kMaxKeys = 16;

// EXT_AUTH = 01 says that the card has accepted our MAC (block 92, first byte).
constexpr std::uint8_t kExtAuthDone = 0x01;

}  // namespace

Result<FelicaKeyFile> FelicaKeyFile::load(const std::string& path) {
    FelicaKeyFile file;
    if (path.empty()) return file;
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) return fail(ErrorCode::not_found, path + " is not there");
    if ((info.st_mode & 0077) != 0 || (info.st_uid != geteuid() && info.st_uid != 0))
        return fail(ErrorCode::refused, path + " must be readable by the broker alone");
    std::ifstream in(path);
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (line.empty() || line.front() == '#') continue;
        const bool master = line.starts_with("master ");
        const std::string_view hex = std::string_view(line).substr(master ? 7 : std::min<std::size_t>(3, line.size()));
        const auto ck = from_hex<16>(hex);
        const auto whole = from_hex<24>(hex);
        if (file.keys_.size() == kMaxKeys || (master ? !whole : !line.starts_with("ck ") || !ck))
            return fail(ErrorCode::malformed,
                        path + ": line " + std::to_string(number) + " is neither 'master HEX48' nor 'ck HEX32'");
        file.keys_.push_back(master ? SecureBytes(*whole) : SecureBytes(*ck));
        wipe({reinterpret_cast<std::uint8_t*>(line.data()), line.size()});
    }
    return file;
}

std::vector<SecureBytes> FelicaKeyFile::candidates(const wire::Block& id) const {
    std::vector<SecureBytes> keys;
    for (const SecureBytes& key : keys_) {
        if (key.size() == 16) {
            keys.push_back(key.clone());
        } else if (auto made = crypto::felica::diversify(key.span(), id)) {
            keys.push_back(std::move(*made));
        }
    }
    return keys;
}

Status FelicaVerifier::verify(ByteSpan card_key, ByteSpan enrolled_id, const LiteSExchange& exchange) {
    if (!SecureBytes::equal(enrolled_id, exchange.id)) return fail(ErrorCode::mismatch, "another card's ID");
    auto session = crypto::felica::Session::start(card_key, exchange.rc);
    if (!session) return tl::unexpected<Error>(session.error());
    if (auto read = session->check_read(
            {{crypto::felica::kBlockId, exchange.id}, {crypto::felica::kBlockCkv, exchange.ckv}}, exchange.mac_read);
        !read)
        return read;
    if (exchange.state[0] != kExtAuthDone) return fail(ErrorCode::mismatch, "the card did not accept the broker");
    return session->check_read({{crypto::felica::kBlockState, exchange.state}}, exchange.mac_state);
}

}  // namespace sekimori::daemon
