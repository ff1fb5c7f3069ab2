// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/launcher/accounts.hpp"

#include <pwd.h>

#include <vector>

namespace sekimori::lab::launcher {
namespace {

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == ':') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

}  // namespace

Result<Accounts> parse_accounts(const std::string& text) {
    const std::vector<std::string> names = split(text);
    if (names.size() != 3) {
        return fail(ErrorCode::invalid_argument, "--users takes three accounts, BROKER:CARD:FINGER");
    }
    std::vector<Account> accounts;
    for (const std::string& name : names) {
        const passwd* entry = getpwnam(name.c_str());
        if (entry == nullptr) {
            return fail(ErrorCode::not_found, "no account named '" + name + "'");
        }
        if (entry->pw_uid == 0) {
            return fail(ErrorCode::invalid_argument, "root is none of the three accounts");
        }
        for (const Account& other : accounts) {
            if (other.uid == entry->pw_uid) {
                return fail(ErrorCode::invalid_argument, "the three accounts must differ");
            }
        }
        accounts.push_back({entry->pw_uid, entry->pw_gid});
    }
    return Accounts{accounts[0], accounts[1], accounts[2]};
}

}  // namespace sekimori::lab::launcher
