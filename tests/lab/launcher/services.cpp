// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/launcher/services.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tests/lab/launcher/quote.hpp"
#include "tests/lab/reader/listener.hpp"
#include "tests/lab/reader/private_pcscd.hpp"

namespace sekimori::lab::launcher {
namespace {

constexpr int backlog = 64;

Result<UniqueFd> bind_stream(const std::string& path, mode_t mode) {
    auto listener = listen_at(path, backlog);
    if (!listener) {
        return fail(ErrorCode::io, listener.error());
    }
    if (chmod(path.c_str(), mode) != 0) {
        return fail(ErrorCode::io, "cannot set the mode of " + path);
    }
    return std::move(*listener);
}

// Precondition: the lock is held, so that nobody listens there.
Result<UniqueFd> bind_seqpacket(const std::string& path, mode_t mode, uid_t owner) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    unlink(path.c_str());
    UniqueFd listener(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!listener || ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
        lchown(path.c_str(), owner, static_cast<gid_t>(-1)) != 0 || chmod(path.c_str(), mode) != 0 ||
        listen(listener.get(), backlog) != 0) {
        return fail(ErrorCode::io, "cannot listen at " + path + ": " + std::strerror(errno));
    }
    return listener;
}

// Nothing of the caller's environment but what a sanitizer build is steered by.
std::vector<std::string> clean_environment() {
    std::vector<std::string> environment{"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG=C.UTF-8"};
#ifdef SEKIMORI_LAB_SANITIZED
    for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"}) {
        if (const char* value = std::getenv(name); value != nullptr) {
            environment.push_back(std::string(name) + "=" + value);
        }
    }
#endif
    return environment;
}

}  // namespace

const char* name_of(Service service) {
    switch (service) {
        case Service::bus:
            return "dbus";
        case Service::logind:
            return "logind";
        case Service::pcscd:
            return "pcscd";
        case Service::broker:
            return "broker";
        case Service::card:
            return "card";
        case Service::finger:
            return "finger";
        case Service::lockd:
            return "lock";
        case Service::agent:
            return "fleet";
    }
    return "";
}

std::vector<Service> services_of(const Plan& plan) {
    std::vector<Service> services{Service::bus, Service::pcscd, Service::broker, Service::card, Service::finger};
    if (plan.sessions != Sessions::none) {
        services.insert(services.begin() + 1, Service::logind);
        services.push_back(Service::lockd);
    }
    if (plan.agent != Agent::none) services.push_back(Service::agent);
    return services;
}

Result<Services> Services::bind(const Plan& plan) {
    const Layout& layout = plan.layout;
    const mode_t mode = plan.accounts ? 0666 : 0600;
    Services services(plan);
    struct Socket {
        UniqueFd* where;
        std::string path;
    };
    services.cards_.resize(kReaders);
    std::vector<Socket> sockets{{&services.bus_, layout.bus()}, {&services.pcscd_, layout.pcscd()}};
    for (std::size_t reader = 0; reader < kReaders; ++reader) {
        sockets.push_back({&services.cards_[reader], layout.card(static_cast<int>(reader))});
    }
    for (const Socket& socket : sockets) {
        auto listener = bind_stream(socket.path, mode);
        if (!listener) {
            return tl::unexpected(listener.error());
        }
        *socket.where = std::move(*listener);
    }
    if (!plan.accounts) {
        return services;
    }
    struct BrokerSocket {
        std::string path;
        mode_t mode;
        uid_t owner;
    };
    for (const BrokerSocket& socket :
         {BrokerSocket{layout.auth(), 0666, 0}, BrokerSocket{layout.card_worker(), 0600, plan.accounts->card.uid},
          BrokerSocket{layout.finger_worker(), 0600, plan.accounts->finger.uid},
          BrokerSocket{layout.lock_worker(), 0600, geteuid()}, BrokerSocket{layout.media_worker(), 0600, geteuid()},
          BrokerSocket{layout.fleet_worker(), 0600, geteuid()}}) {
        auto listener = bind_seqpacket(socket.path, socket.mode, socket.owner);
        if (!listener) {
            return tl::unexpected(listener.error());
        }
        services.broker_sockets_.push_back(std::move(*listener));
    }
    return services;
}

Result<pid_t> Services::start(Service service) {
    auto child = spawn_held(service);
    if (!child) {
        return tl::unexpected(child.error());
    }
    if (service == Service::card || service == Service::finger || service == Service::lockd ||
        service == Service::agent) {
        registry_.add(name_of(service), child->pid());
    }
    child->release();
    return child->pid();
}

void Services::ended(Service service) { registry_.remove(name_of(service)); }

void Services::unbind() const {
    const Layout& layout = plan_->layout;
    for (const std::string& path :
         {layout.bus(), layout.pcscd(), layout.card(0), layout.card(1), layout.auth(), layout.card_worker(),
          layout.finger_worker(), layout.lock_worker(), layout.media_worker(), layout.fleet_worker(), layout.finger(),
          layout.scanner() + "/finger.sock"}) {
        unlink(path.c_str());
    }
}

