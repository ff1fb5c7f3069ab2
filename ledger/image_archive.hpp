// SPDX-License-Identifier: Apache-2.0
// How values become the bytes of an image and come back. One function a type says what there is to it, for both ways:
// it takes the record apart into exactly as many names as it has members, so that a member that is added and forgotten
// here does not compile.
#pragma once

#include <cstring>
#include <iterator>
#include <optional>
#include <string>
#include <type_traits>

#include "ledger/view.hpp"

namespace sekimori::image {

// Values whose bytes are all there is to them.
template <class T>
concept Plain = std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>;

class Writer {
  public:
    static constexpr bool kReads = false;
    void raw(const void* data, std::size_t size) {
        const auto* bytes = static_cast<const std::uint8_t*>(data);
        out_.insert(out_.end(), bytes, bytes + size);
    }
    void number(std::uint64_t value) { raw(&value, sizeof value); }
    [[nodiscard]] Bytes finish() && { return std::move(out_); }

  private:
    Bytes out_;
};

// After the first value that is not there, nothing is.
class Reader {
  public:
    static constexpr bool kReads = true;
    explicit Reader(ByteSpan in) : in_(in) {}
    void raw(void* data, std::size_t size) {
        if (size > in_.size()) return fail();
        if (size != 0) std::memcpy(data, in_.data(), size);
        in_ = in_.subspan(size);
    }
    [[nodiscard]] std::uint64_t number() {
        std::uint64_t value = 0;
        raw(&value, sizeof value);
        return value;
    }
    // How many items follow, each of so many bytes at least.
    [[nodiscard]] std::size_t count(std::size_t size = 1) {
        const std::uint64_t items = number();
        if (items > in_.size() / size) fail();
        return good_ ? static_cast<std::size_t>(items) : 0;
    }
    void fail() {
        good_ = false;
        in_ = {};
    }
    [[nodiscard]] bool good() const noexcept { return good_; }
    [[nodiscard]] bool at_end() const noexcept { return in_.empty(); }

  private:
    ByteSpan in_;
    bool good_{true};
};

template <class Archive, class T>
void pass(Archive& archive, T& value);

template <class Archive, class... T>
void pass_all(Archive& archive, T&... values) {
    (pass(archive, values), ...);
}

template <class Archive, class Items>
void pass_list(Archive& archive, Items& items) {
    using Item = typename Items::value_type;
    if constexpr (Plain<Item>) {
        if constexpr (Archive::kReads) {
            items.resize(archive.count(sizeof(Item)));
        } else {
            archive.number(items.size());
        }
        archive.raw(items.data(), items.size() * sizeof(Item));
    } else if constexpr (Archive::kReads) {
        const std::size_t count = archive.count();
        for (std::size_t i = 0; i < count && archive.good(); ++i) pass(archive, items.emplace_back());
    } else {
        archive.number(items.size());
        for (const auto& item : items) pass(archive, item);
    }
}

template <class Archive, class Key, class Value, class Map>
void pass_map(Archive& archive, Map& map) {
    if constexpr (Archive::kReads) {
        const std::size_t count = archive.count();
        for (std::size_t i = 0; i < count && archive.good(); ++i) {
            Key key{};
            Value value{};
            pass_all(archive, key, value);
            // In order, as they were written: anything else is no image.
            if (!map.empty() && !(std::prev(map.end())->first < key)) archive.fail();
            if (archive.good()) (void)map.try_emplace(key, std::move(value));
        }
    } else {
        archive.number(map.size());
        for (const auto& [key, value] : map) pass_all(archive, key, value);
    }
}

template <class Archive, class Key, class Set>
void pass_set(Archive& archive, Set& set) {
    if constexpr (Archive::kReads) {
        const std::size_t count = archive.count();
        for (std::size_t i = 0; i < count && archive.good(); ++i) {
            Key key{};
            pass(archive, key);
            if (archive.good()) (void)set.insert(key);
        }
    } else {
        archive.number(set.size());
        for (const Key& key : set) pass(archive, key);
    }
}

template <class T>
struct Passing;  // what a compound type consists of

template <class Archive, class T>
void pass(Archive& archive, T& value) {
    using Bare = std::remove_const_t<T>;
    if constexpr (std::is_same_v<Bare, bool>) {
        std::uint8_t byte = Archive::kReads ? std::uint8_t{0} : static_cast<std::uint8_t>(value ? 1 : 0);
        archive.raw(&byte, 1);
        if constexpr (Archive::kReads) value = byte != 0;
    } else if constexpr (Plain<Bare>) {
        archive.raw(&value, sizeof value);
    } else {
        Passing<Bare>::pass(archive, value);
    }
}

template <>
struct Passing<std::string> {
    static void pass(auto& archive, auto& text) { pass_list(archive, text); }
};
template <class T>
struct Passing<std::optional<T>> {
    static void pass(auto& archive, auto& value) {
        bool there = value.has_value();
        image::pass(archive, there);
        if constexpr (std::remove_reference_t<decltype(archive)>::kReads)
            if (there) value.emplace();
        if (there) image::pass(archive, *value);
    }
};
template <class T>
struct Passing<std::vector<T>> {
    static void pass(auto& archive, auto& items) { pass_list(archive, items); }
};
template <class Key, class Value>
struct Passing<SharedMap<Key, Value>> {
    static void pass(auto& archive, auto& map) {
        pass_map<std::remove_reference_t<decltype(archive)>, Key, Value>(archive, map);
    }
};
template <class Key>
struct Passing<SharedSet<Key>> {
    static void pass(auto& archive, auto& set) {
        pass_set<std::remove_reference_t<decltype(archive)>, Key>(archive, set);
    }
};

}  // namespace sekimori::image
