// SPDX-License-Identifier: Apache-2.0
// A whole login with a FeliCa Lite-S card: the broker holds the card key, and both sides prove that they have it.
#include "tests/integration/pam_lab.hpp"

namespace sekimori::test {
namespace {

constexpr int kFinger = kAlicesFinger;

struct LiteS : testing::Test {
    void SetUp() override {
        lab().tidy();
        static int people = 0;
        person = "chie" + std::to_string(++people);
    }
    void TearDown() override { lab().pull(); }
    void new_card(const std::string& key) const {
        EXPECT_EQ(lab().run("sekimori-lab-card new lite-s --out $SEKIMORI_LAB_DIR/" + person + " " + key), 0);
    }
    void enrol(const std::string& key) const {
        new_card(key);
        lab().enrol(person, kFinger);
    }
    // What the login ends with; `asked` tells whether it came to the finger.
    int log_in(const std::string& fault = {}) {
        lab().insert(person, fault);
        LabHost host(person);
        asked = false;
        host.on_message([this](const Shown& shown) {
            if (shown.text != "Now place a registered finger.") return;
            asked = true;
            lab().press(kFinger);
        });
        const int ending = host.authenticate();
        if (ending == PAM_SUCCESS) {
            EXPECT_EQ(host.account(), PAM_SUCCESS);
            EXPECT_EQ(host.open_session(), PAM_SUCCESS);
            EXPECT_EQ(host.close_session(), PAM_SUCCESS);
        }
        lab().pull();
        return ending;
    }
    std::string person;
    bool asked{false};
};

TEST_F(LiteS, AKeyDiversifiedFromTheMasterKey) {
    enrol(std::string("--master-hex ") + kMasterKey);
    EXPECT_EQ(log_in(), PAM_SUCCESS);
    EXPECT_TRUE(asked);
    EXPECT_EQ(log_in(), PAM_SUCCESS) << "and again: the card's write counter has moved";
}

TEST_F(LiteS, OneKeyForAllCards) {
    enrol(std::string("--ck-hex ") + kCardKey);
    EXPECT_EQ(log_in(), PAM_SUCCESS);
}

TEST_F(LiteS, ACardThatOnlyLooksLikeItIsRefusedBeforeTheFinger) {
    enrol(std::string("--ck-hex ") + kCardKey);
    for (const char* fault : {"wrong-ck", "stale-rc"}) {  // the same ID in another's silicon; answers from another day
        EXPECT_EQ(log_in(fault), PAM_AUTH_ERR) << fault;
        EXPECT_FALSE(asked) << fault;
    }
    EXPECT_EQ(log_in(), PAM_SUCCESS);
}

TEST_F(LiteS, ARevokedCardOpensNothing) {
    enrol(std::string("--ck-hex ") + kCardKey);
    EXPECT_EQ(log_in(), PAM_SUCCESS);
    EXPECT_EQ(lab().run("sekimori card revoke --person " + person + " --reason lost"), 0);
    EXPECT_EQ(log_in(), PAM_AUTH_ERR);
    EXPECT_FALSE(asked);
}

TEST_F(LiteS, ACardOfAnotherIssuerIsNotEnrolled) {
    new_card("--ck-hex 00112233445566778899aabbccddeeff");
    EXPECT_EQ(lab().run("sekimori person add " + person + " --name " + person), 0);
    lab().insert(person);
    EXPECT_EQ(lab().run("sekimori enrol card " + person + " --json | grep -q '\"card_bad_signature\"'"), 0);
    EXPECT_EQ(lab().run("sekimori person show " + person + " --json | grep -q '\"cards\":\\[\\]'"), 0);
}

}  // namespace
}  // namespace sekimori::test
