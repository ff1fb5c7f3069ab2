// SPDX-License-Identifier: Apache-2.0
// ChainLog: the authority's own copy of the chain, appended and synchronised before the server hears of it. So an entry
// that anybody may have seen is never signed a second time with other contents, and a server that lost some gets them
// again. A frame: length (4), first 8 bytes of SHA-256 of the content, content. What a crash cut short at the end was
// never sent; it is cut off.
#pragma once

#include <string>
#include <vector>

#include "ledger/chain.hpp"
#include "protocol/channel.hpp"

namespace sekimori::fleet {

class ChainLog {
  public:
    // Opens or makes the file and locks it for the life of this object. Errors: busy (another process has it), io.
    [[nodiscard]] static Result<ChainLog> open(const std::string& path);
    // Every link from the first on, verified. Errors: corrupt, io.
    [[nodiscard]] Result<Chain> load(const Root& root);
    // Durable when it returns. After an error the object is of no use: start anew. Errors: full, io, too_large.
    [[nodiscard]] Status append(const std::vector<Link>& links);
    // `seq` from 1. Errors: not_found, corrupt, io.
    [[nodiscard]] Result<Link> at(std::uint64_t seq) const;
    [[nodiscard]] std::uint64_t size() const noexcept { return offsets_.size(); }

  private:
    explicit ChainLog(UniqueFd fd) : fd_(std::move(fd)) {}
    [[nodiscard]] Result<Bytes> frame(std::uint64_t offset) const;  // not_found: none, or not whole
    UniqueFd fd_;
    std::vector<std::uint64_t> offsets_;
    std::uint64_t end_{0};
};

}  // namespace sekimori::fleet
