// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/card_folder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <utility>

#include "tests/lab/cards/files.hpp"
#include "tests/lab/cards/mint.hpp"

namespace sekimori::lab {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<std::uint8_t, const char*>, 3> kSlots{
    {{piv::authentication, "9a"}, {piv::card_authentication, "9e"}, {piv::digital_signature, "9c"}}};

std::string record_path(const std::string& folder) { return folder + "/card"; }
std::string key_path(const std::string& folder, const std::string& name) { return folder + "/" + name + ".key.pem"; }
std::string cert_path(const std::string& folder, const std::string& name) { return folder + "/" + name + ".cert.der"; }
std::string signature_path(const std::string& folder, const std::string& name) {
    return folder + "/" + name + ".last-signature";
}

Outcome<void> make_folder(const std::string& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return failure("cannot create " + folder);
    if (!fs::is_empty(folder, error) || error) return failure(folder + " is not empty");
    return {};
}

Outcome<void> save_key(const std::string& folder, const std::string& name, const CardKey& key, ByteView certificate) {
    const auto pem = key.key().to_pem();
    if (!pem) return tl::unexpected(pem.error());
    if (auto saved = write_file(key_path(folder, name), *pem); !saved) return saved;
    return write_file(cert_path(folder, name), certificate);
}

Outcome<CardKey> load_key(const std::string& folder, const std::string& name, Signing signing) {
    const auto pem = read_file(key_path(folder, name));
    if (!pem) return tl::unexpected(pem.error());
    auto key = Key::from_pem(*pem);
    if (!key) return tl::unexpected(key.error());
    CardKey card_key(std::move(*key));
    if (auto last = read_file(signature_path(folder, name))) card_key.set_last_signature(std::move(*last));
    if (const auto set = card_key.set_signing(signing); !set) return tl::unexpected(set.error());
    card_key.on_signature(
        [path = signature_path(folder, name)](ByteView signature) { (void)write_file(path, signature); });
    return card_key;
}

// Changes one value of the record on disk.
void remember(const std::string& folder, const std::string& name, std::uint64_t value) {
    auto record = read_record(record_path(folder));
    if (!record) return;
    (*record)[name] = std::to_string(value);
    (void)write_record(record_path(folder), *record);
}

Outcome<std::uint32_t> number(const Record& record, const std::string& name) {
    const auto text = field(record, name);
    if (!text) return tl::unexpected(text.error());
    std::uint32_t value = 0;
    const char* end = text->data() + text->size();
    if (std::from_chars(text->data(), end, value).ptr != end || text->empty()) return failure("bad number: " + name);
    return value;
}

template <std::size_t Size>
Outcome<std::array<std::uint8_t, Size>> fixed(const Record& record, const std::string& name) {
    const auto text = field(record, name);
    if (!text) return tl::unexpected(text.error());
    const auto bytes = from_hex(*text);
    if (!bytes || bytes->size() != Size) return failure("bad value: " + name);
    std::array<std::uint8_t, Size> out{};
    std::copy(bytes->begin(), bytes->end(), out.begin());
    return out;
}

Outcome<Pin> load_pin(const std::string& folder, const Record& record, const Misbehaviour& misbehaviour) {
    const auto digits = field(record, "pin");
    if (!digits) return tl::unexpected(digits.error());
    const auto tries = number(record, "tries");
    if (!tries) return tl::unexpected(tries.error());
    Pin pin(*digits, *tries);
    if (misbehaviour.pin_blocked) {
        pin.block();
    } else {
        pin.on_change([folder](unsigned left) { remember(folder, "tries", left); });
    }
    return pin;
}

Record pin_record(const char* kind, const Pin& pin) {
    return {{"kind", kind}, {"pin", pin.digits()}, {"tries", std::to_string(pin.tries())}};
}

Outcome<std::shared_ptr<Card>> load_piv(const std::string& folder, const Record& record,
                                        const Misbehaviour& misbehaviour) {
    PivContents contents;
    auto pin = load_pin(folder, record, misbehaviour);
    if (!pin) return tl::unexpected(pin.error());
    contents.pin = std::move(*pin);
    const auto guid = fixed<16>(record, "guid");
    if (!guid) return tl::unexpected(guid.error());
    contents.guid = to_bytes(*guid);
    contents.warm_reset = misbehaviour.warm_reset.value_or(WarmReset::ClearsLogin);
    for (const auto& [reference, name] : kSlots) {
        const auto encoding = record.find(name);
        if (encoding == record.end()) continue;
        auto key = load_key(folder, name, misbehaviour.signing);
        if (!key) return tl::unexpected(key.error());
        auto certificate = read_file(cert_path(folder, name));
        if (!certificate) return tl::unexpected(certificate.error());
        const auto as = encoding->second == "gzip" ? CertificateEncoding::Gzip : CertificateEncoding::Plain;
        contents.slots.insert_or_assign(reference, PivSlot{std::move(*key), std::move(*certificate), as});
    }
    return std::make_shared<PivCard>(std::move(contents));
}

Outcome<std::shared_ptr<Card>> load_jpki(const std::string& folder, const Record& record,
                                         const Misbehaviour& misbehaviour) {
    auto key = load_key(folder, "auth", misbehaviour.signing);
    if (!key) return tl::unexpected(key.error());
    auto certificate = read_file(cert_path(folder, "auth"));
    if (!certificate) return tl::unexpected(certificate.error());
    auto ca = read_file(cert_path(folder, "ca"));
    if (!ca) return tl::unexpected(ca.error());
    const auto label = field(record, "label");
    if (!label) return tl::unexpected(label.error());
    auto pin = load_pin(folder, record, misbehaviour);
    if (!pin) return tl::unexpected(pin.error());
    JpkiContents contents{std::move(*key), std::move(*certificate), std::move(*ca)};
    contents.label = *label;
    contents.pin = std::move(*pin);
    contents.auth_pin = record.contains("pinless") ? AuthPin::Absent : AuthPin::Present;
    contents.first_command = misbehaviour.first_command_fails ? FirstCommand::Fails : FirstCommand::Works;
    contents.warm_reset = misbehaviour.warm_reset.value_or(contents.warm_reset);
    return std::make_shared<JpkiCard>(std::move(contents));
}

Outcome<std::shared_ptr<Card>> load_lite_s(const std::string& folder, const Record& record,
                                           const Misbehaviour& misbehaviour) {
    const auto id = fixed<16>(record, "id");
    const auto ck = fixed<16>(record, "ck");
    const auto ckv = fixed<2>(record, "ckv");
    const auto wcnt = number(record, "wcnt");
    if (!id) return tl::unexpected(id.error());
    if (!ck) return tl::unexpected(ck.error());
    if (!ckv) return tl::unexpected(ckv.error());
    if (!wcnt) return tl::unexpected(wcnt.error());
    LiteSContents contents;
    contents.id = *id;
    contents.card_key = *ck;
    contents.ckv = *ckv;
    contents.wcnt = *wcnt;
    if (misbehaviour.wrong_card_key) {
        for (std::uint8_t& byte : contents.card_key) byte ^= 0x5AU;  // bit 0 is parity and would not count
    }
    if (misbehaviour.stale_challenge) contents.challenge = Challenge::Stale;
    contents.on_write = [folder](std::uint32_t count) { remember(folder, "wcnt", count); };
    return std::make_shared<LiteSCard>(std::move(contents));
}

}  // namespace

