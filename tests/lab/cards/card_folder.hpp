// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tests/lab/cards/felica_card.hpp"
#include "tests/lab/cards/jpki_card.hpp"
#include "tests/lab/cards/piv_card.hpp"

/// A card as a folder, so that different commands can put in the same card: `card` holds NAME=VALUE lines, keys lie
/// beside it in PEM and certificates in DER, so that openssl(1) can work with them. What a card remembers (PIN tries,
/// write counter, last signature) is written back at once.
namespace sekimori::lab {

/// What is asked of a loaded card beyond what its folder says; for one insertion, nothing of it is stored.
struct Misbehaviour {
    Signing signing = Signing::Honest;
    std::optional<WarmReset> warm_reset;
    bool pin_blocked = false;
    bool first_command_fails = false;
    bool wrong_card_key = false;  ///< Lite-S: another CK than the enrolled one
    bool stale_challenge = false;
};

/// Each creates `folder` (which must not exist yet, or be empty).
Outcome<void> save_card(const std::string& folder, const PivContents& contents);
Outcome<void> save_card(const std::string& folder, const JpkiContents& contents);
Outcome<void> save_card(const std::string& folder, const LiteSContents& contents);
Outcome<void> save_idm_card(const std::string& folder, const Chunk8& idm);

Outcome<std::shared_ptr<Card>> load_card(const std::string& folder, const Misbehaviour& misbehaviour = {});

/// A CA in a folder: `ca.key.pem`, `ca.cert.der`.
class Ca;
Outcome<void> save_ca(const std::string& folder, const Ca& ca);
Outcome<Ca> load_ca(const std::string& folder);

}  // namespace sekimori::lab
