// SPDX-License-Identifier: Apache-2.0
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "smartcard/certificate/certificate.hpp"

namespace sekimori::smartcard {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFiles = 64;
constexpr std::uintmax_t kMaxFile = 256UL * 1024;

std::vector<X509Ptr> parse(const std::string& bytes) {
    std::vector<X509Ptr> found;
    const BioPtr pem(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    if (!pem) return found;
    while (X509* certificate = PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr)) found.emplace_back(certificate);
    if (found.empty()) {
        const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
        if (X509* certificate = d2i_X509(nullptr, &at, static_cast<long>(bytes.size())))
            found.emplace_back(certificate);
    }
    ERR_clear_error();
    return found;
}

}  // namespace

void Roots::add(X509Ptr certificate) {
    auto& list = X509_self_signed(certificate.get(), 0) == 1 ? anchors_ : intermediates_;
    list.push_back(std::move(certificate));
    ERR_clear_error();
}

Result<Roots> Roots::load(const std::string& directory) {
    Roots roots;
    if (directory.empty()) return roots;
    std::error_code error;
    std::vector<fs::path> files;
    for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
        if (files.size() >= kMaxFiles) return fail(ErrorCode::too_large, directory + ": too many files");
        if (it->is_regular_file(error)) files.push_back(it->path());
    }
    if (error) return fail(ErrorCode::not_found, directory + ": can't be read");
    std::ranges::sort(files);
    for (const fs::path& file : files) {
        if (fs::file_size(file, error) > kMaxFile || error)
            return fail(ErrorCode::too_large, file.string() + ": too large for a certificate");
        std::ifstream stream(file, std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
        auto found = parse(bytes);
        if (found.empty()) return fail(ErrorCode::malformed, file.string() + ": no certificate in it");
        for (X509Ptr& certificate : found) roots.add(std::move(certificate));
    }
    return roots;
}

}  // namespace sekimori::smartcard
