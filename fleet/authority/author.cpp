// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/author.hpp"

#include <algorithm>

namespace sekimori::fleet {
namespace {

class SeedAuthor final : public Author {
  public:
    explicit SeedAuthor(crypto::SigningKey key) : key_(std::move(key)) {}
    [[nodiscard]] ByteSpan key() const noexcept override { return key_.public_key(); }
    [[nodiscard]] Status prepare() override { return {}; }
    [[nodiscard]] Result<crypto::Signature> sign(crypto::Label label, ByteSpan bytes) override {
        return key_.sign(label, bytes);
    }
    [[nodiscard]] Access access() const noexcept override { return Access::open; }

  private:
    crypto::SigningKey key_;
};

}  // namespace

Result<std::unique_ptr<Author>> author_of_seed(ByteSpan seed) {
    auto key = crypto::SigningKey::from_seed(seed);
    if (!key) return tl::unexpected<Error>(key.error());
    return std::make_unique<SeedAuthor>(std::move(*key));
}

Result<std::unique_ptr<Author>> author_of(ByteSpan key, ByteSpan seed, const OnCard& on_card) {
    const auto wrong = [] { return fail(ErrorCode::corrupt, "the vault and the identity name two different keys"); };
    if (seed.empty() != lies_on_card(key)) return wrong();
    if (seed.empty()) return on_card(key);
    auto author = author_of_seed(seed);
    if (author && !std::ranges::equal((*author)->key(), key)) return wrong();
    return author;
}

}  // namespace sekimori::fleet
