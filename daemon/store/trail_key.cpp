// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/trail_key.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/aead.hpp"
#include "daemon/store/directory.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::string_view kName = "audit key";
constexpr std::size_t kSealed = 32 + crypto::kSealOverhead;
constexpr std::size_t kSector = 4096;  // slots do not share a sector: a torn write spoils one of them
constexpr std::size_t kSize = 2 * kSector;

}  // namespace

Result<TrailKey> TrailKey::open(const std::string& directory, const Sealer& sealer) {
    const std::string path = directory + "/audit.key";
    auto content = read_private(path, kSize);
    if (!content && content.error().code == ErrorCode::not_found) {
        if (auto made = write_private(path, Bytes(kSize)); !made) return tl::unexpected<Error>(made.error());
        content = SecureBytes(kSize);
    }
    if (!content) return tl::unexpected<Error>(content.error());
    TrailKey key(UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)));
    if (!key.fd_) return system_failed("opening audit.key");
    if (content->size() != kSize) return key;  // no key in it: the trail will show a break
    for (std::size_t slot = 0; slot < 2; ++slot) {
        const auto seed = sealer.open(kName, content->span().subspan(slot * kSector, kSealed));
        if (!seed) continue;
        if (auto read = crypto::SigningKey::from_seed(seed->span())) key.found_[slot] = std::move(*read);
    }
    return key;
}

Status TrailKey::take(const crypto::PublicKey& expected) {
    for (std::size_t slot = 0; slot < 2; ++slot) {
        if (!found_[slot] || found_[slot]->public_key() != expected) continue;
        current_ = std::move(found_[slot]);
        slot_ = slot;
        found_ = {};
        return {};
    }
    return fail(ErrorCode::mismatch, "audit: the head's key is not the one that the last row names");
}

Status TrailKey::start(const Sealer& sealer, Rng& rng) {
    auto key = crypto::SigningKey::generate(rng);
    if (!key) return tl::unexpected<Error>(key.error());
    if (auto written = write_slot(sealer, 0, *key, rng); !written) return written;
    current_ = std::move(*key);
    slot_ = 0;
    return {};
}

Result<crypto::PublicKey> TrailKey::prepare(const Sealer& sealer, Rng& rng) {
    auto key = crypto::SigningKey::generate(rng);
    if (!key) return tl::unexpected<Error>(key.error());
    if (auto written = write_slot(sealer, 1 - slot_, *key, rng); !written)
        return tl::unexpected<Error>(written.error());
    prepared_ = std::move(*key);
    return prepared_->public_key();
}

void TrailKey::advance() {
    // Not waited for: until it is on disk a thief of that very moment could write the last row again, no earlier one.
    (void)write_at(fd_.get(), Bytes(kSealed), slot_ * kSector);
    current_ = std::move(prepared_);
    prepared_.reset();
    slot_ = 1 - slot_;
}

Status TrailKey::write_slot(const Sealer& sealer, std::size_t slot, const crypto::SigningKey& key, Rng& rng) {
    const auto sealed = sealer.seal(kName, key.seed(), rng);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    if (auto written = write_at(fd_.get(), *sealed, slot * kSector); !written) return written;
    return sync_data(fd_.get());
}

}  // namespace sekimori::daemon
