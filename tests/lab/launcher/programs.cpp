// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/launcher/programs.hpp"

#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <vector>

#include "tests/lab/reader/private_pcscd.hpp"

namespace sekimori::lab::launcher {
namespace {

namespace fs = std::filesystem;

Result<std::string> first_in(const std::vector<fs::path>& folders, const std::string& name, int access_mode) {
    for (const fs::path& folder : folders) {
        if (!folder.empty() && access((folder / name).c_str(), access_mode) == 0) {
            return (folder / name).string();
        }
    }
    return fail(ErrorCode::not_found, name + " is not there (looked beside this program and where it is installed)");
}

}  // namespace

Result<Programs> find_programs(const std::string& stand_ins) {
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    if (error) {
        return fail(ErrorCode::io, "cannot read /proc/self/exe");
    }
    const fs::path beside = self.parent_path();
    const fs::path root = beside.parent_path();
    const std::vector<fs::path> programs{stand_ins, beside, root / "libexec/sekimori", SEKIMORI_LIBEXECDIR};
    const std::vector<fs::path> modules{stand_ins, root / "lib", root / SEKIMORI_PAM_SUBDIR, SEKIMORI_PAM_DIR};
    const std::vector<fs::path> system{"/usr/bin", "/usr/sbin"};

    Programs found;
    found.commands = beside.string();
    const auto handler = find_handler();
    if (!handler) {
        return fail(ErrorCode::not_found, handler.error());
    }
    found.reader_handler = *handler;
    struct Wanted {
        std::string* where;
        const char* name;
        const std::vector<fs::path>& folders;
        int access_mode;
    };
    for (const Wanted& wanted :
         {Wanted{&found.broker, "sekimorid", programs, X_OK},
          Wanted{&found.card_worker, "sekimori-card", programs, X_OK},
          Wanted{&found.finger_worker, "sekimori-finger", programs, X_OK},
          Wanted{&found.pam_module, "pam_sekimori.so", modules, R_OK},
          Wanted{&found.bus_daemon, "dbus-daemon", system, X_OK}, Wanted{&found.pcscd, "pcscd", system, X_OK}}) {
        auto path = first_in(wanted.folders, wanted.name, wanted.access_mode);
        if (!path) {
            return tl::unexpected(path.error());
        }
        *wanted.where = std::move(*path);
    }
    found.lockd = first_in(programs, "sekimori-lockd", X_OK).value_or("");
    found.agent = first_in(programs, "sekimori-fleet", X_OK).value_or("");
    found.logind = first_in(programs, "sekimori-lab-logind", X_OK).value_or("");
    return found;
}

}  // namespace sekimori::lab::launcher
