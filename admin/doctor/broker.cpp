// SPDX-License-Identifier: Apache-2.0
#include "admin/doctor/checks.hpp"
#include "admin/text.hpp"

namespace sekimori::doctor {
namespace {

using admin::later;

void devices(Checks& checks, const BrokerState& broker) {
    const auto says = [&](const char* id, const std::vector<std::string>& found, const char* there,
                          const char* missing) {
        checks.push_back(
            {id,
             found.empty() ? Status::fail : Status::ok,
             "",
             found,
             {found.empty() ? missing : there, {}},
             found.empty() ? Text{later("Plug it in; see [devices] in /etc/sekimori/sekimori.conf."), {}} : Text{}});
    };
    says("devices.reader", broker.readers, later("A card reader is there."),
         later("No card reader: nobody can log in."));
    says("devices.scanner", broker.scanners, later("A fingerprint scanner is there."),
         later("No fingerprint scanner: nobody can log in."));
}

// The way to the fleet's server: without it nothing is heard, and past the maximum offline age nothing opens.
void certificate(Checks& checks, const std::string& state) {
    if (state.empty()) return;
    const bool good = state == "good", soon = state == "ends_soon";
    checks.push_back({"fleet.certificate",
                      good   ? Status::ok
                      : soon ? Status::warn
                             : Status::fail,
                      "",
                      {},
                      {good   ? later("The certificate for the fleet's server is good.")
                       : soon ? later("The certificate for the fleet's server ends soon.")
                              : later("The certificate for the fleet's server has ended, or there is none."),
                       {}},
                      good ? Text{}
                           : Text{soon ? later("On the administrators' host: sekimori-authority renew")
                                       : later("Join again with a new token: sekimori fleet join"),
                                  {}}});
}

}  // namespace

Checks check_broker(const BrokerState& broker) {
    if (!broker.reachable)
        return {{"broker",
                 Status::fail,
                 "",
                 {},
                 {later("The broker does not answer: nobody can log in."), {}},
                 {later("systemctl status sekimorid; journalctl -u sekimorid"), {}}}};
    Checks checks{{"broker", Status::ok, "", {}, {later("The broker answers."), {}}, {}}};
    devices(checks, broker);
    const bool sealed = broker.key_protection == "tpm2";
    checks.push_back(
        {"keys",
         sealed ? Status::ok : Status::warn,
         "",
         {},
         {sealed ? later("The keys are sealed to the TPM.") : later("No TPM: the data is readable from a stolen disk."),
          {}},
         sealed ? Text{} : Text{later("Encrypt the disk, or use a machine with TPM 2.0."), {}}});
    certificate(checks, broker.certificate);
    if (!broker.offline_keys.empty())
        checks.push_back(
            {"fleet.offline",
             Status::warn,
             "",
             broker.offline_keys,
             {later("[fleet] in sekimori.conf would allow more time out of touch than the policy: that has "
                    "no effect."),
              {}},
             {later("Say it in the policy (\"offline\"), or remove the key."), {}}});
    if (!broker.witness)
        checks.push_back({"audit.witness",
                          Status::warn,
                          "",
                          {},
                          {later("No audit witness: a cut-off end of the trail would not be noticed."), {}},
                          {later("Set [audit] witness= in /etc/sekimori/sekimori.conf."), {}}});
    return checks;
}

}  // namespace sekimori::doctor
