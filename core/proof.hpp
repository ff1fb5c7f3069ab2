// SPDX-License-Identifier: Apache-2.0
// Proofs of a factor. Each is made by its verifier and by nobody else; a Grant is made of two proofs of different kinds
// and of nothing else. A function that holds a Grant therefore holds the evidence that both factors were right, for one
// person, in one transaction.
#pragma once

#include <optional>

#include "core/factor.hpp"
#include "core/ids.hpp"
#include "core/instant.hpp"
#include "core/result.hpp"

namespace sekimori {

// What every proof is bound to.
struct Binding {
    TransactionId transaction;
    PersonId person;
    bool operator==(const Binding&) const = default;
};

class PossessionProof {
  public:
    static constexpr FactorKind kKind = FactorKind::possession;
    [[nodiscard]] const Binding& binding() const noexcept { return binding_; }
    [[nodiscard]] const CardId& card() const noexcept { return card_; }
    [[nodiscard]] Millis at() const noexcept { return at_; }  // boot time: a proof by `tap` ages

  private:
    friend class CardVerifier;
    PossessionProof(Binding binding, CardId card, Millis at) noexcept : binding_(binding), card_(card), at_(at) {}
    Binding binding_;
    CardId card_;
    Millis at_;
};

// Only through a signature of a slot that is PIN-required; never through anybody's word that a PIN was right.
class KnowledgeProof {
  public:
    static constexpr FactorKind kKind = FactorKind::knowledge;
    [[nodiscard]] const Binding& binding() const noexcept { return binding_; }

  private:
    friend class CardVerifier;
    explicit KnowledgeProof(Binding binding) noexcept : binding_(binding) {}
    Binding binding_;
};

class InherenceProof {
  public:
    static constexpr FactorKind kKind = FactorKind::inherence;
    [[nodiscard]] const Binding& binding() const noexcept { return binding_; }
    [[nodiscard]] const FingerId& finger() const noexcept { return finger_; }

  private:
    friend class FingerVerifier;
    InherenceProof(Binding binding, FingerId finger) noexcept : binding_(binding), finger_(finger) {}
    Binding binding_;
    FingerId finger_;
};

struct Evidence {
    std::optional<PossessionProof> possession;
    std::optional<KnowledgeProof> knowledge;
    std::optional<InherenceProof> inherence;
};

class Grant {
  public:
    // Two proofs of one transaction and one person. That their kinds differ is checked by the compiler.
    template <class A, class B>
        requires(A::kKind != B::kKind)
    [[nodiscard]] static std::optional<Grant> from(const A& a, const B& b) noexcept {
        if (a.binding() != b.binding()) return std::nullopt;
        return Grant(a.binding());
    }
    // The grant for what the policy asked, if the evidence holds every factor of the set.
    [[nodiscard]] static std::optional<Grant> for_set(const FactorSet& set, const Evidence& evidence) noexcept {
        if (set.has(Factor::password) || set.has(Factor::code))
            return std::nullopt;  // no verifier makes these proofs yet
        if (!set.has(Factor::card) || !evidence.possession) return std::nullopt;
        if (set.has(Factor::pin) && !evidence.knowledge) return std::nullopt;
        if (set.has(Factor::finger) && !evidence.inherence) return std::nullopt;
        std::optional<Grant> grant;
        if (set.has(Factor::finger)) grant = from(*evidence.possession, *evidence.inherence);
        if (set.has(Factor::pin)) {
            const auto other = from(*evidence.possession, *evidence.knowledge);
            grant = other && (!set.has(Factor::finger) || grant) ? other : std::nullopt;
        }
        return grant;
    }
    [[nodiscard]] const Binding& binding() const noexcept { return binding_; }

  private:
    explicit Grant(Binding binding) noexcept : binding_(binding) {}
    Binding binding_;
};

}  // namespace sekimori
