// SPDX-License-Identifier: Apache-2.0
// media.allow, media.remove, media.list, media.seen: storage that may be plugged in, and what was.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "daemon/admin/query.hpp"
#include "daemon/admin/verbs.hpp"
#include "daemon/media/media_server.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::size_t kMaxReason = 512;
constexpr std::size_t kMaxTerminals = 64;
constexpr std::size_t kShortId = 8;

// "0781:5581"
std::optional<std::pair<std::uint16_t, std::uint16_t>> parse_usb(const std::string& text) {
    if (text.size() != 9 || text[4] != ':') return std::nullopt;
    const auto vendor = from_hex<2>(text.substr(0, 4));
    const auto product = from_hex<2>(text.substr(5));
    if (!vendor || !product) return std::nullopt;
    const auto number = [](const std::array<std::uint8_t, 2>& bytes) {
        return static_cast<std::uint16_t>((bytes[0] << 8) | bytes[1]);
    };
    return std::pair{number(*vendor), number(*product)};
}

std::string usb_of(std::uint16_t vendor, std::uint16_t product) {
    return fmt::format("{:04x}:{:04x}", vendor, product);
}

const char* state_of(const Broker& broker, const media::Record& record) {
    const Instant now = broker.clock.now();
    if (record.withdrawn) return "withdrawn";
    if (record.until != Millis{0} && now.wall >= record.until) return "expired";
    const bool here =
        record.terminals.empty() || std::ranges::find(record.terminals, broker.terminal) != record.terminals.end();
    return here ? "active" : "elsewhere";
}

Json json_of(const Broker& broker, const MediaRecord& one) {
    const media::Record& record = one.record;
    Json terminals = Json::array();
    for (const TerminalId& terminal : record.terminals) terminals.push_back(terminal.hex());
    const auto approver = broker.store.person(one.approver);
    return whole({{"id", record.id.hex()},
                  {"usb", usb_of(record.vendor, record.product)},
                  {"serial", record.serial},
                  {"state", state_of(broker, record)},
                  {"issued_at", time_text(one.issued_at)},
                  {"until", time_or_null(record.until)},
                  {"approver", approver && !approver->login.empty() ? approver->login : one.approver.hex()},
                  {"reason", broker.store.media_reason(record.id)},
                  {"terminals", std::move(terminals)}});
}

Json json_of(const Plug& plug) {
    Json classes = Json::array();
    for (const std::uint8_t cls : plug.classes) classes.push_back(fmt::format("{:02x}", cls));
    return {{"time", time_text(plug.at)},
            {"port", plug.port},
            {"usb", usb_of(plug.vendor, plug.product)},
            {"serial", plug.serial},
            {"name", plug.name},
            {"classes", std::move(classes)},
            {"allowed", plug.let == Plug::Let::in},
            {"reason", plug.reason},
            {"inserted", plug.there == Plug::There::plugged}};
}

// Which device is meant.
struct Wanted {
    std::uint16_t vendor{}, product{};
    std::string serial;
};
using Found = tl::expected<Wanted, Refusal>;

Found only_one(std::vector<Wanted> found, const char* what) {
    std::ranges::sort(found, {}, [](const Wanted& one) { return std::tie(one.vendor, one.product, one.serial); });
    const auto same = std::ranges::unique(
        found, {}, [](const Wanted& one) { return std::tuple(one.vendor, one.product, one.serial); });
    found.erase(same.begin(), same.end());
    if (found.empty()) return refuse(ErrorCode::not_found, what, "sekimori media seen");
    if (found.size() > 1)
        return refuse(ErrorCode::refused, "more than one device is meant", "name it: --usb VID:PID --serial SERIAL");
    return found.front();
}

Found inserted(const MediaServer& media) {
    std::vector<Wanted> found;
    for (const Plug& plug : media.plugs())
        if (plug.there == Plug::There::plugged && plug.listable == Plug::Listable::yes && plug.let == Plug::Let::out)
            found.push_back({plug.vendor, plug.product, plug.serial});
    return only_one(std::move(found), "no storage device that could be allowed is plugged in and refused");
}

Found seen_with(const MediaServer& media, const std::string& serial) {
    std::vector<Wanted> found;
    for (const Plug& plug : media.plugs())
        if (plug.listable == Plug::Listable::yes && plug.serial == serial)
            found.push_back({plug.vendor, plug.product, plug.serial});
    return only_one(std::move(found), "no storage device with this serial number was seen here");
}

Found wanted_device(const MediaServer& media, Arguments& arguments) {
    const auto usb = arguments.optional_text("usb");
    const auto serial = arguments.optional_text("serial", media::kMaxSerial);
    const bool now = arguments.flag("inserted");
    if (now == serial.has_value() || (usb && !serial))
        return refuse(ErrorCode::invalid_argument, "name a serial number, or the inserted device");
    if (now) return inserted(media);
    if (!media::nameable(*serial))
        return refuse(ErrorCode::invalid_argument, "a serial number is printable ASCII",
                      "a device without one can't be told from others of its kind");
    if (!usb) return seen_with(media, *serial);
    const auto number = parse_usb(*usb);
    if (!number) return refuse(ErrorCode::invalid_argument, "usb is VID:PID, four hex digits each", "lsusb");
    return Wanted{number->first, number->second, *serial};
}

