// SPDX-License-Identifier: Apache-2.0
// The real libfprint matcher, fed through its virtual_image driver: the judge of synthetic fingers.
//
// One a process, in the main thread: libfprint works in the global default main context. Sets FP_VIRTUAL_IMAGE in the
// environment of the process.
#pragma once

#include <fprint.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/result.hpp"
#include "tests/lab/fingers/image.hpp"
#include "tests/lab/fingers/virtual_scanner.hpp"

namespace sekimori::lab::fingers {

struct Unref {
    void operator()(void* object) const noexcept { g_object_unref(object); }
};
template <class T>
using Object = std::unique_ptr<T, Unref>;

class Matcher {
  public:
    using Print = Object<FpPrint>;

    // Opens the virtual scanner at this socket path; the path must be free.
    [[nodiscard]] static Result<Matcher> open(const std::filesystem::path& socket);
    ~Matcher();
    Matcher(Matcher&&) = default;
    Matcher& operator=(Matcher&&) = delete;

    // How many images an enrolment takes.
    [[nodiscard]] std::size_t stages() const;
    // Precondition: images.size() == stages(). Fails with `refused` if the matcher finds one of them poor.
    [[nodiscard]] Result<Print> enrol(std::span<const GreyImage> images);
    // The index of the first print of the gallery that matches, if any. Fails with `refused` on a poor image.
    [[nodiscard]] Result<std::optional<std::size_t>> identify(const GreyImage& image, std::span<const Print> gallery);

  private:
    Matcher(Object<FpContext> context, Object<FpDevice> device, VirtualScanner scanner)
        : context_(std::move(context)), device_(std::move(device)), scanner_(std::move(scanner)) {}

    Object<FpContext> context_;
    Object<FpDevice> device_;
    VirtualScanner scanner_;
};

}  // namespace sekimori::lab::fingers
