// SPDX-License-Identifier: Apache-2.0
// From an account to those who may come in without a card: a substitute code in force (代用コード), or a break-glass
// ticket for this terminal. As resolve.hpp does for cards: nothing is compared here, and what is found is looked up
// again just before the verdict.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/auth/resolve.hpp"

namespace sekimori::daemon {

// Whether a break-glass ticket will do: for a login, and never for a trial.
enum class Emergency : std::uint8_t { no, yes };

struct CodeQuestion {
    ResolveQuestion who;  // with a named account
    TerminalId terminal;
    Emergency emergency{Emergency::no};
};

struct CodeHolder {
    Candidate candidate;  // code+finger
    PersonRecord person;
    SecretRecord secret;
    std::string handle;
};
struct TicketHolder {
    PersonRecord person;
    BreakGlassRecord ticket;
    std::string handle;
};
using Holder = std::variant<CodeHolder, TicketHolder>;

// Everybody who has one for this account now. Empty: it is not asked for.
[[nodiscard]] std::vector<Holder> code_holders(const Store& store, AccountDirectory& directory, const Policy& policy,
                                               const CodeQuestion& question);
// The one of this handle. A wrong handle at an account of one holder is a wrong code of theirs. None: nobody's.
[[nodiscard]] std::optional<Holder> holder_of(std::vector<Holder> holders, const std::string& handle);

// Whether this person may still come in by this code.
[[nodiscard]] std::variant<CodeHolder, Denied> entitle_code(const Store& store, AccountDirectory& directory,
                                                            const Policy& policy, const PersonId& id,
                                                            const StatementId& code, const CodeQuestion& question);
[[nodiscard]] std::optional<BreakGlassRecord> good_ticket_of(const Store& store, const StatementId& id,
                                                             const CodeQuestion& question);

[[nodiscard]] inline const PersonRecord& person_of(const Holder& holder) {
    return std::visit([](const auto& one) -> const PersonRecord& { return one.person; }, holder);
}

}  // namespace sekimori::daemon
