// SPDX-License-Identifier: Apache-2.0
// SharedList: a list that only grows, whose copies share what they have in common (shared_map.hpp says why).
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace sekimori {

template <class Value>
class SharedList {
  public:
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    // Precondition: at < size().
    [[nodiscard]] const Value& operator[](std::size_t at) const { return (*pieces_[at / kMost])[at % kMost]; }
    [[nodiscard]] const Value& back() const { return (*this)[size_ - 1]; }

    void push_back(Value value) {
        if (size_ % kMost == 0) {
            pieces_.push_back(std::make_shared<Piece>());
        } else if (pieces_.back().use_count() != 1) {
            pieces_.back() = std::make_shared<Piece>(*pieces_.back());
        }
        pieces_.back()->push_back(std::move(value));
        ++size_;
    }

  private:
    static constexpr std::size_t kMost = 1024;
    using Piece = std::vector<Value>;
    std::vector<std::shared_ptr<Piece>> pieces_;
    std::size_t size_{0};
};

}  // namespace sekimori
