// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/audit_query.hpp"

#include "daemon/admin/base64.hpp"
#include "daemon/admin/query.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::uint64_t kMaxSeq = ~std::uint64_t{0} >> 1;

std::optional<Refusal> read_times(Arguments& arguments, AuditFilter& filter) {
    for (auto [key, member] : {std::pair{"since", &AuditFilter::since}, {"until", &AuditFilter::until}}) {
        const auto text = arguments.optional_text(key);
        if (!text) continue;
        const auto time = parse_time(*text);
        if (!time) return Refusal{"invalid_argument", std::string(key) + " is not a time", "2026-04-01T00:00:00Z"};
        filter.*member = time;
    }
    return std::nullopt;
}

std::optional<Refusal> read_filter(const Broker& broker, Arguments& arguments, AuditFilter& filter) {
    if (auto problem = read_times(arguments, filter)) return problem;
    if (const auto text = arguments.optional_text("person")) {
        const auto person = broker.store.person_by_login(*text);
        filter.person = person ? std::optional(person->id) : PersonId::parse(*text);
        if (!filter.person) return Refusal{"not_found", "no person '" + *text + "'", ""};
    }
    if (const auto text = arguments.optional_text("card")) {
        const auto card = find_card(broker.store, *text);
        if (!card) return card.error();
        filter.card = card->id;
    }
    if (const auto text = arguments.optional_text("result")) {
        if (*text != "success" && *text != "failure")
            return Refusal{"invalid_argument", "result must be success or failure", ""};
        filter.success = *text == "success";
    }
    filter.what = arguments.optional_text("what");
    filter.service = arguments.optional_text("service");
    filter.where = arguments.optional_text("where");
    filter.reason = arguments.optional_text("reason");
    filter.after_seq = arguments.optional_number("after", 0, kMaxSeq).value_or(0);
    filter.before_seq = arguments.optional_number("before", 1, kMaxSeq);
    if (arguments.flag("newest")) filter.order = AuditOrder::newest_first;
    if (arguments.flag("proof")) filter.proof = AuditProof::wanted;
    filter.limit = static_cast<std::size_t>(arguments.optional_number("limit", 1, 1000).value_or(1000));
    return arguments.problem();
}

}  // namespace

Reply audit_list(Broker& broker, Arguments& arguments) {
    AuditFilter filter;
    if (const auto problem = read_filter(broker, arguments, filter)) return tl::unexpected<Refusal>(*problem);
    const auto page = broker.store.audit_page(filter);
    if (!page) return refuse(page.error());
    Json items = Json::array();
    for (const AuditRow& row : page->rows) {
        Json item = json_of(broker, row);
        if (filter.proof == AuditProof::wanted) {
            item["row"] = to_base64(row.row);
            item["signature"] = to_base64(row.signature);
        }
        items.push_back(std::move(item));
    }
    Json answer{{"items", std::move(items)}, {"more", page->more}};
    if (page->more) answer["next"] = page->last;
    if (!page->signer.empty()) answer["signer"] = to_base64(page->signer);
    return whole(std::move(answer));
}

Reply audit_verify(Broker& broker, Arguments& arguments) {
    AuditSlice slice;
    slice.after = arguments.optional_number("after", 0, kMaxSeq).value_or(0);
    if (arguments.has("heads"))
        for (const Json& item : arguments.list("heads", 1000)) {
            Arguments one(item.dump());
            slice.heads.push_back({one.number("seq", 1, kMaxSeq), one.text("hash", 64)});
            if (const auto problem = one.problem()) return tl::unexpected<Refusal>(*problem);
        }
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    const auto check = broker.store.verify_audit(slice);
    if (!check) return refuse(check.error());
    if (check->first_bad) return whole({{"ok", false}, {"seq", *check->first_bad}, {"reason", check->message}});
    Json answer{{"ok", true}, {"seq", check->seq}, {"hash", check->head}};
    if (check->more) answer["more"] = true;
    return whole(std::move(answer));
}

}  // namespace sekimori::daemon
