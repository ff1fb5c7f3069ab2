// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/chain_log.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>

#include "protocol/schema_fleet.hpp"

namespace sekimori::fleet {
namespace {

constexpr std::size_t kHead = 4 + 8;

struct Record {
    SignedEntry entry;
    SignedStatement statement;
    static constexpr auto kFields = std::tuple{field<1>(&Record::entry), field<2>(&Record::statement)};
};
// Whatever the sequencer places can be written here: it would end at each start otherwise.
static_assert(4 + wire::kMaxSignedEntry + 4 + wire::kMaxStatement <= wire::kMaxMessage);

bool read_exactly(int fd, std::span<std::uint8_t> out, std::uint64_t offset) {
    while (!out.empty()) {
        const ssize_t count = pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        out = out.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return true;
}
tl::unexpected<Error> failed() {
    const bool full = errno == ENOSPC || errno == EDQUOT;
    return fail(full ? ErrorCode::full : ErrorCode::io, "chain.log can't be written");
}
Result<Link> link_of(ByteSpan content) {
    auto record = decode_tlv<Record>(content);
    if (!record) return tl::unexpected<Error>(record.error());
    return Link{std::move(record->entry), std::move(record->statement)};
}

}  // namespace

Result<ChainLog> ChainLog::open(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return fail(ErrorCode::io, path + " can't be opened");
    if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return fail(ErrorCode::busy, path + ": another process is at work");
    return ChainLog(std::move(fd));
}

Result<Bytes> ChainLog::frame(std::uint64_t offset) const {
    const auto none = [] { return fail(ErrorCode::not_found, "chain.log: no whole frame here"); };
    std::array<std::uint8_t, kHead> head{};
    if (!read_exactly(fd_.get(), head, offset)) return none();
    const std::size_t size = static_cast<std::size_t>(head[0]) << 24 | static_cast<std::size_t>(head[1]) << 16 |
                             static_cast<std::size_t>(head[2]) << 8 | head[3];
    if (size > wire::kMaxMessage + 2048) return none();
    Bytes content(size);
    if (!read_exactly(fd_.get(), content, offset + kHead)) return none();
    const Hash sum = crypto::sha256({content});
    if (!std::equal(head.begin() + 4, head.end(), sum.begin())) return none();
    return content;
}

Result<Chain> ChainLog::load(const Root& root) {
    Chain chain;
    const auto file_end = static_cast<std::uint64_t>(lseek(fd_.get(), 0, SEEK_END));
    offsets_.clear();
    end_ = 0;
    while (end_ < file_end) {
        const auto content = frame(end_);
        if (!content) break;
        const auto link = link_of(*content);
        if (!link) return fail(ErrorCode::corrupt, "chain.log: " + link.error().message);
        if (auto extended = extend(chain, root, *link); !extended) return tl::unexpected<Error>(extended.error());
        offsets_.push_back(end_);
        end_ += kHead + content->size();
    }
    // A torn append is the last thing in the file. Damage in the middle would take whole entries with it that others
    // have: then a good frame follows somewhere, and nothing is cut off.
    if (end_ < file_end) {
        for (std::uint64_t offset = end_ + 1; offset + kHead <= file_end; ++offset)
            if (const auto later = frame(offset); later && !later->empty())
                return fail(ErrorCode::corrupt, "chain.log: damaged after entry " + std::to_string(offsets_.size()));
        if (ftruncate(fd_.get(), static_cast<off_t>(end_)) != 0 || fdatasync(fd_.get()) != 0) return failed();
    }
    return chain;
}

Status ChainLog::append(const std::vector<Link>& links) {
    Bytes out;
    std::vector<std::uint64_t> offsets;
    for (const Link& link : links) {
        const auto content = encode_tlv_plain(Record{link.entry, link.statement});
        if (!content) return tl::unexpected<Error>(content.error());
        const Hash sum = crypto::sha256({*content});
        offsets.push_back(end_ + out.size());
        const std::size_t size = content->size();
        for (const unsigned shift : {24U, 16U, 8U, 0U}) out.push_back(static_cast<std::uint8_t>(size >> shift));
        out.insert(out.end(), sum.begin(), sum.begin() + 8);
        out.insert(out.end(), content->begin(), content->end());
    }
    for (std::size_t at = 0; at < out.size();) {
        const ssize_t count = pwrite(fd_.get(), out.data() + at, out.size() - at, static_cast<off_t>(end_ + at));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return failed();
        at += static_cast<std::size_t>(count);
    }
    if (fdatasync(fd_.get()) != 0) return failed();
    end_ += out.size();
    offsets_.insert(offsets_.end(), offsets.begin(), offsets.end());
    return {};
}

Result<Link> ChainLog::at(std::uint64_t seq) const {
    if (seq == 0 || seq > offsets_.size()) return fail(ErrorCode::not_found, "chain.log: no such entry");
    const auto content = frame(offsets_[seq - 1]);
    if (!content) return fail(ErrorCode::corrupt, "chain.log: entry " + std::to_string(seq) + " is damaged");
    return link_of(*content);
}

}  // namespace sekimori::fleet
