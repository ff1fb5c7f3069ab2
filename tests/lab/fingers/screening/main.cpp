// SPDX-License-Identifier: Apache-2.0
// sekimori-lab-screen: lets the real libfprint judge synthetic fingers. Every finger is enrolled; every further press
// must be accepted for its own finger and for no other one. Exit 0 if that holds, 1 if not.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "tests/lab/fingers/finger.hpp"
#include "tests/lab/fingers/fixtures.hpp"
#include "tests/lab/fingers/screening/matcher.hpp"

namespace sekimori::lab::fingers {
namespace {

struct Options {
    std::vector<std::uint64_t> seeds;
    std::uint64_t presses = 3;
    std::filesystem::path folder;
};

struct Candidate {
    FingerSeed seed;
    Field master;
};

// The prints of everybody but one, and that one's at the very end: a match with the last says both things at once.
class Gallery {
  public:
    void add(Matcher::Print print) { prints_.push_back(std::move(print)); }
    [[nodiscard]] std::size_t size() const { return prints_.size(); }
    [[nodiscard]] std::vector<Matcher::Print> with_last(std::size_t last) const {
        std::vector<Matcher::Print> ordered;
        for (std::size_t i = 1; i <= prints_.size(); ++i) {
            ordered.emplace_back(FP_PRINT(g_object_ref(prints_[(last + i) % prints_.size()].get())));
        }
        return ordered;
    }

  private:
    std::vector<Matcher::Print> prints_;
};

std::vector<FingerSeed> seeds_of(const Options& options) {
    if (options.seeds.empty()) {
        return {screened_fingers.begin(), screened_fingers.end()};
    }
    std::vector<FingerSeed> seeds;
    seeds.reserve(options.seeds.size());
    for (const std::uint64_t seed : options.seeds) {
        seeds.push_back(FingerSeed{seed});
    }
    return seeds;
}

Result<Matcher::Print> enrol(Matcher& matcher, const Candidate& candidate) {
    std::vector<GreyImage> images;
    for (std::size_t stage = 0; stage < matcher.stages(); ++stage) {
        images.push_back(press_finger(candidate.master, candidate.seed, PressNumber{stage}));
    }
    return matcher.enrol(images);
}

// How many presses of one finger were judged wrongly.
Result<int> screen(Matcher& matcher, std::span<const Candidate> candidates, std::size_t own, const Gallery& gallery,
                   std::uint64_t presses) {
    const Candidate& candidate = candidates[own];
    const std::vector<Matcher::Print> prints = gallery.with_last(own);
    int wrong = 0;
    for (std::uint64_t press = 0; press < presses; ++press) {
        const GreyImage image = press_finger(candidate.master, candidate.seed, PressNumber{matcher.stages() + press});
        const auto match = matcher.identify(image, prints);
        if (!match) {
            return tl::unexpected(match.error());
        }
        if (*match == prints.size() - 1) {
            continue;
        }
        ++wrong;
        const auto seed = static_cast<unsigned long long>(candidate.seed);
        const auto number = static_cast<unsigned long long>(press);
        if (!*match) {
            std::printf("finger %llu, press %llu: not recognised\n", seed, number);
        } else {
            const std::size_t other = (own + 1 + **match) % candidates.size();
            std::printf("finger %llu, press %llu: taken for finger %llu\n", seed, number,
                        static_cast<unsigned long long>(candidates[other].seed));
        }
    }
    return wrong;
}

Result<int> screen_all(const Options& options) {
    std::error_code error;
    std::filesystem::create_directories(options.folder, error);
    auto matcher = Matcher::open(options.folder / "scanner.sock");
    if (!matcher) {
        return tl::unexpected(matcher.error());
    }
    const MasterCache cache(options.folder);
    std::vector<Candidate> candidates;
    Gallery gallery;
    for (const FingerSeed seed : seeds_of(options)) {
        auto master = cache.master(seed);
        if (!master) {
            return tl::unexpected(master.error());
        }
        candidates.push_back({seed, std::move(*master)});
        auto print = enrol(*matcher, candidates.back());
        if (!print) {
            return tl::unexpected(print.error());
        }
        gallery.add(std::move(*print));
    }
    int wrong = 0;
    for (std::size_t own = 0; own < candidates.size(); ++own) {
        auto finger = screen(*matcher, candidates, own, gallery, options.presses);
        if (!finger) {
            return finger;
        }
        wrong += *finger;
    }
    std::printf("%zu fingers, %llu presses each, %d wrong\n", candidates.size(),
                static_cast<unsigned long long>(options.presses), wrong);
    return wrong;
}

}  // namespace
}  // namespace sekimori::lab::fingers

int main(int argc, char** argv) {
    using namespace sekimori::lab::fingers;
    Options options;
    CLI::App app("Lets the real libfprint matcher judge synthetic fingers.");
    app.add_option("--seeds", options.seeds, "judge these seeds instead of the fixtures");
    app.add_option("--presses", options.presses, "presses of each finger after its enrolment")->capture_default_str();
    app.add_option("--folder", options.folder, "where the socket and grown fingers go; at most 90 bytes")->required();
    CLI11_PARSE(app, argc, argv);
    const auto wrong = screen_all(options);
    if (!wrong) {
        std::fprintf(stderr, "sekimori-lab-screen: %s\n", wrong.error().message.c_str());
        return 1;
    }
    return *wrong == 0 ? 0 : 1;
}
