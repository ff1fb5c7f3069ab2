// SPDX-License-Identifier: Apache-2.0
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "tests/lab/launcher/plan.hpp"
#include "tests/lab/launcher/quote.hpp"
#include "tests/lab/launcher/records.hpp"
#include "tests/lab/reader/private_pcscd.hpp"

namespace sekimori::lab::launcher {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t max_policy_bytes = 1U << 20U;

struct Stack {
    const char* name;
    const char* intent;
};
constexpr std::array stacks{Stack{"login", "login"}, Stack{"sudo", "elevate"}, Stack{"unlock", "unlock"},
                            Stack{"gate", "boot"}};

tl::unexpected<Error> cannot(const char* what, const std::string& path) {
    return fail(ErrorCode::io, std::string("cannot ") + what + " " + path + ": " + std::strerror(errno));
}

Status give(const std::string& path, const Account& account) {
    if (lchown(path.c_str(), account.uid, account.gid) != 0) {
        return cannot("give away", path);
    }
    return {};
}

// A directory of this mode, which may be there already.
Status make_folder(const std::string& path, mode_t mode) {
    if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST) {
        return cannot("make", path);
    }
    struct stat info {};
    if (lstat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
        return fail(ErrorCode::io, path + " is in the way");
    }
    if (chmod(path.c_str(), mode) != 0) {
        return cannot("set the mode of", path);
    }
    return {};
}

std::string configuration(const Plan& plan) {
    const Layout& layout = plan.layout;
    std::ostringstream out;
    out << "# This lab's own configuration, written by sekimori-lab up. Further keys: conf.d/*.conf beside it.\n"
        << "[paths]\n"
        << "state=" << key_file_value(layout.state()) << "\n"
        << "run=" << key_file_value(layout.folder()) << "\n"
        << "workers=" << key_file_value(layout.workers()) << "\n\n"
        << "[devices]\nreaders=";
    for (const std::string& reader : reader_names()) {
        out << reader << ';';
    }
    out << "\n\n[session]\nlockd=" << (plan.sessions == Sessions::none ? "absent" : "required");
    out << "\n\n[lab]\nenabled=true\n";
    if (!plan.policy.empty()) {
        out << "\n[policy]\nseed=" << key_file_value(layout.policy()) << "\n";
    }
    return out.str();
}

// A default session configuration refuses every uid but the daemon's own, root too.
std::string bus_configuration(const Plan& plan) {
    std::vector<uid_t> users{0, geteuid()};
    if (plan.accounts) {
        for (const Account& account : {plan.accounts->broker, plan.accounts->card, plan.accounts->finger}) {
            users.push_back(account.uid);
        }
    }
    std::ostringstream out;
    out << "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN\"\n"
        << " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
        << "<busconfig>\n  <auth>EXTERNAL</auth>\n  <listen>unix:path="
        << xml_text(bus_address_value(plan.layout.bus())) << "</listen>\n  <policy context=\"default\">\n"
        << "    <deny user=\"*\"/>\n";
    for (const uid_t user : users) {
        out << "    <allow user=\"" << user << "\"/>\n";
    }
    out << "    <allow own=\"*\"/>\n    <allow send_destination=\"*\"/>\n    <allow receive_sender=\"*\"/>\n"
        << "  </policy>\n</busconfig>\n";
    return out.str();
}

Status write_bus_accounts(const Plan& plan) {
    if (caller_has_account()) {
        return {};
    }
    const std::string uid = std::to_string(geteuid());
    const std::string gid = std::to_string(getegid());
    const std::string passwd = "root:x:0:0::/:/bin/false\nlab:x:" + uid + ":" + gid + "::/:/bin/false\n";
    return replace_file(plan.layout.bus_passwd(), passwd, 0644).and_then([&] {
        return replace_file(plan.layout.bus_group(), "root:x:0:\nlab:x:" + gid + ":\n", 0644);
    });
}

std::string environment(const Plan& plan) {
    const char* path = std::getenv("PATH");
    const std::string rest = path != nullptr && *path != '\0' ? path : "/usr/local/bin:/usr/bin:/bin";
    std::ostringstream out;
    out << "DBUS_SYSTEM_BUS_ADDRESS=" << shell_value("unix:path=" + bus_address_value(plan.layout.bus())) << '\n'
        << "PATH=" << shell_value(plan.programs.commands + ":" + rest) << '\n'
        << "PCSCLITE_CSOCK_NAME=" << shell_value(plan.layout.pcscd()) << '\n'
        << "SEKIMORI_LAB_DIR=" << shell_value(plan.layout.folder()) << '\n';
    return out.str();
}

