// SPDX-License-Identifier: Apache-2.0
// What sudo forgives: NOPASSWD, tickets, and the ways around its PAM stack.
#include <algorithm>
#include <optional>

#include "admin/doctor/sudoers.hpp"
#include "admin/text.hpp"

namespace sekimori::doctor {
namespace {

using admin::later;
using Kind = SudoFinding::Kind;

constexpr int kMaxDepth = 16;
constexpr const char* kMain = "/etc/sudoers";

class SudoExam {
  public:
    explicit SudoExam(const Tree& tree) noexcept : tree_(tree) {}

    Checks run() {
        if (!tree_.exists(kMain)) return {};
        read(kMain, 0);
        if (ticket_ != "0")
            add("sudo.ticket", Status::warn, ticket_place_,
                {later("sudo remembers an authentication for some minutes."), {}},
                {later("Set in a file below /etc/sudoers.d: Defaults timestamp_timeout=0"), {}});
        if (checks_.empty()) add("sudo", Status::ok, kMain, {later("sudo asks every time."), {}}, {});
        return std::move(checks_);
    }

  private:
    void add(const char* id, Status status, const std::string& place, Text message, Text fix) {
        checks_.push_back({id, status, "sudo", {place}, std::move(message), std::move(fix)});
    }

    void read(const std::string& path, int depth) {
        const auto text = tree_.read(path);
        if (!text || depth > kMaxDepth)
            return add("sudo.file", Status::warn, path, {later("This file can't be read."), {}},
                       {later("Ask again as root."), {}});
        for (const SudoLine& line : sudo_lines(*text))
            for (const SudoFinding& finding : findings_in(line.text))
                judge(finding, path, path + ":" + std::to_string(line.number), depth);
    }

    void read_directory(const std::string& path, int depth) {
        for (const std::string& name : tree_.list(path))
            if (!name.ends_with('~') && name.find('.') == std::string::npos) read(path + "/" + name, depth + 1);
    }

    void judge(const SudoFinding& finding, const std::string& file, const std::string& place, int depth) {
        const Text& remove = kRemove;
        switch (finding.kind) {
            case Kind::no_password:
                return add("sudo.nopasswd", Status::fail, place,
                           {later("A rule asks for no factor (NOPASSWD): {text}"), {{"text", finding.text}}}, remove);
            case Kind::no_authentication:
            case Kind::exempt_group:
                return add("sudo.authenticate", Status::fail, place,
                           {later("sudo is told not to authenticate: {text}"), {{"text", finding.text}}}, remove);
            case Kind::no_account:
                return add("sudo.account", Status::fail, place,
                           {later("sudo is told to leave out the account phase: {text}"), {{"text", finding.text}}},
                           remove);
            case Kind::other_service:
                return add("sudo.service", Status::warn, place,
                           {later("sudo asks another PAM service: {text}"), {{"text", finding.text}}}, remove);
            case Kind::ticket:
                ticket_ = finding.text;
                ticket_place_ = place;
                return;
            case Kind::include:
                return read(absolute(finding.text, file), depth + 1);
            case Kind::include_directory:
                return read_directory(absolute(finding.text, file), depth);
        }
    }

    static std::string absolute(const std::string& path, const std::string& file) {
        return path.starts_with('/') ? path : file.substr(0, file.rfind('/') + 1) + path;
    }

    const Text kRemove{later("Remove it."), {}};
    const Tree& tree_;
    Checks checks_;
    std::string ticket_{"15"}, ticket_place_{kMain};
};

}  // namespace

Checks check_sudo(const Tree& tree) { return SudoExam(tree).run(); }

}  // namespace sekimori::doctor
