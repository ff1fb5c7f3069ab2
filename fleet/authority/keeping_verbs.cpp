// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/keeping_verbs.hpp"

#include "fleet/authority/keeping.hpp"

namespace sekimori::fleet {

Status server_certificate(const Context& context) {
    const auto& verb = context.words.verb;
    const std::string* out = context.option("out");
    if (verb.size() < 2 || out == nullptr)
        return fail(ErrorCode::invalid_argument, "server-certificate: HOST... --out DIR");
    const auto secret = context.passphrase(Asked::once);
    if (!secret) return tl::unexpected<Error>(secret.error());
    return issue_server(context.state, secret->span(), {verb.begin() + 1, verb.end()}, *out, context.clock.now().wall,
                        context.rng);
}

Status backup(const Context& context) {
    if (context.words.verb.size() != 2) return fail(ErrorCode::invalid_argument, "backup: FILE");
    const auto secret = context.passphrase(Asked::once);
    if (!secret) return tl::unexpected<Error>(secret.error());
    return back_up(context.state, secret->span(), context.words.verb[1], context.rng);
}

Status restore(const Context& context) {
    if (context.words.verb.size() != 2) return fail(ErrorCode::invalid_argument, "restore: FILE");
    const auto secret = context.passphrase(Asked::once);
    if (!secret) return tl::unexpected<Error>(secret.error());
    return restore_from(context.state, secret->span(), context.words.verb[1], context.rng);
}

}  // namespace sekimori::fleet
