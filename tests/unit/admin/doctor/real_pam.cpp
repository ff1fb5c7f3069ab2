// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/admin/doctor/real_pam.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "tests/sanitized.hpp"

namespace sekimori::doctor::test {
namespace {

// Everything is answered with nothing: pam_debug only tells.
int converse(int count, const pam_message** /*messages*/, pam_response** responses, void* /*data*/) {
    *responses = static_cast<pam_response*>(calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
    return *responses == nullptr ? PAM_BUF_ERR : PAM_SUCCESS;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Verdicts& v) {
    return out << v.auth << " " << v.setcred << " " << v.account << " " << v.open_session << " " << v.close_session;
}

Verdicts ask_libpam(const std::filesystem::path& directory, const std::string& service) {
    const sekimori::test::LeaksAllowed libpam_forgets_handlers_of_stacks_that_it_gives_up;
    const pam_conv conversation{converse, nullptr};
    pam_handle_t* handle = nullptr;
    const int started = pam_start_confdir(service.c_str(), "nobody", &conversation, directory.c_str(), &handle);
    if (started != PAM_SUCCESS) return {started, started, started, started, started};  // it gives the service up
    Verdicts verdicts{};
    verdicts.auth = pam_authenticate(handle, PAM_SILENT);
    verdicts.setcred = pam_setcred(handle, PAM_ESTABLISH_CRED | PAM_SILENT);
    verdicts.account = pam_acct_mgmt(handle, PAM_SILENT);
    verdicts.open_session = pam_open_session(handle, PAM_SILENT);
    verdicts.close_session = pam_close_session(handle, PAM_SILENT);
    pam_end(handle, verdicts.close_session);
    return verdicts;
}

Folder::Folder() {
    std::string path = std::filesystem::temp_directory_path() / "sekimori-doctor-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) throw std::runtime_error(path);
    path_ = path;
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void Folder::write(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
}

}  // namespace sekimori::doctor::test
