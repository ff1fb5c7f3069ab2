// SPDX-License-Identifier: Apache-2.0
// card.confirm: an officer stands by what the help desk suspended; fleet.extend and fleet.take: a terminal that hears
// nothing goes on for a while.
#include <unistd.h>

#include <algorithm>

#include "daemon/admin/query.hpp"
#include "daemon/admin/verbs.hpp"
#include "daemon/store/fleet.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::size_t kMaxStatement = 4096;
constexpr std::uint64_t kMostHours = std::chrono::duration_cast<std::chrono::hours>(kMaxExtension).count();

Reply not_of_a_fleet() { return refuse(ErrorCode::refused, "this is no terminal of a fleet"); }

tl::expected<FleetStore::Extending, Refusal> of_terminal(const FleetView& view, const std::string& text) {
    std::optional<TerminalId> found;
    for (const auto& [id, terminal] : view.terminals) {
        if (terminal.standing != Standing::in_force || (id.hex() != text && terminal.name != text)) continue;
        if (found) return refuse(ErrorCode::refused, "several terminals have this name", "name the terminal's id");
        found = id;
    }
    if (!found) return refuse(ErrorCode::not_found, "no terminal '" + text + "'", "sekimori-authority terminal list");
    return FleetStore::Extending{ExtendScope::terminal, found->bytes, {}};
}

tl::expected<FleetStore::Extending, Refusal> of_group(const FleetView& view, const std::string& text) {
    for (const auto& [id, terminal] : view.terminals)
        if (terminal.group.hex() == text) return FleetStore::Extending{ExtendScope::group, terminal.group.bytes, {}};
    return refuse(ErrorCode::not_found, "no terminal is in the group '" + text + "'",
                  "name the group's id: sekimori-authority group list");
}

Status write_whole(int fd, ByteSpan bytes) {
    if (write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) || fsync(fd) != 0)
        return fail(ErrorCode::io, "the file could not be written");
    return {};
}

Result<Bytes> read_whole(int fd) {
    Bytes bytes(kMaxStatement + 1);
    std::size_t used = 0;
    while (fd >= 0 && used < bytes.size()) {
        const ssize_t size = pread(fd, bytes.data() + used, bytes.size() - used, static_cast<off_t>(used));
        if (size < 0) return fail(ErrorCode::io, "the file can't be read");
        if (size == 0) break;
        used += static_cast<std::size_t>(size);
    }
    if (used == 0 || used > kMaxStatement) return fail(ErrorCode::malformed, "that is no extension");
    bytes.resize(used);
    return bytes;
}

Json time_of(const Extension& extension) {
    return {{"since", time_text(extension.since)}, {"until", time_text(extension.until)}};
}

Json confirmed_card(Broker& broker, const CardId& id, bool changed) {
    Json cards = Json::array();
    if (const auto card = broker.store.card(id)) cards.push_back(json_of(broker, *card));
    return whole({{"changed", changed}, {"cards", std::move(cards)}});
}

}  // namespace

Reply card_confirm(CommandRun& run, Arguments& arguments) {
    const std::string text = arguments.text("card");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Broker& broker = run.broker();
    FleetStore* const fleet = broker.store.fleet();
    if (fleet == nullptr) return not_of_a_fleet();
    const auto card = find_card(broker.store, text);
    if (!card) return tl::unexpected<Refusal>(card.error());
    if (card->state != CardState::suspended)
        return refuse(ErrorCode::refused, "the card is not suspended: there is nothing to confirm");
    bool changed = false;
    for (const SuspensionKey& one : fleet->unconfirmed()) {
        if (one.target != Target::card || one.subject != card->id.bytes) continue;
        const Status done = fleet->confirm(one.id, run.actor());
        Reply reply = done ? Reply(Json::object()) : Reply(refuse(done.error()));
        run.record(card->person, card->id, reply);
        if (!done) return reply;
        changed = true;
    }
    if (!changed) return confirmed_card(broker, card->id, false);
    run.answer_after([&broker, id = card->id]() -> Reply { return confirmed_card(broker, id, true); });
    return Json::object();
}

Reply fleet_extend(CommandRun& run, Arguments& arguments) {
    const auto terminal = arguments.optional_text("terminal");
    const auto group = arguments.optional_text("group");
    const auto hours = arguments.number("hours", 1, kMostHours);
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    if (terminal.has_value() == group.has_value())
        return refuse(ErrorCode::invalid_argument, "name one: a terminal or a group");
    FleetStore* const fleet = run.broker().store.fleet();
    if (fleet == nullptr) return not_of_a_fleet();
    auto what = terminal ? of_terminal(fleet->fleet_view(), *terminal) : of_group(fleet->fleet_view(), *group);
    if (!what) return tl::unexpected<Refusal>(what.error());
    what->length = std::chrono::hours{hours};
    const bool by_file = run.file() >= 0;
    const auto said =
        fleet->extend(*what, by_file ? FleetStore::Carried::file : FleetStore::Carried::entry, run.actor());
    Status kept;
    if (said && by_file) {
        for (const FleetStore::Waiting& one : fleet->waiting()) run.goes_by_itself(one.hash);
        kept = write_whole(run.file(), said->statement);
    }
    Reply reply = !said   ? Reply(refuse(said.error()))
                  : !kept ? Reply(refuse(kept.error()))
                          : Reply(whole({{"id", said->id.hex()},
                                         {terminal ? "terminal" : "group", to_hex(what->subject)},
                                         {"until", time_text(said->until)}}));
    run.record(std::nullopt, std::nullopt, reply);
    return reply;
}

Reply fleet_take(CommandRun& run, Arguments& arguments) {
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    FleetStore* const fleet = run.broker().store.fleet();
    if (fleet == nullptr) return not_of_a_fleet();
    const auto bytes = read_whole(run.file());
    const auto taken = bytes ? fleet->take_extension(*bytes) : Result<Extension>(tl::unexpected<Error>(bytes.error()));
    Reply reply = taken ? Reply(whole(time_of(*taken))) : Reply(refuse(taken.error()));
    run.record(std::nullopt, std::nullopt, reply);
    return reply;
}

}  // namespace sekimori::daemon
