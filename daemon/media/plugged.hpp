// SPDX-License-Identifier: Apache-2.0
// Plugged: what was plugged in lately, and what of it still is; for an administrator who allows the stick that was just
// refused, and so that no plug is written down twice. On disk, since a broker that is started again is no plug.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/media.hpp"

namespace sekimori::daemon {

// A value for people: texts are printable ASCII.
struct Plug {
    std::string port, serial, name;
    std::uint32_t number{};  // bus and device; 0: of another boot
    std::uint16_t vendor{}, product{};
    std::vector<std::uint8_t> classes;
    std::string reason;  // why it was let in or not
    Millis at{};         // wall
    enum class Let : std::uint8_t { out, in } let{};
    enum class There : std::uint8_t { gone, plugged } there{};
    // Could a record let it in? Then `serial` is what it says, and no more than that.
    enum class Listable : std::uint8_t { no, yes } listable{};
};

class Plugged {
  public:
    static constexpr std::size_t kMost = 128;

    // Reads what an earlier broker left; a file that can't be understood is none.
    Plugged(const std::string& directory, std::array<std::uint8_t, 16> boot);

    // Is this no news: the same device, plugged in the same way, with the same answer? Then it is there.
    [[nodiscard]] bool knows(const Plug& plug);
    void add(Plug plug);
    void gone(const std::string& port);
    // A look at everything begins: what it does not name is gone.
    void sweep();

    [[nodiscard]] const std::vector<Plug>& list() const noexcept { return plugs_; }  // the oldest first

  private:
    void read();
    void write() const;
    std::string path_, boot_;
    std::vector<Plug> plugs_;
};

}  // namespace sekimori::daemon
