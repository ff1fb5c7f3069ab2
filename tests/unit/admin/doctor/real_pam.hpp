// SPDX-License-Identifier: Apache-2.0
// The real libpam over stacks in a directory, for comparison with the model.
#pragma once

#include <security/pam_appl.h>

#include <filesystem>
#include <ostream>
#include <string>

namespace sekimori::doctor::test {

// What libpam answered to the five calls.
struct Verdicts {
    int auth, setcred, account, open_session, close_session;
    bool operator==(const Verdicts&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Verdicts& verdicts);
[[nodiscard]] Verdicts ask_libpam(const std::filesystem::path& directory, const std::string& service);

// A directory of this process, gone at its end.
class Folder {
  public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    Folder(Folder&&) = delete;
    Folder& operator=(Folder&&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    void write(const std::string& name, const std::string& content) const;

  private:
    std::filesystem::path path_;
};

}  // namespace sekimori::doctor::test
