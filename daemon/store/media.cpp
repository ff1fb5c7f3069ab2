// SPDX-License-Identifier: Apache-2.0
// Storage devices that may be plugged in.
#include <algorithm>

#include "daemon/store/local_store.hpp"

namespace sekimori::daemon {

Result<StatementId> LocalStore::allow_media(NewMedia media, const Actor& by) {
    if (!media::nameable(media.serial))
        return fail(ErrorCode::invalid_argument, "media: a serial number of printable ASCII is needed");
    if (media.reason.empty()) return fail(ErrorCode::invalid_argument, "media: no reason");
    if (media.until != Millis{0} && media.until <= now().wall)
        return fail(ErrorCode::invalid_argument, "media: that time is over");
    const auto approver = view().persons.find(media.approver);
    if (approver == view().persons.end() || approver->second.record.state == PersonState::gone)
        return fail(ErrorCode::not_found, "media: nobody has the approver's id");
    const auto blob = encode_tlv(MediaBlob{std::move(media.reason)});
    if (!blob) return tl::unexpected<Error>(blob.error());
    auto sealed = seal({BlobKind::media, media.approver, media.approver.bytes}, blob->span());
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    const MediaBody body{
        media.vendor, media.product, std::move(media.serial), std::move(media.terminals), {by.person, by.where}};
    auto statement =
        author(StatementType::media, media.approver.bytes, encode_tlv_plain(body), sealed->hash, {}, media.until);
    if (!statement) return tl::unexpected<Error>(statement.error());
    const StatementId id = statement->statement.id;
    Batch batch;
    batch.blobs.push_back(std::move(*sealed));
    batch.statements.push_back(std::move(*statement));
    if (auto done = commit_grant(batch); !done) return tl::unexpected<Error>(done.error());
    return id;
}

std::vector<MediaRecord> LocalStore::media() const {
    std::vector<MediaRecord> all;
    for (const auto& [id, entry] : view().media) {
        all.push_back({entry.record, entry.approver, entry.issued_at});
        all.back().record.withdrawn = view().withdrawn.contains(id);
    }
    std::ranges::sort(all, {}, &MediaRecord::issued_at);
    return all;
}

std::string LocalStore::media_reason(const StatementId& id) const {
    const auto at = view().media.find(id);
    if (at == view().media.end()) return {};
    const BlobOf of{BlobKind::media, at->second.approver, at->second.approver.bytes};
    const auto bytes = load_blob(tables(*parts_.database), parts_.keys, of, at->second.blob);
    const auto blob =
        bytes ? decode_tlv<MediaBlob>(bytes->span()) : Result<MediaBlob>(tl::unexpected<Error>(bytes.error()));
    return blob ? blob->reason : std::string{};
}

}  // namespace sekimori::daemon