tl::expected<std::vector<TerminalId>, Refusal> wanted_terminals(const Broker& broker, Arguments& arguments) {
    const bool everywhere = arguments.flag("everywhere");
    std::vector<TerminalId> terminals;
    const Json named = arguments.has("terminals") ? arguments.list("terminals", kMaxTerminals) : Json::array();
    for (const Json& item : named) {
        const auto id = item.is_string() ? TerminalId::parse(item.get<std::string>()) : std::nullopt;
        if (!id) return refuse(ErrorCode::invalid_argument, "terminals are ids, 32 hex digits each");
        terminals.push_back(*id);
    }
    if (everywhere && !terminals.empty())
        return refuse(ErrorCode::invalid_argument, "everywhere, or terminals: not both");
    if (!everywhere && terminals.empty()) terminals.push_back(broker.terminal);
    return terminals;
}

tl::expected<NewMedia, Refusal> read_media(Broker& broker, Arguments& arguments) {
    if (broker.media == nullptr) return refuse(ErrorCode::unavailable, "nothing that is plugged in is known");
    const auto device = wanted_device(*broker.media, arguments);
    auto terminals = wanted_terminals(broker, arguments);
    const auto until = arguments.optional_text("until");
    const std::string approver = arguments.text("approver");
    NewMedia media;
    media.reason = arguments.text("reason", kMaxReason);
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    if (!device) return tl::unexpected<Refusal>(device.error());
    if (!terminals) return tl::unexpected<Refusal>(terminals.error());
    const auto person = find_person(broker.store, approver);
    if (!person) return tl::unexpected<Refusal>(person.error());
    if (person->state != PersonState::active)
        return refuse(ErrorCode::refused, "the approver is suspended", "somebody else has to approve it");
    if (until) {
        const auto end = parse_time(*until);
        if (!end || *end <= broker.clock.now().wall)
            return refuse(ErrorCode::invalid_argument, "until is no time that is to come", "2026-04-01T00:00:00Z");
        media.until = *end;
    }
    media.vendor = device->vendor;
    media.product = device->product;
    media.serial = device->serial;
    media.terminals = std::move(*terminals);
    media.approver = person->id;
    return media;
}

std::optional<MediaRecord> record_of(const Store& store, const StatementId& id) {
    for (const MediaRecord& one : store.media())
        if (one.record.id == id) return one;
    return std::nullopt;
}

Reply allow(CommandRun& run, const NewMedia& media) {
    Broker& broker = run.broker();
    const auto id = broker.store.allow_media(media, run.actor());
    if (!id) return refuse(id.error());
    broker.media->changed();
    const auto answer = [&broker, id = *id]() -> Reply {
        const auto record = record_of(broker.store, id);
        if (!record) return refuse(ErrorCode::internal, "it was stored and is not there");
        return json_of(broker, *record);
    };
    if (broker.store.fleet() == nullptr) return answer();
    run.answer_after(answer);
    return Json::object();
}

tl::expected<MediaRecord, Refusal> find_media(const Store& store, const std::string& text) {
    std::optional<MediaRecord> found;
    for (const MediaRecord& one : store.media()) {
        const std::string id = one.record.id.hex();
        if (id != text && (text.size() < kShortId || !id.starts_with(text))) continue;
        if (found) return refuse(ErrorCode::refused, "two records begin like that", "give the whole id");
        found = one;
    }
    if (!found) return refuse(ErrorCode::not_found, "no such record", "sekimori media list");
    return *found;
}

}  // namespace

Reply media_allow(CommandRun& run, Arguments& arguments) {
    const auto media = read_media(run.broker(), arguments);
    Reply reply = media ? allow(run, *media) : Reply(tl::unexpected<Refusal>(media.error()));
    run.record(media ? std::optional(media->approver) : std::nullopt, std::nullopt, reply);
    return reply;
}

Reply media_remove(DenyRun run, Arguments& arguments) {
    const std::string text = arguments.text("media");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Broker& broker = run.broker();
    const auto record = find_media(broker.store, text);
    if (!record) return tl::unexpected<Refusal>(record.error());
    const auto denied = broker.store.withdraw(record->record.id, Store::Withdrawal::withdrawn, run.denier());
    if (broker.media != nullptr) broker.media->changed();  // whatever the store answers: it is looked at again
    Reply reply =
        refuse(ErrorCode::full,
               "the device is refused from now on, but that could not be stored: it is forgotten at a restart",
               "free space, then repeat the command");
    if (!denied) {
        reply = refuse(denied.error());
    } else if (denied->durable) {
        Json json = json_of(broker, record_of(broker.store, record->record.id).value_or(*record));
        json["changed"] = denied->changed;
        reply = std::move(json);
    }
    run.record(record->approver, std::nullopt, reply);
    return reply;
}

Reply media_list(Broker& broker, Arguments& arguments) {
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Json items = Json::array();
    for (const MediaRecord& one : broker.store.media()) items.push_back(json_of(broker, one));
    return list_of(std::move(items));
}

Reply media_seen(Broker& broker, Arguments& arguments) {
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Json items = Json::array();
    if (broker.media != nullptr)
        for (const Plug& plug : broker.media->plugs()) items.push_back(json_of(plug));
    return list_of(std::move(items));
}

}  // namespace sekimori::daemon
