// SPDX-License-Identifier: Apache-2.0
// sekimorid, the broker. Usage: sekimorid --config FILE [--worker-registry-fd N]
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>

#include "crypto/slow_hash.hpp"
#include "crypto/system.hpp"
#include "crypto/verifier.hpp"
#include "daemon/adapters/accounts.hpp"
#include "daemon/adapters/felica_keys.hpp"
#include "daemon/adapters/judged_clock.hpp"
#include "daemon/admin/housekeeping.hpp"
#include "daemon/admin/service.hpp"
#include "daemon/auth/server.hpp"
#include "daemon/broker.hpp"
#include "daemon/fleet/fleet.hpp"
#include "daemon/listeners.hpp"
#include "daemon/media/media_server.hpp"
#include "daemon/policy/policy_json.hpp"
#include "daemon/rescue/rescue_watch.hpp"
#include "daemon/session/sessions.hpp"
#include "daemon/top_key.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

// sysexits.h: what a supervisor or an administrator makes of our end.
constexpr int kUsage = 64;
constexpr int kUnavailable = 69;
constexpr int kInternal = 70;
constexpr int kConfiguration = 78;

struct Options {
    std::string config{"/etc/sekimori/sekimori.conf"};
    int registry_fd{-1};
};

std::optional<Options> parse_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 >= argc) return std::nullopt;
        const std::string_view value(argv[i + 1]);
        if (std::string_view(argv[i]) == "--config") {
            options.config = value;
        } else if (std::string_view(argv[i]) == "--worker-registry-fd") {
            if (std::from_chars(value.data(), value.data() + value.size(), options.registry_fd).ec != std::errc())
                return std::nullopt;
        } else {
            return std::nullopt;
        }
    }
    return options;
}

// No core dump, no ptrace by our own uid, no new privileges: what is in memory stays there.
void harden() {
    const rlimit none{0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);  // a limit on files is a full disk, not an end
    (void)umask(077);
}

// The launcher's registrations: one datagram a worker, "card PID", "finger PID", "lock PID" or "fleet PID".
void read_registry(int fd, WorkerRegistry& registry) {
    char line[64];
    ssize_t size = 0;
    while ((size = recv(fd, line, sizeof line, MSG_DONTWAIT)) > 0) {
        const std::string_view text(line, static_cast<std::size_t>(size));
        const std::size_t space = text.find(' ');
        if (space == std::string_view::npos) continue;
        pid_t pid = -1;
        (void)std::from_chars(text.data() + space + 1, text.data() + text.size(), pid);
        if (pid <= 0) continue;
        if (text.substr(0, space) == "card") registry.expect(wire::WorkerClass::card, pid);
        if (text.substr(0, space) == "finger") registry.expect(wire::WorkerClass::finger, pid);
        if (text.substr(0, space) == "fleet") registry.expect(wire::WorkerClass::fleet, pid);
        if (text.substr(0, space) == "lock") registry.expect(wire::WorkerClass::lock, pid);
    }
}

TerminalId terminal_of(const LedgerId& ledger) {
    // The machine's id hashed with an id of ours (machine-id(5)); a machine that has none is named by its ledger.
    constexpr sd_id128_t application{
        {0x5e, 0x4b, 0x1a, 0x02, 0x7d, 0x31, 0x4c, 0x6e, 0x9b, 0x0f, 0xa1, 0xc3, 0x52, 0xe6, 0x88, 0x17}};
    sd_id128_t id{};
    TerminalId terminal{ledger.bytes};
    if (sd_id128_get_machine_app_specific(application, &id) >= 0)
        std::copy(std::begin(id.bytes), std::end(id.bytes), terminal.bytes.begin());
    return terminal;
}

// Lab: the policy that the launcher was given takes the place of the ledger's.
Status seed_policy(const Config& config, Broker& broker) {
    if (config.policy_seed.empty() || config.lab == LabMode::off) return {};
    std::ifstream in(config.policy_seed);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    if (!in.good() && text.empty()) return fail(ErrorCode::not_found, config.policy_seed + " can't be read");
    const auto parsed = parse_policy(text);
    if (!parsed) return tl::unexpected<Error>(parsed.error());
    const std::string canonical = write_policy(*parsed);
    if (canonical == write_policy(broker.policy)) return {};
    if (auto stored = broker.store.load_policy(canonical, std::nullopt, {std::nullopt, "lab"}); !stored) return stored;
    broker.refresh_policy();
    return {};
}

gboolean on_signal(gpointer loop) noexcept {
    g_main_loop_quit(static_cast<GMainLoop*>(loop));
    return G_SOURCE_CONTINUE;
}
gboolean on_watchdog(gpointer) noexcept {
    (void)sd_notify(0, "WATCHDOG=1");
    return G_SOURCE_CONTINUE;
}

