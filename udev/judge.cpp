// SPDX-License-Identifier: Apache-2.0
#include "udev/judge.hpp"

#include <algorithm>

namespace sekimori::udev {

using wire::MediaVerdict;
using wire::Settled;

Judgement settle(const Result<media::Device>& device, std::span<const media::Named> list,
                 std::span<const std::string> drivers) {
    if (!device) return {Settled::irregular, MediaVerdict::refused};
    if (media::kind_of(*device) == media::Kind::plain) {
        if (!std::ranges::all_of(drivers, media::plain_driver)) return {Settled::driver, MediaVerdict::refused};
        return {Settled::plain, MediaVerdict::allowed};
    }
    if (media::named(list, *device)) {
        if (std::ranges::any_of(drivers, media::storage_driver)) return {Settled::driver, MediaVerdict::refused};
        return {Settled::named, MediaVerdict::allowed};
    }
    return {Settled::ask, MediaVerdict::refused};
}

Status judge(UsbDevice& device, std::span<const media::Named> list, const Ask& ask) {
    const auto words = device.read();
    const Judgement judgement = settle(words, list, device.drivers());
    const bool was_in = device.authorized();
    Status done;
    if (judgement.settled != Settled::ask && (judgement.alone == MediaVerdict::allowed) != was_in)
        done = judgement.alone == MediaVerdict::allowed ? device.authorize() : device.refuse();
    wire::MediaPlugged message = wire::plugged(words.value_or(media::Device{}));
    message.port = device.port();
    message.number = device.number();
    message.name = device.product();
    message.settled = judgement.settled;
    const auto answer = ask(message);
    if (judgement.settled != Settled::ask) return done;
    const bool in = answer == MediaVerdict::allowed;
    if (in == was_in) return {};
    return in ? device.authorize() : device.refuse();
}

}  // namespace sekimori::udev