Status write_stacks(const Plan& plan) {
    const std::string socket = pam_argument("socket=" + plan.layout.auth());
    for (const Stack& stack : stacks) {
        std::ostringstream out;
        for (const char* phase : {"auth", "account", "session"}) {
            out << phase << " required " << pam_argument(plan.programs.pam_module) << " intent=" << stack.intent << ' '
                << socket << '\n';
        }
        if (auto written = replace_file(plan.layout.pam() + "/" + stack.name, out.str(), 0644); !written) {
            return written;
        }
    }
    return {};
}

// A copy: the caller may delete the file, and the broker may be another user.
Status copy_policy(const Plan& plan) {
    if (plan.policy.empty()) {
        unlink(plan.layout.policy().c_str());
        return {};
    }
    std::error_code error;
    if (fs::file_size(plan.policy, error) > max_policy_bytes && !error) {
        return fail(ErrorCode::too_large, plan.policy + " is too large for a policy");
    }
    std::ifstream in(plan.policy, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    if (!in || error) {
        return fail(ErrorCode::not_found, "cannot read the policy " + plan.policy);
    }
    return replace_file(plan.layout.policy(), content.str(), 0644);
}

// One after the other, as long as all goes well.
template <class... Steps>
Status in_order(Steps... steps) {
    Status status;
    ((status = status ? steps() : status), ...);
    return status;
}

// The production system's shape: each directory belongs to whoever makes sockets or files in it.
Status share_out(const Plan& plan) {
    if (!plan.accounts) {
        return {};
    }
    const Layout& layout = plan.layout;
    unlink(layout.finger().c_str());
    if (symlink("scanner/finger.sock", layout.finger().c_str()) != 0) {
        return cannot("make", layout.finger());
    }
    return in_order([&] { return make_folder(layout.scanner(), 0711); },
                    [&] { return give(layout.scanner(), plan.accounts->finger); },
                    [&] { return give(layout.state(), plan.accounts->broker); },
                    [&] { return give(layout.config(), plan.accounts->broker); },
                    [&] { return give(layout.folder(), plan.accounts->broker); });
}

}  // namespace

std::vector<std::string> reader_names() {
    // pcscd appends the instance and the slot, two hexadecimal digits each.
    std::vector<std::string> names;
    for (std::size_t reader = 0; reader < kReaders; ++reader) {
        names.push_back(std::string(kReaderName) + " 0" + std::to_string(reader) + " 00");
    }
    return names;
}

bool caller_has_account() { return getpwuid(geteuid()) != nullptr; }

Status claim_folder(const Plan& plan) {
    const std::string& folder = plan.layout.folder();
    const mode_t fresh = plan.accounts ? 0711 : 0700;
    if (mkdir(folder.c_str(), fresh) != 0 && errno != EEXIST) {
        return cannot("make", folder);
    }
    struct stat info {};
    if (stat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
        return fail(ErrorCode::refused, folder + " is not a directory");
    }
    const bool shared_out = plan.accounts && info.st_uid == plan.accounts->broker.uid;
    if (info.st_uid != geteuid() && !shared_out) {
        return fail(ErrorCode::refused, folder + " belongs to somebody else");
    }
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return fail(ErrorCode::refused, folder + " may be written by others (chmod go-w it)");
    }
    if (plan.accounts && chmod(folder.c_str(), fresh) != 0) {
        return cannot("set the mode of", folder);
    }
    return {};
}

Status prepare(const Plan& plan) {
    const Layout& layout = plan.layout;
    std::error_code error;
    fs::remove_all(layout.below("log"), error);  // the logs tell of this run alone
    return in_order(
        [&] { return make_folder(layout.below("log"), 0700); }, [&] { return make_folder(layout.state(), 0700); },
        [&] { return make_folder(layout.workers(), plan.accounts ? 0711 : 0700); },
        [&] { return plan.agent == Agent::none ? Status{} : make_folder(layout.agent_state(), 0700); },
        [&] { return make_folder(layout.pam(), 0755); }, [&] { return copy_policy(plan); },
        [&] { return replace_file(layout.config(), configuration(plan), 0644); },
        [&] { return replace_file(layout.bus_config(), bus_configuration(plan), 0644); },
        [&] { return write_bus_accounts(plan); }, [&] { return write_stacks(plan); },
        [&] { return replace_file(layout.environment(), environment(plan), 0644); }, [&] { return share_out(plan); });
}

}  // namespace sekimori::lab::launcher
