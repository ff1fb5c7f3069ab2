// SPDX-License-Identifier: Apache-2.0
// A hostile agent against a member's broker: whatever comes on fleet.sock in whatever order, nothing that nobody signed
// takes effect. The input is messages as (16-bit length, bytes).
#include <algorithm>

#include "tests/fuzz/target.hpp"
#include "tests/unit/daemon/fleet_rig.hpp"

namespace {

using namespace sekimori;
using namespace sekimori::daemon;

class Rig final : public FleetRig {
  public:
    Rig() {
        SetUp();
        card_ = enrolled();
        SEKIMORI_HOLDS(beat(world.links.size(), clock.at.wall).has_value());
        head_ = store->head().seq;
    }
    void TestBody() override {}
    void begin() {
        agent = Channel();
        turn();
        (void)greet();
    }
    // Whether the broker still listens.
    bool take(ByteSpan message) {
        if (!agent.send_bytes(message)) return false;
        turn();
        for (;;) {
            const auto said = agent.receive(std::nullopt);
            if (!said) return said.error().code == ErrorCode::busy;
        }
    }
    void check() {
        SEKIMORI_HOLDS(state_of(card_) == CardState::active);
        SEKIMORI_HOLDS(store->head().seq == head_);
        SEKIMORI_HOLDS(store->opens() == Opens::everything);
        SEKIMORI_HOLDS(fleet().waiting().empty());
    }

  private:
    static void turn() {
        for (int quiet = 0; quiet < 3;) {
            quiet = g_main_context_iteration(nullptr, FALSE) != FALSE ? 0 : quiet + 1;
            if (quiet > 0) g_usleep(200);
        }
    }
    CardId card_;
    std::uint64_t head_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Rig rig;
    rig.begin();
    ByteSpan rest(data, size);
    for (int messages = 0; rest.size() >= 2 && messages < 64; ++messages) {
        const std::size_t length = std::min(std::size_t{rest[0]} << 8 | rest[1], rest.size() - 2);
        const ByteSpan message = rest.subspan(2, length);
        rest = rest.subspan(2 + length);
        if (message.empty()) continue;
        if (!rig.take(message)) rig.begin();
    }
    rig.check();
    return 0;
}
