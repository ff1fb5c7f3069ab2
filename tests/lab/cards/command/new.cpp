// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "tests/lab/cards/card_folder.hpp"
#include "tests/lab/cards/command/commands.hpp"
#include "tests/lab/cards/new_card.hpp"

namespace sekimori::lab {
namespace {

// What the options of all `new` commands fill in.
struct Request {
    std::string out;
    std::string algorithm;
    std::string pin;
    std::string subject;
    std::string label = "JPKIAPICCTOKEN2";
    std::string ca;
    std::string certificate = "good";
    std::string slots = "9a,9e";
    std::string ck_hex;
    std::string master_hex;
    std::string id_hex;
    bool gzip = false;
    bool pinless = false;
    bool test_hierarchy = false;
};

int report(const Outcome<void>& outcome) {
    if (outcome) return kDone;
    std::fprintf(stderr, "sekimori-lab-card: %s\n", outcome.error().c_str());
    return kFailed;
}

// The CA in --ca, made there if the folder has none; without --ca a passing one.
Outcome<Ca> authority(const Request& request, KeyKind kind) {
    const Hierarchy hierarchy = request.test_hierarchy ? Hierarchy::Test : Hierarchy::Lab;
    if (request.ca.empty()) return Ca::create(kind, hierarchy);
    if (std::filesystem::exists(request.ca + "/ca.key.pem")) return load_ca(request.ca);
    auto ca = Ca::create(kind, hierarchy);
    if (!ca) return ca;
    if (const auto saved = save_ca(request.ca, *ca); !saved) return tl::unexpected(saved.error());
    return ca;
}

Outcome<std::vector<std::uint8_t>> parse_slots(const std::string& text) {
    std::vector<std::uint8_t> slots;
    for (const std::string& name : CLI::detail::split(text, ',')) {
        if (name != "9a" && name != "9e" && name != "9c") return failure("slots are 9a, 9e and 9c");
        slots.push_back(name == "9a"   ? piv::authentication
                        : name == "9c" ? piv::digital_signature
                                       : piv::card_authentication);
    }
    return slots;
}

template <std::size_t Size>
Outcome<std::array<std::uint8_t, Size>> exactly(const std::string& hex, const char* what) {
    const auto bytes = from_hex(hex);
    if (!bytes || bytes->size() != Size)
        return failure(std::string(what) + " needs " + std::to_string(Size) + " bytes in hex");
    std::array<std::uint8_t, Size> out{};
    std::copy(bytes->begin(), bytes->end(), out.begin());
    return out;
}

Outcome<void> make_piv(const Request& request) {
    NewPiv wanted;
    const auto kind = key_kind(request.algorithm);
    const auto certificate = certificate_kind(request.certificate);
    auto slots = parse_slots(request.slots);
    if (!kind) return failure("unknown --alg " + request.algorithm);
    if (!certificate) return failure("unknown --certificate " + request.certificate);
    if (!slots) return tl::unexpected(slots.error());
    wanted.kind = *kind;
    wanted.certificate = *certificate;
    wanted.slots = std::move(*slots);
    if (!request.pin.empty()) wanted.pin = request.pin;
    if (!request.subject.empty()) wanted.subject = request.subject;
    wanted.encoding = request.gzip ? CertificateEncoding::Gzip : CertificateEncoding::Plain;
    const auto ca = authority(request, KeyKind::P256);
    if (!ca) return tl::unexpected(ca.error());
    const auto contents = new_piv(*ca, wanted);
    if (!contents) return tl::unexpected(contents.error());
    return save_card(request.out, *contents);
}

Outcome<void> make_jpki(const Request& request) {
    NewJpki wanted;
    const auto kind = key_kind(request.algorithm);
    const auto certificate = certificate_kind(request.certificate);
    if (!kind) return failure("unknown --alg " + request.algorithm);
    if (!certificate) return failure("unknown --certificate " + request.certificate);
    wanted.kind = *kind;
    wanted.certificate = *certificate;
    if (!request.pin.empty()) wanted.pin = request.pin;
    wanted.subject = request.subject;
    wanted.label = request.label;
    wanted.auth_pin = request.pinless ? AuthPin::Absent : AuthPin::Present;
    const auto ca = authority(request, KeyKind::Rsa2048);
    if (!ca) return tl::unexpected(ca.error());
    const auto contents = new_jpki(*ca, wanted);
    if (!contents) return tl::unexpected(contents.error());
    return save_card(request.out, *contents);
}

Outcome<void> make_lite_s(const Request& request) {
    if (request.ck_hex.empty() == request.master_hex.empty())
        return failure("one of --ck-hex and --master-hex is needed");
    LiteSContents contents = new_lite_s({});
    if (!request.id_hex.empty()) {
        const auto id = exactly<16>(request.id_hex, "--id-hex");
        if (!id) return tl::unexpected(id.error());
        contents.id = *id;
    }
    if (!request.ck_hex.empty()) {
        const auto ck = exactly<16>(request.ck_hex, "--ck-hex");
        if (!ck) return tl::unexpected(ck.error());
        contents.card_key = *ck;
    } else {
        const auto master = exactly<24>(request.master_hex, "--master-hex");
        if (!master) return tl::unexpected(master.error());
        contents.card_key = diversified_card_key(*master, contents.id);
    }
    return save_card(request.out, contents);
}

Outcome<void> make_idm(const Request& request) {
    if (request.id_hex.empty()) return save_idm_card(request.out, new_idm());
    const auto idm = exactly<8>(request.id_hex, "--idm-hex");
    if (!idm) return tl::unexpected(idm.error());
    return save_idm_card(request.out, *idm);
}

Outcome<void> make_ca(const Request& request) {
    const auto kind = key_kind(request.algorithm);
    if (!kind) return failure("unknown --alg " + request.algorithm);
    const auto ca = Ca::create(*kind, request.test_hierarchy ? Hierarchy::Test : Hierarchy::Lab);
    if (!ca) return tl::unexpected(ca.error());
    return save_ca(request.out, *ca);
}

void add_certificate_options(CLI::App& command, Request& request) {
    command.add_option("--pin", request.pin, "the card's PIN");
    command.add_option("--subject", request.subject, "C=JP,CN=name, or a common name");
    command.add_option("--ca", request.ca, "folder of the CA; made if missing");
    command.add_option("--certificate", request.certificate,
                       "good, expired, not-yet-valid, wrong-usage, no-aki, oversize");
    command.add_flag("--test-hierarchy", request.test_hierarchy, "a new CA is named O=JPKI-TEST");
}

}  // namespace

void add_new_commands(CLI::App& app, int& code) {
    CLI::App* group = app.add_subcommand("new", "makes a card in a folder");
    group->require_subcommand(1);
    const auto add = [&](const char* name, const char* text, auto make, auto... more) {
        auto request = std::make_shared<Request>();
        CLI::App* command = group->add_subcommand(name, text);
        command->add_option("--out", request->out, "the new folder")->required();
        (more(*command, *request), ...);
        command->callback([request, make, &code] { code = report(make(*request)); });
    };
    add("piv", "a PIV card", make_piv, [](CLI::App& command, Request& request) {
        request.algorithm = "p256";
        command.add_option("--alg", request.algorithm, "p256, p384 or rsa2048");
        command.add_option("--slots", request.slots, "9a,9e,9c");
        command.add_flag("--gzip", request.gzip, "compressed certificates");
        add_certificate_options(command, request);
    });
    add("jpki", "a My Number card with JPKI", make_jpki, [](CLI::App& command, Request& request) {
        request.algorithm = "rsa2048";
        command.add_option("--alg", request.algorithm, "rsa2048 or rsa1024");
        command.add_option("--label", request.label, "the token's label");
        command.add_flag("--pinless", request.pinless, "without a PIN for authentication");
        add_certificate_options(command, request);
    });
    add("lite-s", "a FeliCa Lite-S card", make_lite_s, [](CLI::App& command, Request& request) {
        command.add_option("--ck-hex", request.ck_hex, "card key, 16 bytes");
        command.add_option("--master-hex", request.master_hex, "master key to derive it from, 24 bytes");
        command.add_option("--id-hex", request.id_hex, "ID block, 16 bytes");
    });
    add("idm", "a card with nothing but an IDm", make_idm, [](CLI::App& command, Request& request) {
        command.add_option("--idm-hex", request.id_hex, "the IDm, 8 bytes");
    });
    add("ca", "a certificate authority", make_ca, [](CLI::App& command, Request& request) {
        request.algorithm = "rsa2048";
        command.add_option("--alg", request.algorithm, "p256, p384 or rsa2048");
        command.add_flag("--test-hierarchy", request.test_hierarchy, "named O=JPKI-TEST");
    });
}

}  // namespace sekimori::lab
