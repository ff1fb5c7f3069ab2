// SPDX-License-Identifier: Apache-2.0
// A hostile broker against lockd: whatever comes on lock.sock in whatever order, sessions are watched in bounded
// number, and logind is only asked for what a message named. The input is messages as (16-bit length, bytes); a length
// of zero is the broker's end.
#include <algorithm>

#include "tests/fuzz/target.hpp"
#include "tests/unit/session_lock/fake_logind.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sekimori;
    using namespace sekimori::lockd;
    auto loop = Loop::make();
    if (!loop) return 0;
    test::FakeNews news;
    test::FakeLogind logind;
    SessionView view;
    view.id = "7";
    view.path = "/session/7";
    view.uid = 1;  // whose processes are no lockers
    view.type = "x11";
    logind.sessions.push_back(view);
    Warden warden(*loop, news, {"no-such-locker"});
    warden.use(logind);
    ByteSpan rest(data, size);
    while (rest.size() >= 2) {
        const std::size_t length = std::min(std::size_t{rest[0]} << 8 | rest[1], rest.size() - 2);
        const ByteSpan message = rest.subspan(2, length);
        rest = rest.subspan(2 + length);
        if (message.empty()) {
            warden.broker_lost();
            continue;
        }
        const auto type = wire::type_of(message);
        if (!type) continue;
        const auto acts = logind.acts.size();
        const auto handled = warden.handle(static_cast<wire::MessageType>(*type), message);
        SEKIMORI_HOLDS(handled || logind.acts.size() == acts);
        SEKIMORI_HOLDS(warden.size() <= 256);
    }
    return 0;
}