int run(const Options& options) {
    auto config = load_config(options.config);
    if (!config) {
        log_error("{}", config.error().message);
        return kConfiguration;
    }
    auto system_clock = crypto::SystemClock::make();
    auto felica_keys = FelicaKeyFile::load(config->felica_keys);
    auto top_key = load_top_key();
    if (!system_clock || !felica_keys || !top_key) {
        log_error("{}", !system_clock  ? system_clock.error().message
                        : !felica_keys ? felica_keys.error().message
                                       : top_key.error().message);
        return kConfiguration;
    }
    crypto::SystemRng rng;
    crypto::OpenSslVerifier signatures;
    FelicaVerifier lite_s;
    SystemAccounts accounts;
    JudgedClock clock(*system_clock);
    auto store = Store::open({config->state_dir,
                              config->witness,
                              config->forward,
                              std::move(top_key->key),
                              top_key->protection,
                              {config->limits.failures, config->limits.lockout, config->limits.lockout_max},
                              config->offline,
                              config->help_desk},
                             *system_clock, rng);
    if (!store) {
        log_error("the store can't be opened: {}", store.error().message);
        return store.error().code == ErrorCode::busy ? kUnavailable : kInternal;
    }
    clock.judge_by(**store);
    auto listeners = make_listeners(*config);
    if (!listeners) {
        log_error("{}", listeners.error().message);
        return kUnavailable;
    }

    WorkerRegistry registry;
    Source registry_source;
    const bool lab = config->lab == LabMode::on;
    if (lab && options.registry_fd >= 0) {
        read_registry(options.registry_fd, registry);
        registry_source = watch_readable(options.registry_fd, [fd = options.registry_fd, &registry, &registry_source] {
            read_registry(fd, registry);
            char byte = 0;
            if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) registry_source.reset();  // the launcher is gone
        });
    }
    const WorkerRegistry* known = lab ? &registry : nullptr;
    std::function<void()> devices_changed = [] {};
    CardClient cards({wire::WorkerClass::card, config->workers_dir + "/card.sock", std::move(listeners->card), known});
    FingerClient fingers(
        {wire::WorkerClass::finger, config->workers_dir + "/finger.sock", std::move(listeners->finger), known},
        [&] { devices_changed(); });
    LockClient lockd({wire::WorkerClass::lock, config->workers_dir + "/lock.sock", std::move(listeners->lock), known});

    Broker broker{*config,          clock, rng, signatures, lite_s, *felica_keys, accounts, **store, cards, fingers,
                  default_policy(), "",    {},  {},         {},     {},           {},       {}};
    crypto::SlowHashes secrets;
    broker.secrets = &secrets;
    broker.refresh_ledger();
    broker.terminal = terminal_of(broker.ledger);
    if (auto seeded = seed_policy(*config, broker); !seeded) {
        log_error("the policy can't be loaded: {}", seeded.error().message);
        return kConfiguration;
    }

    GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
    int status = 0;
    {
        Sessions sessions(broker, lockd);
        broker.sessions = &sessions;
        sessions.restore();
        MediaServer media(broker, config->workers_dir + "/media.sock", std::move(listeners->media));
        broker.media = &media;
        std::optional<RescueWatch> rescue;
        if (!lab) rescue.emplace(**store, kRescueDirectory, config->state_dir);
        Fleet fleet(broker, {wire::WorkerClass::fleet, config->workers_dir + "/fleet.sock", std::move(listeners->fleet),
                             known});
        broker.fleet = &fleet;
        // After those: its commands hold parts of them, and end first.
        Service service(broker, [&] {
            status = kUnavailable;
            g_main_loop_quit(loop);
        });
        struct Readiness final : CardListener {
            explicit Readiness(Service& s) : service(s) {}
            void card_inserted(const CardVisit&) override {}
            void card_removed(const CardVisit&) override {}
            void readers_changed() override { service.readiness_changed(); }
            Service& service;
        } readiness(service);
        cards.add(&readiness);
        devices_changed = [&] { service.readiness_changed(); };
        broker.on_break_glass = [&](const std::string& person, const std::string& where) {
            service.emit_break_glass(person, where);
        };
        broker.on_denied = [&](std::string_view kind, const std::string& id) { service.emit_denied(kind, id); };
        sessions.on_change([&] { service.readiness_changed(); });
        AuthServer server(broker, std::move(listeners->auth));
        Housekeeping housekeeping(broker, [&] {
            status = kInternal;
            g_main_loop_quit(loop);
        });
        const guint term = g_unix_signal_add(SIGTERM, on_signal, loop);
        const guint interrupt = g_unix_signal_add(SIGINT, on_signal, loop);
        std::uint64_t watchdog = 0;
        guint beat = 0;
        if (sd_watchdog_enabled(0, &watchdog) > 0)
            beat = g_timeout_add(static_cast<guint>(watchdog / 3000), on_watchdog, nullptr);
        (void)sd_notify(0, "READY=1");
        log_info("the broker is up{}", lab ? ", in LAB mode" : "");
        if (status == 0) g_main_loop_run(loop);
        (void)sd_notify(0, "STOPPING=1");
        g_source_remove(term);
        g_source_remove(interrupt);
        if (beat != 0) g_source_remove(beat);
        cards.remove(&readiness);
        devices_changed = [] {};
        sessions.on_change([] {});
        broker.on_denied = nullptr;
        broker.fleet = nullptr;
        broker.media = nullptr;
        broker.on_break_glass = nullptr;
        broker.sessions = nullptr;
    }
    g_main_loop_unref(loop);
    // A planned end: the next start has less to verify.
    if (status == 0)
        for (auto cared = (*store)->care_for_ledger(Keep::now); cared && *cared == Care::more;)
            cared = (*store)->care_for_ledger(Keep::now);
    return status;
}

}  // namespace
}  // namespace sekimori::daemon

int main(int argc, char** argv) {
    using namespace sekimori::daemon;
    const auto options = parse_options(argc, argv);
    if (!options) {
        sekimori::log_error("usage: sekimorid [--config FILE] [--worker-registry-fd N]");
        return kUsage;
    }
    harden();
    return run(*options);
}
