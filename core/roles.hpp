// SPDX-License-Identifier: Apache-2.0
// Roles of those who administer, and what each may do. A person may have several; an administrator has every right.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sekimori {

// The numbers are for ever: they stand in statements.
enum class Role : std::uint8_t { none = 0, administrator = 1, officer = 2, registrar = 3, helpdesk = 4, auditor = 5 };

// What an act of administration needs. Each verb names one (daemon/admin/verbs.cpp).
enum class Right : std::uint8_t {
    read,        // look at cards and people with the devices' help
    deny,        // stop a card, take back a code or an exception
    enrol,       // people, cards, fingers, codes
    policy,      // policy, exemptions, bringing back what was suspended
    administer,  // roles, break-glass, backup, and to be the second of two
};

class Roles {
  public:
    static constexpr std::uint32_t kAll = 0b111110;

    constexpr Roles() = default;
    [[nodiscard]] static constexpr Roles of(Role role) noexcept { return Roles(bit(role)); }
    // Bits of later versions are no role.
    [[nodiscard]] static constexpr Roles from_bits(std::uint32_t bits) noexcept { return Roles(bits & kAll); }
    [[nodiscard]] constexpr std::uint32_t bits() const noexcept { return bits_; }
    [[nodiscard]] constexpr bool has(Role role) const noexcept { return (bits_ & bit(role)) != 0; }
    [[nodiscard]] constexpr bool any() const noexcept { return bits_ != 0; }
    [[nodiscard]] constexpr Roles with(Role role) const noexcept { return Roles(bits_ | bit(role)); }
    bool operator==(const Roles&) const = default;

    [[nodiscard]] constexpr bool may(Right right) const noexcept {
        if (has(Role::administrator)) return true;
        switch (right) {
            case Right::read:
                return any();
            case Right::deny:
                return has(Role::helpdesk) || has(Role::registrar) || has(Role::officer);
            case Right::enrol:
                return has(Role::registrar);
            case Right::policy:
                return has(Role::officer);
            case Right::administer:
                return false;
        }
        return false;
    }

  private:
    explicit constexpr Roles(std::uint32_t bits) noexcept : bits_(bits) {}
    static constexpr std::uint32_t bit(Role role) noexcept {
        return role == Role::none ? 0U : 1U << static_cast<unsigned>(role);
    }
    std::uint32_t bits_{0};
};

inline constexpr std::array kRoles{Role::administrator, Role::officer, Role::registrar, Role::helpdesk, Role::auditor};

[[nodiscard]] constexpr const char* name_of(Role role) noexcept {
    switch (role) {
        case Role::none:
            return "";
        case Role::administrator:
            return "administrator";
        case Role::officer:
            return "officer";
        case Role::registrar:
            return "registrar";
        case Role::helpdesk:
            return "helpdesk";
        case Role::auditor:
            return "auditor";
    }
    return "";
}
[[nodiscard]] constexpr std::optional<Role> parse_role(std::string_view text) noexcept {
    for (const Role role : kRoles)
        if (text == name_of(role)) return role;
    return std::nullopt;
}

}  // namespace sekimori
