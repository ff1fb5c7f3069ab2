// SPDX-License-Identifier: Apache-2.0
// The module's dialogue: whatever a broker sends and a person answers, access needs one well-formed verdict that grants
// it, to the account that was asked for.
//
// Input: flags, then datagrams (u16 length, bytes). Flags: bit 0 an account is named, 1 texts can't be shown, 2
// Japanese, 3 and 4 the phase, 5 to 7 what the person answers.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "pam_module/dialogue.hpp"
#include "pam_module/texts.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using namespace sekimori;
using pam::Decision;

constexpr std::size_t kMaxDatagrams = 32;

class Person final : public pam::Conversation {
  public:
    explicit Person(std::uint8_t flags) : flags_(flags) {}
    Status say(pam::Tone /*tone*/, const std::string& text) override {
        check(text);
        if ((flags_ & 2) != 0) return fail(ErrorCode::cancelled, "no");
        return {};
    }
    Result<SecureBytes> ask(pam::Echo echo, const std::string& text) override {
        check(text);
        // Secrets are not shown as they are typed, and nothing else is hidden.
        SEKIMORI_HOLDS((echo == pam::Echo::off) == is_secret(text));
        static const std::array<std::string, 5> kReplies{"1", "1234", "alice", "99", std::string(pam::kMaxReply, 'x')};
        const std::size_t which = flags_ >> 5;
        if (which >= kReplies.size()) return fail(which == 7 ? ErrorCode::too_large : ErrorCode::cancelled, "no");
        return SecureBytes({reinterpret_cast<const std::uint8_t*>(kReplies[which].data()), kReplies[which].size()});
    }

  private:
    [[nodiscard]] bool is_secret(const std::string& text) const {
        const auto language = (flags_ & 4) != 0 ? pam::Language::ja : pam::Language::en;
        constexpr std::array kSecrets{MessageId::enter_pin, MessageId::enter_code, MessageId::enter_password};
        return std::ranges::any_of(kSecrets, [&](MessageId id) { return text == pam::render(id, language, {}); });
    }
    // Nothing that a terminal obeys.
    static void check(const std::string& text) {
        for (const char c : text) SEKIMORI_HOLDS(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    }
    std::uint8_t flags_;
};

bool grants(ByteSpan datagram, const std::string& user) {
    const auto verdict = wire::decode<wire::Verdict>(datagram);
    return verdict && verdict->outcome == Outcome::granted && verdict->user == user;
}

Decision run(std::uint8_t flags, Channel& module) {
    Person person(flags);
    const std::string user = (flags & 1) != 0 ? "alice" : "";
    const auto language = (flags & 4) != 0 ? pam::Language::ja : pam::Language::en;
    const pam::Deadline deadline(std::chrono::seconds{5});
    switch ((flags >> 3) & 3) {
        case 0: {
            wire::Account question;
            question.user = user;
            return pam::ask(module, question, person, language, deadline);
        }
        case 1: {
            wire::OpenSession question;
            question.user = user;
            return pam::ask(module, question, person, language, deadline);
        }
        default: {
            wire::Begin begin;
            begin.user = user;
            return pam::authenticate(module, begin, person, language, deadline);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::uint8_t flags = data[0];
    ByteSpan rest(data + 1, size - 1);
    auto pair = Channel::pair();
    SEKIMORI_HOLDS(pair.has_value());
    auto& [module, broker] = *pair;
    std::vector<ByteSpan> sent;
    while (rest.size() > 2 && sent.size() < kMaxDatagrams) {
        const auto length = static_cast<std::size_t>((rest[0] << 8) | rest[1]);
        const ByteSpan datagram = rest.subspan(2, std::min(length, rest.size() - 2));
        rest = rest.subspan(2 + datagram.size());
        if (broker.send_bytes(datagram)) sent.push_back(datagram);
    }
    // The end of what the broker says, not of what it hears.
    SEKIMORI_HOLDS(shutdown(broker.fd(), SHUT_WR) == 0);
    const Decision decision = run(flags, module);
    if (decision.ending != pam::Ending::granted) {
        SEKIMORI_HOLDS(decision.grant.empty() && decision.user.empty());
        return 0;
    }
    SEKIMORI_HOLDS(!decision.user.empty() && ((flags & 1) == 0 || decision.user == "alice"));
    SEKIMORI_HOLDS(decision.grant.empty() || decision.grant.size() == pam::kGrantSize);
    SEKIMORI_HOLDS(std::any_of(sent.begin(), sent.end(), [&](ByteSpan d) { return grants(d, decision.user); }));
    return 0;
}
