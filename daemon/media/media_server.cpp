// SPDX-License-Identifier: Apache-2.0
#include "daemon/media/media_server.hpp"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

#include "event/log.hpp"

namespace sekimori::daemon {

struct MediaServer::Connection {
    Channel channel;
    Source source, timer;
};

namespace {

constexpr Millis kPatience = std::chrono::seconds{10};
constexpr std::size_t kMaxWhere = 128;
constexpr std::size_t kMaxShownSerial = 48;

// What was settled without us, as the trail has it.
std::optional<media::Answer> answer_of(wire::Settled settled) {
    if (settled == wire::Settled::irregular) return media::Answer::irregular;
    if (settled == wire::Settled::driver) return media::Answer::driver;
    return std::nullopt;
}

std::string where_of(const Plug& plug) {
    std::string classes;
    for (const std::uint8_t cls : plug.classes) classes += fmt::format(" {:02x}", cls);
    std::string text = fmt::format("usb {} {:04x}:{:04x} {}{}", plug.port, plug.vendor, plug.product,
                                   plug.serial.empty() ? "-" : plug.serial.substr(0, kMaxShownSerial), classes);
    text.resize(std::min(text.size(), kMaxWhere));
    return text;
}

Plug plug_of(const wire::MediaPlugged& message, const media::Device& device) {
    Plug plug;
    plug.port = media::printable(message.port, message.port.size());
    plug.serial = media::printable(device.serial, media::kMaxSerial);
    plug.name = media::printable(message.name, message.name.size());
    plug.number = message.number;
    plug.vendor = message.vendor;
    plug.product = message.product;
    for (const media::Interface& one : device.interfaces)
        if (std::ranges::find(plug.classes, one.cls) == plug.classes.end()) plug.classes.push_back(one.cls);
    if (message.settled == wire::Settled::ask && media::kind_of(device) == media::Kind::storage &&
        media::nameable(device.serial))
        plug.listable = Plug::Listable::yes;
    return plug;
}

}  // namespace

MediaServer::MediaServer(Broker& broker, std::string socket_path, UniqueFd listener)
    : broker_(broker),
      socket_path_(std::move(socket_path)),
      listener_(std::move(listener)),
      plugged_(broker.config.state_dir, broker.clock.now().boot_id),
      timer_(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC)) {
    source_ = watch_readable(listener_.get(), [this] { on_listener(); });
    timer_source_ = watch_readable(timer_.get(), [this] {
        std::uint64_t times = 0;
        // Spent, or (ECANCELED) the clock was set: then what was over may not be, and the other way round.
        if (::read(timer_.get(), &times, sizeof times) < 0 && errno == EAGAIN) return;
        changed();
    });
    changed();  // what was plugged in while nobody could be asked
}

MediaServer::~MediaServer() = default;

void MediaServer::changed() {
    const std::string path = broker_.config.state_dir + "/media.changed";
    const UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file || write(file.get(), "\n", 1) != 1) log_warning("{} can't be written", path);
    wait_for_next_end();
}

// On the wall clock, since that is what ends a record; suspended or set, it is told.
void MediaServer::wait_for_next_end() {
    const Millis now = broker_.clock.now().wall;
    Millis next{0};
    for (const MediaRecord& one : broker_.store.media())
        if (!one.record.withdrawn && one.record.until > now && (next == Millis{0} || one.record.until < next))
            next = one.record.until;
    itimerspec at{};
    at.it_value.tv_sec = static_cast<time_t>(next.count() / 1000);
    at.it_value.tv_nsec = static_cast<long>(next.count() % 1000) * 1'000'000;
    (void)timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, nullptr);
}

void MediaServer::on_listener() {
    auto channel = accept_from(listener_.get());
    if (!channel) return;
    struct stat info {};
    const auto peer = channel->peer();
    if (!peer || stat(socket_path_.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode) || peer->uid != info.st_uid) {
        if (broker_.complaints.take(broker_.clock.now().boottime))
            log_warning("a stranger at media.sock is turned away");
        return;
    }
    if (connections_.size() >= kMaxConnections) return;
    Connection& one = *connections_.emplace_back(std::make_unique<Connection>());
    one.channel = std::move(*channel);
    one.source = watch_readable(one.channel.fd(), [this, &one] { on_readable(one); });
}

void MediaServer::on_readable(Connection& connection) {
    if (const auto done = read_one(connection); done || done.error().code == ErrorCode::busy) {
        connection.timer = after(kPatience, [this, &connection] {
            connections_.remove_if([&](const auto& one) { return one.get() == &connection; });
        });
        return;
    }
    connections_.remove_if([&](const auto& one) { return one.get() == &connection; });
}

Status MediaServer::read_one(Connection& connection) {
    const auto bytes = connection.channel.receive(std::nullopt);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    const auto type = wire::type_of(bytes->span());
    if (!type) return tl::unexpected<Error>(type.error());
    const auto is = [&](wire::MessageType wanted) { return *type == static_cast<std::uint16_t>(wanted); };
    if (is(wire::MessageType::media_sweep)) {
        if (auto message = wire::decode<wire::MediaSweep>(bytes->span()); !message)
            return tl::unexpected<Error>(message.error());
        plugged_.sweep();
        return {};
    }
    if (is(wire::MessageType::media_gone)) {
        const auto message = wire::decode<wire::MediaGone>(bytes->span());
        if (!message) return tl::unexpected<Error>(message.error());
        plugged_.gone(message->port);
        return {};
    }
    const auto message = wire::decode<wire::MediaPlugged>(bytes->span());
    if (!message) return tl::unexpected<Error>(message.error());
    const wire::MediaVerdict verdict = plugged(*message);
    return message->settled == wire::Settled::ask ? connection.channel.send(wire::MediaAnswer{verdict}) : Status();
}

wire::MediaVerdict MediaServer::plugged(const wire::MediaPlugged& message) {
    const media::Device device = wire::device_in(message);
    const Instant now = broker_.clock.now();
    Plug plug = plug_of(message, device);
    plug.at = now.wall;
    if (message.settled == wire::Settled::ask) {
        std::vector<media::Record> records;
        for (MediaRecord& one : broker_.store.media()) records.push_back(std::move(one.record));
        const media::Decision decision = media::decide(device, records, broker_.terminal, now);
        plug.let = decision.record ? Plug::Let::in : Plug::Let::out;
        plug.reason = decision.record ? "record:" + decision.record->hex() : media::name_of(decision.answer);
    } else if (const auto refused = answer_of(message.settled)) {
        plug.reason = media::name_of(*refused);
    } else {
        plug.let = Plug::Let::in;
        plug.reason = message.settled == wire::Settled::named ? "named" : "plain";
    }
    record(plug, message.settled, now);
    return plug.let == Plug::Let::in ? wire::MediaVerdict::allowed : wire::MediaVerdict::refused;
}

// Storage is let in only once that is written down.
void MediaServer::record(Plug& plug, wire::Settled settled, const Instant& now) {
    if (plugged_.knows(plug)) return;
    AuditEvent event;
    event.what = "media.plug";
    event.where = where_of(plug);
    event.success = plug.let == Plug::Let::in;
    event.reason = plug.reason;
    if (!event.success || settled != wire::Settled::ask) {
        refusals_.append(broker_.store, event, now.boottime);
    } else if (const auto stored = broker_.store.append(event); !stored) {
        log_error("a stick is refused, since letting it in could not be recorded: {}", stored.error().message);
        plug.let = Plug::Let::out;
        plug.reason = "record_failed";
    }
    plugged_.add(plug);
}

}  // namespace sekimori::daemon
