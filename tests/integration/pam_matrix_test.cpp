// SPDX-License-Identifier: Apache-2.0
// The verdict matrix of an authentication, with nothing in between left out: module, broker, workers, pcscd, card and
// sensor. At every step something goes wrong, and then the person does everything right. No case ends in PAM_SUCCESS
// but the undisturbed one.
#include <array>

#include "tests/integration/pam_lab.hpp"

namespace sekimori::test {
namespace {

// The moment at which a message appears: the host is in it, and the broker waits for what it asks for.
enum class Step { card, pin, finger };
constexpr std::array kMessages{"Tap or insert your staff card.", "PIN: ", "Now place a registered finger."};

enum class Trouble {
    none,
    timeout,
    broker_killed,
    card_worker_killed,
    finger_worker_killed,
    cancelled,
    pulled,
    suspended,
    wrong_card,
    wrong_answer,
};
constexpr std::array kTroubles{"none",      "timeout", "broker_killed", "card_worker_killed", "finger_worker_killed",
                               "cancelled", "pulled",  "suspended",     "wrong_card",         "wrong_answer"};

struct Case {
    Step step;
    Trouble trouble;
    std::vector<int> expected;
};
std::string name_of(const Case& one) {
    constexpr std::array steps{"card", "pin", "finger"};
    return std::string(steps[static_cast<std::size_t>(one.step)]) + "_" +
           kTroubles[static_cast<std::size_t>(one.trouble)];
}
void PrintTo(const Case& one, std::ostream* out) { *out << name_of(one); }

struct Matrix : testing::TestWithParam<Case> {
    void SetUp() override {
        lab().tidy();
        if (GetParam().trouble == Trouble::timeout) restart("card_seconds=2\npin_seconds=2\nfinger_seconds=2\n");
    }
    void TearDown() override {
        if (GetParam().trouble == Trouble::suspended) lab().reinstate("bert");
        if (GetParam().trouble == Trouble::timeout) restart("");
    }
    static void restart(const std::string& limits) {
        lab().down();
        lab().write_limits("failures=20\nlockout_seconds=1\n" + limits);
        lab().up();
        lab().wait_until_ready();
    }
    static void make(Trouble trouble, Host& host) {
        switch (trouble) {
            case Trouble::broker_killed:
                return lab().kill_process("broker");
            case Trouble::card_worker_killed:
                return lab().kill_process("card");
            case Trouble::finger_worker_killed:
                return lab().kill_process("finger");
            case Trouble::cancelled:
                return host.texts_return(PAM_CONV_ERR);
            case Trouble::pulled:
                return lab().pull();
            case Trouble::suspended:
                return lab().suspend("bert");
            case Trouble::none:
            case Trouble::timeout:
            case Trouble::wrong_card:
            case Trouble::wrong_answer:
                return;
        }
    }
    // What the person does when asked, and what goes wrong before.
    void at(Step step, Host& host) {
        const Trouble trouble = step == GetParam().step ? GetParam().trouble : Trouble::none;
        make(trouble, host);
        if (trouble == Trouble::timeout) return sit_idle(step, host);
        switch (step) {
            case Step::card:
                return lab().insert(trouble == Trouble::wrong_card ? "alice" : "bert");
            case Step::pin:
                if (trouble != Trouble::cancelled)
                    host.will_answer(trouble == Trouble::wrong_answer ? "1111" : kBertsPin);
                return;
            case Step::finger:
                return lab().press(trouble == Trouble::wrong_answer ? kAlicesFinger : kBertsFinger);
        }
    }
    // Longer than the broker waits, and an answer all the same.
    static void sit_idle(Step step, Host& host) {
        if (step != Step::pin) return;
        (void)lab().run("sleep 3");
        host.will_answer(kBertsPin);
    }
};

TEST_P(Matrix, NoWayInButTheRightOne) {
    LabHost host("bert");
    std::vector<Step> seen;
    host.on_message([&](const Shown& shown) {
        for (const Step step : {Step::card, Step::pin, Step::finger})
            if (shown.text == kMessages[static_cast<std::size_t>(step)] &&
                std::find(seen.begin(), seen.end(), step) == seen.end()) {
                seen.push_back(step);
                at(step, host);
            }
    });
    const int code = host.authenticate();
    EXPECT_NE(std::find(GetParam().expected.begin(), GetParam().expected.end(), code), GetParam().expected.end())
        << "code " << code << ", last shown: " << (host.shown().empty() ? "" : host.shown().back().text);
    EXPECT_NE(std::find(seen.begin(), seen.end(), GetParam().step), seen.end()) << "the step was never reached";
    if (code == PAM_SUCCESS) return;
    EXPECT_EQ(host.set_credentials(), PAM_CRED_ERR);
    EXPECT_NE(host.account(), PAM_SUCCESS);
    EXPECT_EQ(host.open_session(), PAM_SESSION_ERR);
}

const std::vector<int> kDenied{PAM_AUTH_ERR};
const std::vector<int> kUnavailable{PAM_AUTHINFO_UNAVAIL};
// Whether the loss of a worker or of the card is noticed first.
const std::vector<int> kEither{PAM_AUTH_ERR, PAM_AUTHINFO_UNAVAIL};

INSTANTIATE_TEST_SUITE_P(Every, Matrix,
                         testing::Values(Case{Step::card, Trouble::none, {PAM_SUCCESS}},  //
                                         Case{Step::card, Trouble::timeout, kDenied},     //
                                         Case{Step::card, Trouble::broker_killed, kUnavailable},
                                         Case{Step::card, Trouble::cancelled, kDenied},  //
                                         Case{Step::card, Trouble::suspended, kDenied},  //
                                         Case{Step::card, Trouble::wrong_card, kDenied},
                                         Case{Step::pin, Trouble::timeout, kDenied},  //
                                         Case{Step::pin, Trouble::broker_killed, kUnavailable},
                                         Case{Step::pin, Trouble::card_worker_killed, kEither},
                                         Case{Step::pin, Trouble::cancelled, kDenied},  //
                                         Case{Step::pin, Trouble::pulled, kDenied},     //
                                         Case{Step::pin, Trouble::suspended, kDenied},  //
                                         Case{Step::pin, Trouble::wrong_answer, kDenied},
                                         Case{Step::finger, Trouble::timeout, kDenied},
                                         Case{Step::finger, Trouble::broker_killed, kUnavailable},
                                         Case{Step::finger, Trouble::card_worker_killed, kEither},
                                         Case{Step::finger, Trouble::finger_worker_killed, kEither},
                                         Case{Step::finger, Trouble::cancelled, kDenied},  //
                                         Case{Step::finger, Trouble::pulled, kDenied},     //
                                         Case{Step::finger, Trouble::suspended, kDenied},  //
                                         Case{Step::finger, Trouble::wrong_answer, kDenied}),
                         [](const auto& one) { return name_of(one.param); });

}  // namespace
}  // namespace sekimori::test
