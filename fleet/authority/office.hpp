// SPDX-License-Identifier: Apache-2.0
// Office: what a person with the passphrase does: statements in the authority's name, tokens and answers to joins, the
// groups' keys. Each statement goes into the server's inbox; the running sequencer places it as any other.
#pragma once

#include "fleet/authority/server.hpp"
#include "fleet/authority/state.hpp"

namespace sekimori::fleet {

class Office {
  public:
    // Has the vault for itself until it ends, or until admit() has answered.
    // Errors: refused (another passphrase), unavailable (the server), what verifying the server's chain says. A card is
    // not looked for before something is signed.
    [[nodiscard]] static Result<Office> open(const State& state, SecureBytes passphrase, const OnCard& on_card,
                                             Clock& clock, Rng& rng);

    [[nodiscard]] Result<SecureBytes> token(const std::string& group, const std::string& name,
                                            std::chrono::seconds life);
    // Answers what waits and is good, and tells the name of each terminal that has joined. Can be called again and
    // again: in between others may have the vault, and what they made of it counts.
    [[nodiscard]] Status admit(const std::function<void(const std::string& name)>& joined);
    // New certificates for those whose old ones end: answers what waits and is signed by its terminal, in force. The
    // authority's own papers as well, if they are due. Nothing of it gives anybody what they do not have.
    struct Renewed {
        std::vector<std::string> names;
        std::size_t refused{};
    };
    [[nodiscard]] Result<Renewed> renew();
    [[nodiscard]] Result<GroupId> add_group(const std::string& name);
    // To a terminal's key; who enrols at it needs the keys of all groups.
    [[nodiscard]] Result<StatementId> delegate(const TerminalId& terminal, AdminRole role, const std::string& name,
                                               Millis expires);
    [[nodiscard]] Status revoke(const TerminalId& terminal, DenyReason reason);
    struct Withdrawn {
        std::string what;  // "delegation", "code", ...
        std::string of;    // whose or which: a name where the chain has one, else an id
        bool changed{};
    };
    // Takes back what the statement of this id gave. A terminal that was delegated more than the help desk loses the
    // keys of the groups that are not its own. Errors: not_found (nothing that can be taken back has this id).
    [[nodiscard]] Result<Withdrawn> withdraw(const StatementId& id);
    // A new key for the sequencer.
    [[nodiscard]] Status rotate();

    [[nodiscard]] const View& view() const noexcept { return chain_.ledger.view(); }
    [[nodiscard]] const Vault& vault() const noexcept { return vault_; }
    [[nodiscard]] Author& author() noexcept { return *author_; }
    // By name or by id, in hex. Errors: not_found.
    [[nodiscard]] Result<TerminalId> terminal_of(std::string_view text) const;

  private:
    Office(UniqueFd lock, State state, SecureBytes passphrase, Identity identity, Vault vault, Chain chain,
           Server server, std::unique_ptr<Author> author, Clock& clock, Rng& rng)
        : lock_(std::move(lock)),
          state_(std::move(state)),
          passphrase_(std::move(passphrase)),
          identity_(std::move(identity)),
          vault_(std::move(vault)),
          chain_(std::move(chain)),
          server_(std::move(server)),
          author_(std::move(author)),
          clock_(clock),
          rng_(rng) {}
    template <class Body>
    [[nodiscard]] Result<SignedStatement> sealed(StatementType type, ByteSpan subject, const Body& body,
                                                 Millis expires = Millis{0});
    // Sealed, and in the server's inbox.
    template <class Body>
    [[nodiscard]] Result<SignedStatement> say(StatementType type, ByteSpan subject, const Body& body,
                                              Millis expires = Millis{0});
    [[nodiscard]] Status keep_vault();
    [[nodiscard]] Status take_vault_again();
    // Groups' newest keys for terminals, signed: all of them before anything is said or kept, since a card may be away.
    struct Handed {
        std::vector<GroupKeyRecord> records;
        std::vector<Bytes> bytes;
    };
    [[nodiscard]] Status wrap(const TerminalId& terminal, const crypto::BoxPublicKey& box, const Group& group,
                              Handed& handed);
    // For everybody who reaches the group.
    [[nodiscard]] Result<Handed> wrap_for_all(const Group& group);
    [[nodiscard]] Status answer_all(const std::vector<JoinWaiting>& waiting,
                                    const std::function<void(const std::string& name)>& joined);
    [[nodiscard]] Result<std::string> answer(const JoinWaiting& waiting);
    // What a terminal of this key asks for, in its own name and time.
    [[nodiscard]] Result<Bytes> asked_by(const TerminalId& terminal, const crypto::PublicKey& sign,
                                         ByteSpan record) const;
    [[nodiscard]] Result<Bytes> certify(const TerminalId& terminal, ByteSpan csr);
    [[nodiscard]] Result<Bytes> answer(const RenewalWaiting& waiting);
    [[nodiscard]] Status renew_own();
    [[nodiscard]] Status roll_group(Group& group);
    [[nodiscard]] Status narrow(const TerminalId& id, const TerminalEntry& terminal);
    [[nodiscard]] std::optional<Withdrawn> given(const StatementId& id) const;
    [[nodiscard]] bool reaches(const TerminalEntry& terminal, const GroupId& group) const;

    UniqueFd lock_;  // on the vault
    State state_;
    SecureBytes passphrase_;
    Identity identity_;
    Vault vault_;
    Chain chain_;
    Server server_;
    std::unique_ptr<Author> author_;
    Clock& clock_;
    Rng& rng_;
};

}  // namespace sekimori::fleet
