// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "tests/lab/cards/wire_session.hpp"
#include "tests/lab/unique_fd.hpp"

namespace sekimori::lab {

/// What happens when the reader ends the connection, as when pcscd restarts. A real card would still be in the slot.
enum class ReaderLoss : std::uint8_t { Ends, Reinserts };

/// A hand that puts a card into a reader and pulls it out again. The card is served on a thread of its own; it may be
/// looked at from outside only while it is out, or within with_card().
class CardConnection {
  public:
    explicit CardConnection(std::shared_ptr<Card> card, Faults faults = {});
    /// Pulls.
    ~CardConnection();
    CardConnection(const CardConnection&) = delete;
    CardConnection& operator=(const CardConnection&) = delete;

    /// Connects (see connect_to_reader) and starts serving. A card that is already in is pulled first. Success means
    /// that the reader's socket took the connection; wait_until_taken() tells when the reader has powered the card.
    Outcome<void> insert(const std::string& socket, std::chrono::milliseconds patience = kPatience);
    /// Before insert(). With Reinserts the card goes in again as soon as somebody listens, at most `kPatience` later.
    void on_reader_loss(ReaderLoss what) { reader_loss_ = what; }
    static constexpr std::chrono::seconds kPatience{5};
    /// Closes the connection and returns when it is closed. Idempotent.
    void pull();

    /// The reader powered this insertion's card, or asked for its ATR.
    bool wait_until_taken(std::chrono::milliseconds limit = std::chrono::seconds{5});
    /// The card is out: pulled, by a fault or by the reader's end.
    bool wait_until_out(std::chrono::milliseconds limit = std::chrono::seconds{5});
    /// The number of APDUs over all insertions reached `count`.
    bool wait_for_apdus(std::size_t count, std::chrono::milliseconds limit = std::chrono::seconds{5});

    enum class Out : std::uint8_t { NotYet, Pulled, ByFault, ByReader };
    struct Counters {
        std::size_t connects = 0;  ///< swaps count too
        std::size_t apdus = 0;
        std::size_t power_ons = 0;
        std::size_t resets = 0;
        Out out = Out::NotYet;  ///< why the last insertion ended
    };
    Counters counters() const;

    /// Runs `use` while the serving thread stands still.
    template <class Use>
    auto with_card(Use&& use) {
        const std::lock_guard lock(card_mutex_);
        return use(*card_);
    }

  private:
    void serve(UniqueFd fd, const std::string& socket);
    struct End {
        Out why = Out::Pulled;
        std::shared_ptr<Card> next;  // takes over after a swap
    };
    /// One insertion.
    End serve_one(const UniqueFd& fd, const std::shared_ptr<Card>& card);
    bool stopped_within(std::chrono::milliseconds time) const;
    void note(ByteView body, const WireSession& session);
    void leave(Out why);
    template <class Condition>
    bool wait(std::chrono::milliseconds limit, Condition condition);

    std::shared_ptr<Card> card_;
    Faults faults_;
    std::mutex card_mutex_;
    ReaderLoss reader_loss_ = ReaderLoss::Ends;
    UniqueFd stopper_;  // an eventfd, readable while pull() wants the thread to end
    std::thread thread_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Counters counters_;
    bool taken_ = false;
    bool in_ = false;
};

}  // namespace sekimori::lab