Outcome<void> save_card(const std::string& folder, const PivContents& contents) {
    if (auto made = make_folder(folder); !made) return made;
    Record record = pin_record("piv", contents.pin);
    record["guid"] = to_hex(contents.guid);
    for (const auto& [reference, name] : kSlots) {
        const auto slot = contents.slots.find(reference);
        if (slot == contents.slots.end()) continue;
        record[name] = slot->second.encoding == CertificateEncoding::Gzip ? "gzip" : "plain";
        if (auto saved = save_key(folder, name, slot->second.key, slot->second.certificate); !saved) return saved;
    }
    return write_record(record_path(folder), record);
}

Outcome<void> save_card(const std::string& folder, const JpkiContents& contents) {
    if (auto made = make_folder(folder); !made) return made;
    Record record = pin_record("jpki", contents.pin);
    record["label"] = contents.label;
    if (contents.auth_pin == AuthPin::Absent) record["pinless"] = "yes";
    if (auto saved = save_key(folder, "auth", contents.key, contents.certificate); !saved) return saved;
    if (auto saved = write_file(cert_path(folder, "ca"), contents.ca_certificate); !saved) return saved;
    return write_record(record_path(folder), record);
}

Outcome<void> save_card(const std::string& folder, const LiteSContents& contents) {
    if (auto made = make_folder(folder); !made) return made;
    return write_record(record_path(folder), {{"kind", "lite-s"},
                                              {"id", to_hex(contents.id)},
                                              {"ck", to_hex(contents.card_key)},
                                              {"ckv", to_hex(contents.ckv)},
                                              {"wcnt", std::to_string(contents.wcnt)}});
}

Outcome<void> save_idm_card(const std::string& folder, const Chunk8& idm) {
    if (auto made = make_folder(folder); !made) return made;
    return write_record(record_path(folder), {{"kind", "idm"}, {"idm", to_hex(idm)}});
}

Outcome<std::shared_ptr<Card>> load_card(const std::string& folder, const Misbehaviour& misbehaviour) {
    const auto record = read_record(record_path(folder));
    if (!record) return tl::unexpected(record.error());
    const auto kind = field(*record, "kind");
    if (!kind) return tl::unexpected(kind.error());
    if (*kind == "piv") return load_piv(folder, *record, misbehaviour);
    if (*kind == "jpki") return load_jpki(folder, *record, misbehaviour);
    if (*kind == "lite-s") return load_lite_s(folder, *record, misbehaviour);
    if (*kind != "idm") return failure("unknown kind of card: " + *kind);
    const auto idm = fixed<8>(*record, "idm");
    if (!idm) return tl::unexpected(idm.error());
    return std::make_shared<IdmCard>(*idm);
}

Outcome<void> save_ca(const std::string& folder, const Ca& ca) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return failure("cannot create " + folder);
    return save_key(folder, "ca", CardKey(ca.key()), ca.certificate());
}

Outcome<Ca> load_ca(const std::string& folder) {
    const auto pem = read_file(key_path(folder, "ca"));
    if (!pem) return tl::unexpected(pem.error());
    auto key = Key::from_pem(*pem);
    if (!key) return tl::unexpected(key.error());
    auto certificate = read_file(cert_path(folder, "ca"));
    if (!certificate) return tl::unexpected(certificate.error());
    return Ca::from(std::move(*key), std::move(*certificate));
}

}  // namespace sekimori::lab
