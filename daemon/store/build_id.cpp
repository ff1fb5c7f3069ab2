// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/build_id.hpp"

#include <link.h>

#include <cstring>

#include "core/ids.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::size_t round_up(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

// Name, then content, each on four bytes.
std::string find_in_notes(ByteSpan notes) {
    ElfW(Nhdr) header{};
    while (notes.size() >= sizeof header) {
        std::memcpy(&header, notes.data(), sizeof header);
        notes = notes.subspan(sizeof header);
        const std::size_t name = round_up(header.n_namesz);
        const std::size_t whole = name + round_up(header.n_descsz);
        if (whole > notes.size()) return {};
        if (header.n_type == NT_GNU_BUILD_ID && header.n_namesz == 4 && std::memcmp(notes.data(), "GNU", 4) == 0)
            return to_hex(notes.subspan(name, header.n_descsz));
        notes = notes.subspan(whole);
    }
    return {};
}

// The first object is the program itself.
int look_at(dl_phdr_info* info, std::size_t, void* found) noexcept {
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& part = info->dlpi_phdr[i];
        if (part.p_type != PT_NOTE) continue;
        // NOLINTNEXTLINE(performance-no-int-to-ptr): where the loader put it
        const auto* notes = reinterpret_cast<const std::uint8_t*>(info->dlpi_addr + part.p_vaddr);
        auto& id = *static_cast<std::string*>(found);
        id = find_in_notes({notes, part.p_memsz});
        if (!id.empty()) break;
    }
    return 1;
}

}  // namespace

std::string build_id() {
    std::string id;
    (void)dl_iterate_phdr(look_at, &id);
    return id;
}

}  // namespace sekimori::daemon
