// SPDX-License-Identifier: Apache-2.0
// A stand-in for logind on the lab's bus: sessions as it knows them, made by tests for processes of theirs. It ends
// processes for real, keeps LockedHint as it is set, and says what logind says; it asks nobody for permission.
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

#include <list>
#include <map>
#include <string>

#include "tests/lab/unique_fd.hpp"

namespace sekimori::lab::logind {

class StandIn {
  public:
    // Exports everything on the connection, which must outlive it.
    explicit StandIn(GDBusConnection* bus);
    ~StandIn();
    StandIn(const StandIn&) = delete;
    StandIn& operator=(const StandIn&) = delete;

  private:
    struct Process {
        uid_t uid;
        pid_t pid;
        UniqueFd pidfd;
        guint watch{0};
        std::string session;  // whose leader it is; "": some other process of the user
    };
    struct Session {
        std::string id, type, kind;
        uid_t uid;
        pid_t leader;
        bool active{false}, locked{false}, idle{false}, ending{false};
        guint object{0};
        [[nodiscard]] std::string path() const { return "/org/freedesktop/login1/session/_3" + id; }
    };
    static void on_call(GDBusConnection* bus, const char* sender, const char* path, const char* interface,
                        const char* method, GVariant* arguments, GDBusMethodInvocation* call, gpointer self) noexcept;
    static GVariant* on_get(GDBusConnection* bus, const char* sender, const char* path, const char* interface,
                            const char* name, GError** error, gpointer self) noexcept;
    static gboolean on_process_end(gint fd, GIOCondition condition, gpointer self) noexcept;

    void manager(const std::string& method, GVariant* arguments, GDBusMethodInvocation* call);
    void control(const std::string& method, GVariant* arguments, GDBusMethodInvocation* call);
    void session_call(Session& session, const std::string& method, GVariant* arguments, GDBusMethodInvocation* call);
    GVariant* session_property(const Session& session, const std::string& name) const;

    Session* find(const std::string& id);
    Session* at_path(const std::string& path);
    Session* of_process(pid_t pid);
    std::string create(uid_t uid, pid_t leader, const char* type, const char* kind);
    void add_process(uid_t uid, pid_t pid, std::string session);
    void activate(const std::string& id);
    void changed(const Session& session, const char* property);
    void emit(const char* path, const char* interface, const char* signal, GVariant* arguments);
    void terminate(Session& session, int signal);
    void remove(const std::string& id);
    void leave(uid_t uid);
    [[nodiscard]] bool has_processes(uid_t uid) const;
    guint export_at(const char* path, const char* interface);

    GDBusConnection* bus_;
    GDBusNodeInfo* node_;
    std::list<Session> sessions_;
    std::list<Process> processes_;
    std::list<guint> objects_;
    unsigned next_{1};
};

}  // namespace sekimori::lab::logind
