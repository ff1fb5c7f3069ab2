// SPDX-License-Identifier: Apache-2.0
#include "admin/row_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace sekimori::admin {

Outcome<RowFile> RowFile::create(const std::vector<Json>& rows) {
    RowFile file(UniqueFd(memfd_create("sekimori-rows", MFD_CLOEXEC)));
    if (!file.fd_) return refuse("io", "There is no memory for the table.");
    std::string block;
    const auto flush = [&] {
        std::size_t done = 0;
        while (done < block.size()) {
            const ssize_t put = write(file.fd(), block.data() + done, block.size() - done);
            if (put <= 0) return false;
            done += static_cast<std::size_t>(put);
        }
        file.size_ += static_cast<std::int64_t>(done);
        block.clear();
        return true;
    };
    for (const Json& row : rows) {
        block += write_json(row) + "\n";
        if (block.size() > 64 * 1024 && !flush()) return refuse("io", "There is no memory for the table.");
    }
    if (!flush()) return refuse("io", "There is no memory for the table.");
    return file;
}

Outcome<std::vector<Json>> RowFile::read_from(std::int64_t offset) const {
    std::vector<Json> rows;
    std::string text;
    char block[64 * 1024];
    for (;;) {
        const ssize_t got = pread(fd_.get(), block, sizeof block, offset);
        if (got < 0) return refuse("io", "The report cannot be read.");
        text.append(block, static_cast<std::size_t>(got));
        offset += got;
        std::size_t from = 0;
        for (std::size_t end = 0; (end = text.find('\n', from)) != std::string::npos; from = end + 1) {
            Json row = parse_json(std::string_view(text).substr(from, end - from));
            if (!row.is_object()) return refuse("malformed", "The broker's answer is not understood.");
            rows.push_back(std::move(row));
        }
        text.erase(0, from);
        if (got == 0) return rows;
    }
}

}  // namespace sekimori::admin