Result<HeldChild> Services::spawn_held(Service service) {
    const Programs& programs = plan_->programs;
    switch (service) {
        case Service::bus:
            return spawn_bus();
        case Service::logind:
            return spawn_plain(programs.logind, service);
        case Service::pcscd:
            return spawn_reader_daemon();
        case Service::broker:
            return spawn_broker();
        case Service::card:
            return spawn_worker(programs.card_worker, "PCSCLITE_CSOCK_NAME=" + plan_->layout.pcscd(),
                                account_of(service), service);
        case Service::finger: {
            const std::string socket =
                plan_->accounts ? plan_->layout.scanner() + "/finger.sock" : plan_->layout.finger();
            return spawn_worker(programs.finger_worker, "FP_VIRTUAL_IMAGE=" + socket, account_of(service), service);
        }
        case Service::lockd:
            return spawn_worker(programs.lockd, "LC_ALL=C.UTF-8", account_of(service), service);
        case Service::agent:
            return spawn_agent();
    }
    return fail(ErrorCode::internal, "no such service");
}

Result<HeldChild> Services::spawn_bus() {
    ChildSpec spec;
    // An activated socket: clients may connect before the daemon runs.
    spec.command = {plan_->programs.bus_daemon,
                    "--config-file=" + plan_->layout.bus_config(),
                    "--address=systemd:",
                    "--nofork",
                    "--nopidfile",
                    "--nosyslog"};
    spec.environment = clean_environment();
    if (!caller_has_account()) {
        spec.environment.emplace_back("LD_PRELOAD=libnss_wrapper.so");
        spec.environment.push_back("NSS_WRAPPER_PASSWD=" + plan_->layout.bus_passwd());
        spec.environment.push_back("NSS_WRAPPER_GROUP=" + plan_->layout.bus_group());
    }
    spec.log = plan_->layout.log(name_of(Service::bus));
    spec.descriptors = {bus_.get()};
    spec.activated = 1;
    return spawn(spec);
}

Result<HeldChild> Services::spawn_reader_daemon() {
    const std::string log_path = plan_->layout.log(name_of(Service::pcscd));
    const UniqueFd log(open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
    PcscdSpec spec;
    spec.program = plan_->programs.pcscd;
    spec.handler = plan_->programs.reader_handler;
    spec.comm = pcscd_.get();
    spec.cards = {cards_[0].get(), cards_[1].get()};
    spec.log = log.get();
    const auto pid = spawn_pcscd(spec);
    if (!pid) {
        return fail(ErrorCode::io, pid.error());
    }
    return HeldChild(*pid);
}

Result<HeldChild> Services::spawn_broker() {
    const auto registry = registry_.connect_broker();
    if (!registry) {
        return tl::unexpected(registry.error());
    }
    ChildSpec spec;
    for (const UniqueFd& socket : broker_sockets_) {
        spec.descriptors.push_back(socket.get());
    }
    spec.activated = spec.descriptors.size();
    spec.descriptors.push_back(registry->get());
    const std::size_t number = 3 + spec.activated;
    spec.command = {plan_->programs.broker, "--config", plan_->layout.config(), "--worker-registry-fd",
                    std::to_string(number)};
    spec.environment = clean_environment();
    spec.environment.push_back(bus_variable());
    if (spec.activated > 0) {
        spec.environment.emplace_back("LISTEN_FDNAMES=auth:card:finger:lock:media:fleet");
    }
    spec.log = plan_->layout.log(name_of(Service::broker));
    spec.account = account_of(Service::broker);
    return spawn(spec);
}

Result<HeldChild> Services::spawn_plain(const std::string& program, Service service) {
    ChildSpec spec;
    spec.command = {program};
    spec.environment = clean_environment();
    spec.environment.push_back(bus_variable());
    spec.log = plan_->layout.log(name_of(service));
    return spawn(spec);
}

Result<HeldChild> Services::spawn_worker(const std::string& program, std::string variable, const Account* account,
                                         Service service) {
    ChildSpec spec;
    spec.command = {program, "--config", plan_->layout.config()};
    spec.environment = clean_environment();
    // A worker opens no bus, but knows by it that it is not root on the system's (the lab rule).
    spec.environment.push_back(bus_variable());
    spec.environment.push_back(std::move(variable));
    spec.log = plan_->layout.log(name_of(service));
    spec.account = account;
    return spawn(spec);
}

Result<HeldChild> Services::spawn_agent() {
    ChildSpec spec;
    spec.command = {plan_->programs.agent, "--config", plan_->layout.config(), "--state", plan_->layout.agent_state()};
    spec.environment = clean_environment();
    spec.environment.push_back(bus_variable());
    spec.log = plan_->layout.log(name_of(Service::agent));
    return spawn(spec);
}

std::string Services::bus_variable() const {
    return "DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + bus_address_value(plan_->layout.bus());
}

const Account* Services::account_of(Service service) const {
    if (!plan_->accounts) {
        return nullptr;
    }
    switch (service) {
        case Service::broker:
            return &plan_->accounts->broker;
        case Service::card:
            return &plan_->accounts->card;
        case Service::finger:
            return &plan_->accounts->finger;
        case Service::bus:
        case Service::logind:
        case Service::pcscd:
        case Service::lockd:
        case Service::agent:
            return nullptr;
    }
    return nullptr;
}

}  // namespace sekimori::lab::launcher
