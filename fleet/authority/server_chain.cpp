// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/server_chain.hpp"

namespace sekimori::fleet {
namespace {

constexpr std::int32_t kPage = 1000;

}  // namespace

Status catch_up(Chain& chain, const Identity& identity, Server& server, const std::function<void(const Link&)>& taken) {
    const Root root{identity.ledger, identity.author, std::nullopt};
    for (;;) {
        const auto links = server.chain_after(chain.head.seq, kPage);
        if (!links) return tl::unexpected<Error>(links.error());
        for (const Link& link : *links) {
            if (auto extended = extend(chain, root, link); !extended) return extended;
            if (taken) taken(link);
        }
        if (links->size() < static_cast<std::size_t>(kPage)) return {};
    }
}

}  // namespace sekimori::fleet
