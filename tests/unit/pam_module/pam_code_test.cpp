// SPDX-License-Identifier: Apache-2.0
// The table of contract.md, once more and by hand.
#include "pam_module/pam_code.hpp"

#include <gtest/gtest.h>
#include <security/pam_modules.h>

#include <array>

namespace sekimori::pam {
namespace {

struct Row {
    Ending ending;
    std::array<int, kPhases> codes;
};

TEST(PamCode, Table) {
    const Row rows[] = {
        {Ending::granted, {PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS, PAM_AUTHTOK_ERR}},
        {Ending::denied,
         {PAM_AUTH_ERR, PAM_CRED_ERR, PAM_PERM_DENIED, PAM_SESSION_ERR, PAM_SESSION_ERR, PAM_AUTHTOK_ERR}},
        {Ending::locked_out,
         {PAM_MAXTRIES, PAM_CRED_ERR, PAM_PERM_DENIED, PAM_SESSION_ERR, PAM_SESSION_ERR, PAM_AUTHTOK_ERR}},
        {Ending::unavailable,
         {PAM_AUTHINFO_UNAVAIL, PAM_CRED_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR, PAM_SESSION_ERR,
          PAM_AUTHTOK_ERR}},
        {Ending::no_person,
         {PAM_USER_UNKNOWN, PAM_USER_UNKNOWN, PAM_PERM_DENIED, PAM_SESSION_ERR, PAM_SESSION_ERR, PAM_AUTHTOK_ERR}},
        {Ending::bad_option,
         {PAM_SERVICE_ERR, PAM_SERVICE_ERR, PAM_SERVICE_ERR, PAM_SERVICE_ERR, PAM_SERVICE_ERR, PAM_SERVICE_ERR}},
        {Ending::observed,
         {PAM_CRED_INSUFFICIENT, PAM_CRED_INSUFFICIENT, PAM_CRED_INSUFFICIENT, PAM_CRED_INSUFFICIENT,
          PAM_CRED_INSUFFICIENT, PAM_CRED_INSUFFICIENT}},
    };
    static_assert(std::size(rows) == kEndings);
    for (const Row& row : rows)
        for (std::size_t phase = 0; phase < kPhases; ++phase)
            EXPECT_EQ(pam_code(static_cast<Phase>(phase), row.ending), row.codes[phase])
                << static_cast<int>(row.ending) << " in " << phase;
}

// Also for values that no enumerator has: memory that was overwritten grants nothing.
TEST(PamCode, NeverIgnoreAndSuccessOnlyForGranted) {
    for (int ending = 0; ending < 256; ++ending) {
        for (int phase = 0; phase < 256; ++phase) {
            const int code = pam_code(static_cast<Phase>(phase), static_cast<Ending>(ending));
            EXPECT_NE(code, PAM_IGNORE);
            if (ending != static_cast<int>(Ending::granted)) {
                EXPECT_NE(code, PAM_SUCCESS);
            }
        }
    }
}

TEST(PamCode, Outcomes) {
    EXPECT_EQ(ending_of(Outcome::granted), Ending::granted);
    EXPECT_EQ(ending_of(Outcome::denied), Ending::denied);
    EXPECT_EQ(ending_of(Outcome::locked_out), Ending::locked_out);
    EXPECT_EQ(ending_of(Outcome::unavailable), Ending::unavailable);
    EXPECT_EQ(ending_of(Outcome::no_person), Ending::no_person);
    for (int other = 5; other < 256; ++other) EXPECT_EQ(ending_of(static_cast<Outcome>(other)), Ending::denied);
}

TEST(PamCode, Errors) {
    for (int code = 0; code < 256; ++code) {
        const Ending ending = ending_of(Error{static_cast<ErrorCode>(code), {}});
        const bool nobody = code == static_cast<int>(ErrorCode::unavailable) ||
                            code == static_cast<int>(ErrorCode::gone) || code == static_cast<int>(ErrorCode::busy) ||
                            code == static_cast<int>(ErrorCode::io);
        EXPECT_EQ(ending, nobody ? Ending::unavailable : Ending::denied) << code;
    }
}

}  // namespace
}  // namespace sekimori::pam
