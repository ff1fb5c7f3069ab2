// SPDX-License-Identifier: Apache-2.0
// SharedMap: an ordered map whose copies share what neither has changed since, so that a state can be tried on a copy
// and thrown away, however large it is. Small sorted pieces lie behind shared pointers; a change copies the piece that
// it touches, unless nobody else has it.
//
// Reading is std::map's. Changing is not: what is found is constant, and edit() gives what may be changed. A change
// invalidates every iterator and pointer of this map, never those of a copy.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace sekimori {

template <class Key, class Value>
class SharedMap {
  public:
    using value_type = std::pair<Key, Value>;

  private:
    static constexpr std::size_t kMost = 64;  // of a piece
    using Piece = std::vector<value_type>;
    using Pieces = std::vector<std::shared_ptr<Piece>>;

  public:
    class const_iterator {
      public:
        using iterator_category = std::bidirectional_iterator_tag;
        using value_type = SharedMap::value_type;
        using difference_type = std::ptrdiff_t;
        using pointer = const value_type*;
        using reference = const value_type&;

        const_iterator() = default;
        reference operator*() const { return (*(*pieces_)[piece_])[at_]; }
        pointer operator->() const { return &**this; }
        const_iterator& operator++() {
            if (++at_ == (*pieces_)[piece_]->size()) {
                ++piece_;
                at_ = 0;
            }
            return *this;
        }
        const_iterator operator++(int) {
            const_iterator before = *this;
            ++*this;
            return before;
        }
        const_iterator& operator--() {
            if (at_ == 0) at_ = (*pieces_)[--piece_]->size();
            --at_;
            return *this;
        }
        const_iterator operator--(int) {
            const_iterator before = *this;
            --*this;
            return before;
        }
        bool operator==(const const_iterator& other) const = default;

      private:
        friend class SharedMap;
        const_iterator(const Pieces* pieces, std::size_t piece, std::size_t at)
            : pieces_(pieces), piece_(piece), at_(at) {}
        const Pieces* pieces_{nullptr};
        std::size_t piece_{0}, at_{0};
    };
    using iterator = const_iterator;

    [[nodiscard]] const_iterator begin() const { return {&pieces_, 0, 0}; }
    [[nodiscard]] const_iterator end() const { return {&pieces_, pieces_.size(), 0}; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    // The first that is not before `key`.
    [[nodiscard]] const_iterator lower_bound(const Key& key) const {
        const std::size_t piece = piece_of(key);
        if (piece == pieces_.size()) return end();
        return {&pieces_, piece, place_in(*pieces_[piece], key)};
    }
    [[nodiscard]] const_iterator find(const Key& key) const {
        const const_iterator at = lower_bound(key);
        return at != end() && at->first == key ? at : end();
    }
    [[nodiscard]] bool contains(const Key& key) const { return find(key) != end(); }
    [[nodiscard]] const Value& at(const Key& key) const {
        const const_iterator found = find(key);
        if (found == end()) throw std::out_of_range("SharedMap::at");
        return found->second;
    }

    // What may be changed; nullptr: it is not there.
    [[nodiscard]] Value* edit(const Key& key) {
        const const_iterator found = find(key);
        return found == end() ? nullptr : &own(found.piece_)[found.at_].second;
    }
    // Puts it there unless something is; what is there then, and whether it is new.
    std::pair<Value*, bool> try_emplace(const Key& key, Value value = {}) {
        std::size_t piece = piece_of(key);
        if (piece == pieces_.size()) {  // behind all
            if (pieces_.empty() || pieces_.back()->size() >= kMost) pieces_.push_back(std::make_shared<Piece>());
            piece = pieces_.size() - 1;
            ++size_;
            Piece& last = own(piece);
            if (last.capacity() == 0) last.reserve(kMost);
            last.emplace_back(key, std::move(value));
            return {&last.back().second, true};
        }
        std::size_t at = place_in(*pieces_[piece], key);
        if ((*pieces_[piece])[at].first == key) return {&own(piece)[at].second, false};
        if (pieces_[piece]->size() >= kMost) {
            split(piece);
            if (at >= pieces_[piece]->size()) at -= pieces_[piece++]->size();
        }
        ++size_;
        Piece& owned = own(piece);
        return {&owned.emplace(owned.begin() + static_cast<std::ptrdiff_t>(at), key, std::move(value))->second, true};
    }
    std::pair<Value*, bool> emplace(const Key& key, Value value) { return try_emplace(key, std::move(value)); }
    void insert_or_assign(const Key& key, Value value) {
        if (Value* const there = edit(key))
            *there = std::move(value);
        else
            (void)try_emplace(key, std::move(value));
    }
    Value& operator[](const Key& key) { return *try_emplace(key).first; }
    std::size_t erase(const Key& key) {
        const const_iterator found = find(key);
        if (found == end()) return 0;
        Piece& piece = own(found.piece_);
        piece.erase(piece.begin() + static_cast<std::ptrdiff_t>(found.at_));
        if (piece.empty()) pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(found.piece_));
        --size_;
        return 1;
    }

