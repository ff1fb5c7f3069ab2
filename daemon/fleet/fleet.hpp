// SPDX-License-Identifier: Apache-2.0
// Fleet: the broker's end of fleet.sock. What the agent brings is verified by the store and then takes effect here:
// transactions aborted, sessions ended, and only then acknowledged; what the store has for the server goes out and is
// kept until the agent says that it arrived. The agent is believed in nothing: it can withhold, and no more.
//
// Life cycle: made by main() when sessions are there; ends before them. One thread.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <set>

#include "daemon/auth/budget.hpp"
#include "daemon/broker.hpp"
#include "daemon/fleet/joining.hpp"
#include "daemon/fleet/receipts.hpp"
#include "daemon/fleet/trouble.hpp"
#include "daemon/store/fleet.hpp"
#include "daemon/workers/worker_link.hpp"

namespace sekimori::daemon {

class Fleet {
  public:
    Fleet(Broker& broker, WorkerLinkOptions options);
    ~Fleet();
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    struct Link {
        wire::LinkIs state{wire::LinkIs::down};
        std::string server, why;  // as the agent says: informational
    };
    // Of the agent's certificate for TLS, as the agent says: informational. None: it has not said.
    [[nodiscard]] const std::optional<wire::CertificateState>& certificate() const noexcept { return certificate_; }
    [[nodiscard]] bool agent_is_there() const noexcept { return agent_.up(); }
    [[nodiscard]] const Link& link() const noexcept { return link_; }
    [[nodiscard]] const Troubles& troubles() const noexcept { return troubles_; }

    // Sessions that end by an act of this terminal's own; the denial is in the outbox.
    void denied_here(const std::vector<std::string>& sessions);

    // Calls back when all of these that were made here have their entries, or when one was refused (refused), or when
    // for as long as `patience` none of them got its entry (timeout). Never if the result is dropped.
    [[nodiscard]] std::shared_ptr<void> when_placed(const std::vector<Hash>& statements, Millis patience,
                                                    std::function<void(Status)> done);

    // Denials whose acknowledgements are wanted for as long as the result is held; calls back at each that comes.
    [[nodiscard]] std::shared_ptr<void> watch(std::vector<Hash> denials, std::function<void()> more);
    [[nodiscard]] ReceiptState receipt(const std::vector<Hash>& denials) const;
    // The denials of this person, card or terminal: those that were heard of lately, else by which it is denied now;
    // then they are remembered once more, and the fleet's server still has what was said to them.
    [[nodiscard]] std::vector<Hash> denials_of(ByteSpan subject);

    // Joining, or joining again as the member that this is (a new certificate): one at a time; ends it when the result
    // is dropped before `done`; it must be, before this object. Errors of `done`: as Joining.
    [[nodiscard]] Result<std::unique_ptr<Joining>> join(JoinToken token, std::function<void(Status)> done);
    // Errors: as Store::leave().
    Status leave();

  private:
    struct Applying {  // a denial that is in force and not acknowledged yet
        AckOutcome outcome{};
        std::vector<std::string> sessions;
        std::shared_ptr<void> wait;
    };
    struct Effect {
        AckOutcome outcome{};
        std::vector<std::string> sessions;
        std::optional<Millis> placed{};  // the time of its entry, where it came with one
    };
    struct PlacedWait {
        std::set<Hash> left;  // of an import tens of thousands
        Millis patience{};
        std::function<void(Status)> done;
        Source timer;
    };
    static void be_patient(const std::shared_ptr<PlacedWait>& wait);
    struct Watch {
        std::vector<Hash> denials;
        std::function<void()> more;
    };
    struct Kept {
        std::array<std::uint8_t, 16> subject{};
        Receipt receipt;
    };

    // fleet.cpp
    [[nodiscard]] FleetStore* store() const { return broker_.store.fleet(); }
    [[nodiscard]] Status on_message(wire::MessageType type, ByteSpan bytes);
    template <class T, class Handler>
    Status take(ByteSpan bytes, Handler handler);
    void agent_up();
    void agent_down();
    void send_state();
    [[nodiscard]] Status may_join(const JoinToken& token) const;
    void became_member();
    void every_minute();
    void on_link(const wire::LinkState& state);
    void on_certificate(const wire::CertificateState& state);
    void on_renewal(const wire::RenewalCsr& csr);
    void complain(const std::string& what);
    void note(Trouble trouble, const std::string& why);

    // incoming.cpp
    void on_denial(const wire::DenialHeard& heard);
    void on_entry(const wire::EntryCame& came);
    void on_blob(const wire::BlobCame& came);
    void on_person_key(const wire::PersonKeyCame& came);
    void on_group_key(const wire::GroupKeyCame& came);
    void on_beat(const wire::HeartbeatCame& came);
    void refuse_entries(const Error& error);
    void settle_soon();
    void settle();
    Effect apply(const Statement& denial);
    void returned(const CardId& card);
    void end_everything(std::vector<std::string>& ended);
    void revoked();

    // acknowledging.cpp
    void acknowledge(const Hash& hash, Effect effect);
    void go_on(const Hash& hash);
    void go_on_all();
    void owed();
    enum class Since : std::uint8_t { now, before };  // this broker's life
    void remember(const Hash& hash, const Statement& denial, Since since);
    void on_ack(const wire::AckCame& came);
    void add_to_receipt(const Acknowledgement& ack);
    void watch_on_server(const Hash& hash, wire::Watching watching);

    // outgoing.cpp
    void pump_soon();
    void pump();
    void pump_statements();
    [[nodiscard]] bool submit(const Hash& hash);
    void pump_acknowledgements();
    void pump_trail();
    void on_submitted(const wire::SubmitDone& done);
    void on_ack_stored(const wire::AckStored& stored);
    void on_trail_stored(const wire::TrailStored& stored);
    void tell_placed(const Hash& hash, const Status& outcome);

    Broker& broker_;
    WorkerLink agent_;
    Link link_;
    std::optional<wire::CertificateState> certificate_;
    std::optional<Millis> renewal_signed_;
    Troubles troubles_;
    Joining* joining_{nullptr};

    enum class Taking : std::uint8_t { entries, denials_only } taking_{Taking::entries};
    Millis patience_{0};                                      // until the agent is cut off after a bad entry
    std::optional<std::pair<std::uint64_t, Millis>> behind_;  // the head, and since when heartbeats are ahead of it
    enum class Mine : std::uint8_t { in_force, revoked } mine_{Mine::in_force};
    bool media_changed_{false};
    std::vector<Hash> placed_;  // of ours, to be told when they are saved
    std::vector<std::pair<Hash, Effect>> fresh_;

    std::map<Hash, Applying> applying_;
    std::set<Hash> acknowledged_;
    std::map<Hash, Kept> receipts_;
    std::vector<Hash> receipts_order_;
    std::map<Hash, std::uint32_t> watched_;
    std::list<std::weak_ptr<Watch>> watches_;
    std::list<std::weak_ptr<PlacedWait>> placed_waits_;

    std::set<Hash> offered_;    // to this agent since the link is up
    std::set<Hash> under_way_;  // and not answered
    std::set<Hash> acks_sent_;
    std::optional<std::uint64_t> trail_stored_;
    std::uint64_t trail_sent_{0}, head_sent_{0};

    Source minute_, settle_, pump_, cut_;
};

}  // namespace sekimori::daemon
