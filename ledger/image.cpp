// SPDX-License-Identifier: Apache-2.0
#include "ledger/image.hpp"

#include "ledger/image_archive.hpp"
#include "ledger/view_index.hpp"

namespace sekimori::image {

template <>
struct Passing<AccountRecord> {
    static void pass(auto& archive, auto& record) {
        auto& [name, scope, uid] = record;
        pass_all(archive, name, scope, uid);
    }
};
template <>
struct Passing<PersonDetails> {
    static void pass(auto& archive, auto& record) {
        auto& [since, staff_number, name, kana, section, employment, accounts, leaves_at] = record;
        pass_all(archive, since, staff_number, name, kana, section, employment, accounts, leaves_at);
    }
};
template <>
struct Passing<PersonRecord> {
    static void pass(auto& archive, auto& record) {
        auto& [id, login, name, state, roles, accounts, min_fingers, reason, starts_at, details, planned] = record;
        pass_all(archive, id, login, name, state, roles, accounts, min_fingers, reason, starts_at, details, planned);
    }
};
template <>
struct Passing<CardRecord> {
    static void pass(auto& archive, auto& record) {
        auto& [id, person, type, slot, key, state, reason, spki, scheme, public_id, ic_code, enrolled_at, expires_at,
               temporary, enrolled_by, state_since] = record;
        pass_all(archive, id, person, type, slot, key, state, reason, spki, scheme, public_id, ic_code, enrolled_at,
                 expires_at, temporary, enrolled_by, state_since);
    }
};
template <>
struct Passing<FingerRecord> {
    static void pass(auto& archive, auto& record) {
        auto& [id, person, finger, driver, device_id, modality, on_chip, stages, enrolled_at] = record;
        pass_all(archive, id, person, finger, driver, device_id, modality, on_chip, stages, enrolled_at);
    }
};
template <>
struct Passing<SecretRecord> {
    static void pass(auto& archive, auto& record) {
        auto& [id, person, use, issued_at, until, by] = record;
        pass_all(archive, id, person, use, issued_at, until, by);
    }
};
template <>
struct Passing<ExemptionRecord> {
    static void pass(auto& archive, auto& record) {
        auto& [id, person, issued_at, until, by, second] = record;
        pass_all(archive, id, person, issued_at, until, by, second);
    }
};
template <>
struct Passing<BreakGlassRecord> {
    static void pass(auto& archive, auto& record) {
        auto& [id, person, terminal, issued_at, until, by, second, used] = record;
        pass_all(archive, id, person, terminal, issued_at, until, by, second, used);
    }
};
template <>
struct Passing<media::Record> {
    static void pass(auto& archive, auto& record) {
        auto& [id, vendor, product, serial, from, until, terminals, withdrawn] = record;
        pass_all(archive, id, vendor, product, serial, from, until, terminals, withdrawn);
    }
};

// Of these each has a record and the hash of a blob.
template <class T>
    requires std::is_same_v<T, AccountEntry> || std::is_same_v<T, DetailsEntry> || std::is_same_v<T, CardEntry> ||
             std::is_same_v<T, FingerEntry> || std::is_same_v<T, SecretEntry> || std::is_same_v<T, ExemptionEntry> ||
             std::is_same_v<T, BreakGlassEntry>
struct Passing<T> {
    static void pass(auto& archive, auto& entry) {
        auto& [one, other] = entry;
        pass_all(archive, one, other);
    }
};
template <>
struct Passing<PersonEntry> {
    static void pass(auto& archive, auto& entry) {
        auto& [record, blob, accounts, details, groups] = entry;
        pass_all(archive, record, blob, accounts, details, groups);
    }
};
template <>
struct Passing<PolicyEntry> {
    static void pass(auto& archive, auto& entry) {
        auto& [issued_at, effective_at, json, placed] = entry;
        pass_all(archive, issued_at, effective_at, json, placed);
    }
};
template <>
struct Passing<MediaEntry> {
    static void pass(auto& archive, auto& entry) {
        auto& [record, approver, issued_at, blob] = entry;
        pass_all(archive, record, approver, issued_at, blob);
    }
};
template <>
struct Passing<SuspensionEntry> {
    static void pass(auto& archive, auto& entry) {
        auto& [by, issued_at, stands] = entry;
        pass_all(archive, by, issued_at, stands);
    }
};
template <>
struct Passing<TerminalEntry> {
    static void pass(auto& archive, auto& entry) {
        auto& [name, group, sign, box, standing, since, groups_before] = entry;
        pass_all(archive, name, group, sign, box, standing, since, groups_before);
    }
};
template <>
struct Passing<AdminKeyEntry> {
    static void pass(auto& archive, auto& entry) {
        auto& [key, role, name, expires_at, standing, since] = entry;
        pass_all(archive, key, role, name, expires_at, standing, since);
    }
};
template <>
struct Passing<ExtensionEntry> {
    static void pass(auto& archive, auto& entry) {
        auto& [scope, subject, time] = entry;
        pass_all(archive, scope, subject, time);
    }
};
template <>
struct Passing<FleetView> {
    static void pass(auto& archive, auto& view) {
        auto& [author, sequencer, terminals, admin_keys, extensions, denied_terminals] = view;
        pass_all(archive, author, sequencer, terminals, admin_keys, extensions, denied_terminals);
    }
};
template <>
struct Passing<View> {
    static void pass(auto& archive, auto& view) {
        // The index follows from the rest.
        [[maybe_unused]] auto& [persons, cards, fingers, policies, secrets, exemptions, break_glass, suspensions,
                                denied_persons, denied_cards, denied_keys, fleet, media, withdrawn, index] = view;
        pass_all(archive, persons, cards, fingers, policies, secrets, exemptions, break_glass, suspensions);
        pass_all(archive, denied_persons, denied_cards, denied_keys, fleet, media, withdrawn);
    }
};
template <>
struct Passing<SharedList<Hash>> {
    static void pass(auto& archive, auto& list) {
        if constexpr (std::remove_reference_t<decltype(archive)>::kReads) {
            const std::size_t count = archive.count(sizeof(Hash));
            for (std::size_t i = 0; i < count; ++i) {
                Hash hash{};
                archive.raw(hash.data(), hash.size());
                list.push_back(hash);
            }
        } else {
            archive.number(list.size());
            for (std::size_t i = 0; i < list.size(); ++i) archive.raw(list[i].data(), list[i].size());
        }
    }
};

}  // namespace sekimori::image

namespace sekimori {

Bytes write_image(const Chain& chain, std::string_view build) {
    image::Writer writer;
    const std::string by(build);
    image::pass_all(writer, by, chain.head, chain.hashes, chain.ledger.entered(), chain.ledger.placed());
    return std::move(writer).finish();
}

Result<Chain> read_image(ByteSpan bytes, std::string_view build) {
    image::Reader reader(bytes);
    std::string by;
    image::pass(reader, by);
    if (build.empty() || by != build) return fail(ErrorCode::malformed, "image: of another build");
    Chain chain;
    View view;
    SharedSet<Hash> entered;
    image::pass_all(reader, chain.head, chain.hashes, entered, view);
    if (!reader.good() || !reader.at_end() || chain.hashes.size() != chain.head.seq ||
        (!chain.hashes.empty() && chain.hashes.back() != chain.head.hash))
        return fail(ErrorCode::malformed, "image: cut off");
    make_index(view);
    chain.ledger = Ledger(std::move(view), std::move(entered));
    return chain;
}

}  // namespace sekimori