  private:
    // The piece that has `key` or would have it; none: it comes behind all.
    [[nodiscard]] std::size_t piece_of(const Key& key) const {
        const auto at = std::partition_point(pieces_.begin(), pieces_.end(),
                                             [&](const auto& piece) { return piece->back().first < key; });
        return static_cast<std::size_t>(at - pieces_.begin());
    }
    [[nodiscard]] static std::size_t place_in(const Piece& piece, const Key& key) {
        const auto at =
            std::partition_point(piece.begin(), piece.end(), [&](const value_type& one) { return one.first < key; });
        return static_cast<std::size_t>(at - piece.begin());
    }
    Piece& own(std::size_t piece) {
        std::shared_ptr<Piece>& held = pieces_[piece];
        if (held.use_count() != 1) {
            auto copy = std::make_shared<Piece>();
            copy->reserve(kMost);
            copy->insert(copy->end(), held->begin(), held->end());
            held = std::move(copy);
        }
        return *held;
    }
    void split(std::size_t piece) {
        Piece& lower = own(piece);
        auto upper = std::make_shared<Piece>();
        upper->reserve(kMost);
        const auto middle = lower.begin() + static_cast<std::ptrdiff_t>(lower.size() / 2);
        upper->insert(upper->end(), std::make_move_iterator(middle), std::make_move_iterator(lower.end()));
        lower.erase(middle, lower.end());
        pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(piece) + 1, std::move(upper));
    }

    Pieces pieces_;  // none is empty
    std::size_t size_{0};
};

// The same as a set.
template <class Key>
class SharedSet {
    struct Nothing {};
    using Map = SharedMap<Key, Nothing>;

  public:
    class const_iterator {
      public:
        using iterator_category = std::bidirectional_iterator_tag;
        using value_type = Key;
        using difference_type = std::ptrdiff_t;
        using pointer = const Key*;
        using reference = const Key&;
        const_iterator() = default;
        reference operator*() const { return at_->first; }
        pointer operator->() const { return &at_->first; }
        const_iterator& operator++() {
            ++at_;
            return *this;
        }
        const_iterator operator++(int) {
            const_iterator before = *this;
            ++at_;
            return before;
        }
        const_iterator& operator--() {
            --at_;
            return *this;
        }
        const_iterator operator--(int) {
            const_iterator before = *this;
            --at_;
            return before;
        }
        bool operator==(const const_iterator& other) const = default;

      private:
        friend class SharedSet;
        explicit const_iterator(typename Map::const_iterator at) : at_(at) {}
        typename Map::const_iterator at_;
    };

    [[nodiscard]] const_iterator begin() const { return const_iterator(map_.begin()); }
    [[nodiscard]] const_iterator end() const { return const_iterator(map_.end()); }
    [[nodiscard]] const_iterator lower_bound(const Key& key) const { return const_iterator(map_.lower_bound(key)); }
    [[nodiscard]] std::size_t size() const noexcept { return map_.size(); }
    [[nodiscard]] bool empty() const noexcept { return map_.empty(); }
    [[nodiscard]] bool contains(const Key& key) const { return map_.contains(key); }
    bool insert(const Key& key) { return map_.try_emplace(key).second; }
    std::size_t erase(const Key& key) { return map_.erase(key); }

  private:
    Map map_;
};

}  // namespace sekimori
