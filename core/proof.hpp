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

// Of a PIN: only through a signature of a slot that is PIN-required; never through anybody's word that a PIN was right.
// Of a substitute code or a password: only by comparing what was typed with the person's own salted hash.
class KnowledgeProof {
  public:
    static constexpr FactorKind kKind = FactorKind::knowledge;
    [[nodiscard]] const Binding& binding() const noexcept { return binding_; }
    // What was known. A PIN does not do where a code was asked for.
    [[nodiscard]] Factor factor() const noexcept { return factor_; }

  private:
    friend class CardVerifier;
    friend class SecretVerifier;
    KnowledgeProof(Binding binding, Factor factor) noexcept : binding_(binding), factor_(factor) {}
    Binding binding_;
    Factor factor_;
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
        const auto& [card, known, finger] = evidence;
        if (!set.provable()) return std::nullopt;
        if (set.has(Factor::card) && !card) return std::nullopt;
        if (set.has(Factor::finger) && !finger) return std::nullopt;
        bool knows = false;
        for (const Factor factor : {Factor::pin, Factor::password, Factor::code}) {
            if (!set.has(factor)) continue;
            if (!known || known->factor() != factor) return std::nullopt;
            knows = true;
        }
        // Every pair of what the set names: all are of one transaction and one person.
        std::optional<Grant> grant;
        bool whole = true;
        const auto join = [&](const auto& a, const auto& b) {
            grant = from(a, b);
            whole = whole && grant.has_value();
        };
        if (set.has(Factor::card) && set.has(Factor::finger)) join(*card, *finger);
        if (set.has(Factor::card) && knows) join(*card, *known);
        if (set.has(Factor::finger) && knows) join(*finger, *known);
        return whole ? grant : std::nullopt;
    }
    [[nodiscard]] const Binding& binding() const noexcept { return binding_; }

  private:
    explicit Grant(Binding binding) noexcept : binding_(binding) {}
    Binding binding_;
};

// Both factors, of which nothing is on disk because it is full: enough to take something away, and for nothing else.
// It is made of a Grant, is none, and never becomes one.
class Warrant {
  public:
    explicit Warrant(const Grant& grant) noexcept : binding_(grant.binding()) {}
    [[nodiscard]] const Binding& binding() const noexcept { return binding_; }

  private:
    Binding binding_;
};

// Entry without two factors, because two administrators said so, once. It is no Grant and never becomes one: whoever
// takes it says so loudly, and no report calls it compliant.
class BreakGlassProof {
  public:
    [[nodiscard]] const Binding& binding() const noexcept { return binding_; }
    [[nodiscard]] const StatementId& statement() const noexcept { return statement_; }

  private:
    friend class BreakGlassVerifier;
    BreakGlassProof(Binding binding, StatementId statement) noexcept : binding_(binding), statement_(statement) {}
    Binding binding_;
    StatementId statement_;
};

}  // namespace sekimori
