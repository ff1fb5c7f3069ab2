// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/origin_lookup.hpp"

namespace sekimori::daemon {
namespace {

constexpr Millis kCallLimit = std::chrono::seconds{1};
constexpr std::size_t kMaxSessions = 64;  // of one uid; with more of them nobody knows where it sits

constexpr const char* kLogin = "org.freedesktop.login1";
constexpr const char* kManager = "org.freedesktop.login1.Manager";
constexpr const char* kSession = "org.freedesktop.login1.Session";
constexpr const char* kSystemd = "org.freedesktop.systemd1";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";

GVariant* number(std::uint32_t value) { return g_variant_new("(u)", value); }

std::string path_in(const Variant& reply) {
    const char* path = nullptr;
    g_variant_get(reply.get(), "(&o)", &path);
    return path;
}

// Everything or nothing: a session of which one property is missing is one that can't be read.
SessionFacts read_session(GVariant* properties) {
    const char *id = nullptr, *seat = nullptr, *type = nullptr, *of = nullptr, *tty = nullptr, *service = nullptr;
    guint32 uid = 0;
    gboolean remote = TRUE, active = FALSE;
    const bool whole = g_variant_lookup(properties, "Id", "&s", &id) != FALSE &&
                       g_variant_lookup(properties, "User", "(u&o)", &uid, nullptr) != FALSE &&
                       g_variant_lookup(properties, "Remote", "b", &remote) != FALSE &&
                       g_variant_lookup(properties, "Active", "b", &active) != FALSE &&
                       g_variant_lookup(properties, "Seat", "(&s&o)", &seat, nullptr) != FALSE &&
                       g_variant_lookup(properties, "Type", "&s", &type) != FALSE &&
                       g_variant_lookup(properties, "Class", "&s", &of) != FALSE &&
                       g_variant_lookup(properties, "TTY", "&s", &tty) != FALSE &&
                       g_variant_lookup(properties, "Service", "&s", &service) != FALSE;
    if (!whole) return {};
    SessionFacts facts;
    facts.id = id;
    facts.uid = uid;
    facts.seat = seat;
    facts.place = remote != FALSE ? SessionFacts::Place::remote : SessionFacts::Place::local;
    facts.activity = active != FALSE ? SessionFacts::Activity::active : SessionFacts::Activity::inactive;
    // One through a tunnel to this machine's own address has no remote host.
    if (std::string_view(of) != "background" && std::string_view(service) != "sshd")
        facts.attendance = !facts.seat.empty()                               ? SessionFacts::Attendance::seat
                           : std::string_view(type) == "tty" && *tty != '\0' ? SessionFacts::Attendance::line
                                                                             : SessionFacts::Attendance::nobody;
    return facts;
}

}  // namespace

OriginLookup::OriginLookup(pid_t pid, uid_t uid, std::string rhost, LabMode lab, Done done)
    : pid_(pid), done_(std::move(done)) {
    facts_.uid = uid;
    facts_.lab = lab;
    facts_.rhost = std::move(rhost);
    limit_ = after(kOriginLimit, [this] {
        facts_.logind = Logind::present;
        facts_.session = SessionFacts{};  // whatever was found so far
        finish();
    });
    bus_->open([this](bool there) {
        if (!there) return finish();
        bus_->call({"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
                    g_variant_new("(s)", kLogin), "(b)"},
                   kCallLimit, [this](const Variant& owned) { on_logind(owned); });
    });
}

void OriginLookup::finish() {
    limit_.reset();
    bus_.reset();
    const Done done = std::move(done_);
    done_ = nullptr;
    if (done != nullptr) done(std::move(facts_));  // `this` may be gone after it
}

void OriginLookup::on_logind(const Variant& owned) {
    gboolean has = FALSE;
    if (owned) g_variant_get(owned.get(), "(b)", &has);
    // A bus that does not answer says nothing about logind: present, with every fact empty, is the strict reading.
    facts_.logind = owned && has == FALSE ? Logind::absent : Logind::present;
    if (facts_.logind == Logind::absent) return finish();
    bus_->call(
        {kLogin, "/org/freedesktop/login1", kManager, "GetSessionByPID", number(static_cast<guint32>(pid_)), "(o)"},
        kCallLimit, [this](const Variant& path) { on_session_path(path); });
}

void OriginLookup::on_session_path(const Variant& path) {
    if (path)
        return ask_session(path_in(path), [this](SessionFacts session) {
            facts_.session = std::move(session);
            finish();
        });
    bus_->call({kSystemd, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "GetUnitByPID",
                number(static_cast<guint32>(pid_)), "(o)"},
               kCallLimit, [this](const Variant& unit) { on_unit_path(unit); });
}

// A session that can't be read counts as a remote one: it spoils the "all are local".
void OriginLookup::ask_session(const std::string& path, std::function<void(SessionFacts)> then) {
    bus_->call({kLogin, path, kProperties, "GetAll", g_variant_new("(s)", kSession), "(a{sv})"}, kCallLimit,
               [then = std::move(then)](const Variant& reply) {
                   if (!reply) return then({});
                   const Variant properties(g_variant_get_child_value(reply.get(), 0));
                   then(read_session(properties.get()));
               });
}

void OriginLookup::on_unit_path(const Variant& path) {
    if (!path) return finish();
    bus_->call({kSystemd, path_in(path), kProperties, "Get",
                g_variant_new("(ss)", "org.freedesktop.systemd1.Unit", "Id"), "(v)"},
               kCallLimit, [this](const Variant& name) { on_unit(name); });
}

void OriginLookup::on_unit(const Variant& name) {
    if (!name) return finish();
    const Variant boxed(g_variant_get_child_value(name.get(), 0));
    const Variant text(g_variant_get_variant(boxed.get()));
    if (g_variant_is_of_type(text.get(), G_VARIANT_TYPE_STRING) == FALSE) return finish();
    facts_.unit = g_variant_get_string(text.get(), nullptr);
    if (!manager_of(facts_.unit)) return finish();
    bus_->call({kLogin, "/org/freedesktop/login1", kManager, "ListSessions", nullptr, "(a(susso))"}, kCallLimit,
               [this](const Variant& list) { on_list(list); });
}

void OriginLookup::on_list(const Variant& list) {
    if (!list) return finish();
    GVariantIter* iterator = nullptr;
    g_variant_get(list.get(), "(a(susso))", &iterator);
    guint32 owner = 0;
    const char* path = nullptr;
    while (g_variant_iter_next(iterator, "(&su&s&s&o)", nullptr, &owner, nullptr, nullptr, &path) != FALSE)
        if (owner == *manager_of(facts_.unit)) paths_.emplace_back(path);
    g_variant_iter_free(iterator);
    if (paths_.size() > kMaxSessions) return finish();
    next_of_uid();
}

void OriginLookup::next_of_uid() {
    if (paths_.empty()) return finish();
    const std::string path = std::move(paths_.back());
    paths_.pop_back();
    ask_session(path, [this](SessionFacts session) {
        facts_.of_uid.push_back(std::move(session));
        next_of_uid();
    });
}

}  // namespace sekimori::daemon
