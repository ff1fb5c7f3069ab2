// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/protocol/samples.hpp"

#include <algorithm>
#include <limits>

#include "protocol/schema_receipt.hpp"

namespace sekimori::wire::test {
namespace {

template <class T, class Visit>
void each_field(Visit visit) {
    std::apply([&](const auto&... fields) { (visit(fields), ...); }, T::kFields);
}

// Numbers and bytes that all differ, so that two fields in each other's place are seen.
class Filler {
  public:
    template <class T>
    void fill(T& value, std::size_t max) {
        if constexpr (std::is_enum_v<T>) {
            value = static_cast<T>(kLast<T>);
        } else if constexpr (std::is_integral_v<T>) {
            for (std::size_t i = 0; i < sizeof(T); ++i)
                value = static_cast<T>((static_cast<std::uint64_t>(value) << 8) | next());
        } else if constexpr (std::same_as<T, std::string>) {
            value = "関守";
            value.resize(max, static_cast<char>('a' + next() % 26));
        } else if constexpr (std::same_as<T, SecureBytes>) {
            value = SecureBytes(max);
            draw(value.span());
        } else if constexpr (std::same_as<T, Bytes>) {
            value.resize(max);
            draw(value);
        } else if constexpr (is_list<T>::value) {
            value.resize(max);
            for (auto& item : value) fill(item, 0);
        } else if constexpr (is_array<T>::value) {
            draw(value);
        } else if constexpr (HasFields<T>) {
            each_field<T>([&](const auto& field) { fill(value.*(field.member), field.max); });
        } else {
            draw(value.bytes);
        }
    }

  private:
    std::uint8_t next() { return ++last_; }
    void draw(std::span<std::uint8_t> bytes) {
        std::generate(bytes.begin(), bytes.end(), [this] { return next(); });
    }
    std::uint8_t last_{0};
};

template <class T>
bool same(const T& a, const T& b) {
    if constexpr (std::same_as<T, SecureBytes>) {
        return std::ranges::equal(a.span(), b.span());
    } else if constexpr (is_list<T>::value) {
        return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return same(x, y); });
    } else if constexpr (HasFields<T>) {
        bool all = true;
        each_field<T>([&](const auto& field) { all = all && same(a.*(field.member), b.*(field.member)); });
        return all;
    } else {
        return a == b;
    }
}

template <class T>
T sample() {
    T message{};
    Filler().fill(message, 0);
    return message;
}
Result<Bytes> plain(const Result<SecureBytes>& bytes) {
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    return Bytes(bytes->span().begin(), bytes->span().end());
}

template <class T, class Member>
FieldInfo describe(const Field<T, Member>& field) {
    FieldInfo info{field.tag, Shape::fixed, 0, nullptr};
    const auto with = [member = field.member](Member value) {
        T message{};
        message.*member = std::move(value);
        return encode(message);
    };
    const std::size_t more = field.max + 1;
    if constexpr (std::same_as<Member, SecureBytes>) {
        info.shape = Shape::blob;
        info.over = [=] { return with(SecureBytes(more)); };
    } else if constexpr (std::same_as<Member, std::string>) {
        info.shape = Shape::text;
        info.over = [=] { return with(std::string(more, 'x')); };
    } else if constexpr (std::same_as<Member, Bytes> || is_list<Member>::value) {
        info.shape = is_list<Member>::value ? Shape::list : Shape::blob;
        info.over = [=] { return with(Member(more)); };
    } else if constexpr (std::is_enum_v<Member>) {
        if (kLast<Member> < std::numeric_limits<std::underlying_type_t<Member>>::max()) info.last = kLast<Member>;
    } else if constexpr (HasFields<Member>) {
        info.shape = Shape::item;
    }
    return info;
}

template <class T>
MessageInfo describe() {
    MessageInfo info;
    info.type = T::kType;
    info.sample = plain(encode(sample<T>())).value_or(Bytes{});
    info.bare = plain(encode(T{})).value_or(Bytes{});
    each_field<T>([&](const auto& field) { info.fields.push_back(describe(field)); });
    info.read = [](ByteSpan bytes) -> Result<Bytes> {
        const auto message = decode<T>(bytes);
        if (!message) return tl::unexpected<Error>(message.error());
        return plain(encode(*message));
    };
    info.equals_sample = [](ByteSpan bytes) {
        const auto message = decode<T>(bytes);
        return message && same(*message, sample<T>());
    };
    return info;
}

template <class... T>
std::vector<MessageInfo> describe_all() {
    std::vector<MessageInfo> all;
    (all.push_back(describe<T>()), ...);
    return all;
}

}  // namespace

const std::vector<MessageInfo>& messages() {
    static const auto all = describe_all<
        Hello, Begin, Answer, Account, OpenSession, CloseSession, Welcome, Prompt, Verdict, Progress, CommandDone,
        WorkerHello, WorkerWelcome, Retire, Readers, CardPresent, CardAbsent, Identified, SignedChallenge, CardData,
        CardFailed, LiteSAnswer, LiteSConfirmed, Identify, SignChallenge, ReadCard, LiteSChallenge, LiteSAuthenticate,
        Release, Scanners, Armed, FingerRetry, FingerMatched, FingerNoMatch, FingerFailed, EnrolStage, EnrolDone,
        GalleryItem, Verify, EnrolFinger, Stop, SessionFacts, SessionSeen, LockerGone, SessionRemoved, SessionEmptied,
        SessionIdle, MachineSlept, WatchSession, LockSession, EndSession, ForgetSession, LinkState, DenialHeard,
        EntryCame, BlobCame, PersonKeyCame, GroupKeyCame, HeartbeatCame, SubmitDone, AckStored, AckCame, TrailStored,
        CertificateState, RenewalCsr, JoinCsr, JoinAnswer, JoinFailed, FleetState, SubmitBlob, SubmitPersonKey, Submit,
        Acknowledge, WatchAcks, TrailRow, TrailHeadSigned, JoinStart, JoinRequest, JoinDone, RenewalRequest, FleetLeft,
        ReceiptFills, MediaSweep, MediaPlugged, MediaGone, MediaAnswer>();
    return all;
}

std::vector<Part> parts_of(ByteSpan message) {
    std::vector<Part> parts;
    if (const auto fields = split(message.subspan(3)))
        for (const RawField& field : *fields)
            parts.push_back({field.raw_tag, Bytes(field.value.begin(), field.value.end())});
    return parts;
}

Bytes put_together(MessageType type, const std::vector<Part>& parts) {
    const auto put = [](Bytes& bytes, std::size_t number) {
        bytes.push_back(static_cast<std::uint8_t>(number >> 8));
        bytes.push_back(static_cast<std::uint8_t>(number & 0xff));
    };
    Bytes bytes{kVersion};
    put(bytes, static_cast<std::uint16_t>(type));
    for (const Part& part : parts) {
        put(bytes, part.tag);
        put(bytes, part.value.size());
        bytes.insert(bytes.end(), part.value.begin(), part.value.end());
    }
    return bytes;
}

}  // namespace sekimori::wire::test
