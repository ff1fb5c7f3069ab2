// SPDX-License-Identifier: Apache-2.0
// sekimori-lab-finger: puts synthetic fingers, or a picture of a real one, on a virtual scanner.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "tests/lab/fingers/finger.hpp"
#include "tests/lab/fingers/virtual_scanner.hpp"

namespace sekimori::lab::fingers {
namespace {

struct Options {
    std::uint64_t seed = 0;
    std::uint64_t press = 0;
    std::uint64_t count = 1;
    // libfprint loses a picture that comes while it still looks at the last one, and tells nobody.
    std::uint32_t interval_ms = 500;
    double wait_s = 10.0;
    std::int32_t code = 0;
    std::filesystem::path socket;
    std::filesystem::path file;
    std::filesystem::path cache;
};

Result<Field> master_of(const Options& options) {
    const FingerSeed seed{options.seed};
    if (options.cache.empty()) {
        return grow_master(seed);
    }
    return MasterCache(options.cache).master(seed);
}

Result<VirtualScanner> scanner_of(const Options& options) {
    const std::chrono::duration<double> wait(options.wait_s);
    return VirtualScanner::connect(options.socket, std::chrono::duration_cast<std::chrono::milliseconds>(wait));
}

// Connects, does one thing, and makes sure that the scanner has read it.
template <class Send>
Status with_scanner(const Options& options, Send send) {
    auto scanner = scanner_of(options);
    if (!scanner) {
        return tl::unexpected(scanner.error());
    }
    return send(*scanner).and_then([&] { return scanner->finish(); });
}

Status press(const Options& options) {
    const auto master = master_of(options);
    if (!master) {
        return tl::unexpected(master.error());
    }
    return with_scanner(options, [&](VirtualScanner& scanner) -> Status {
        for (std::uint64_t i = 0; i < options.count; ++i) {
            if (i > 0) {
                std::this_thread::sleep_for(std::chrono::milliseconds(options.interval_ms));
            }
            const PressNumber number{options.press + i};
            if (auto sent = scanner.send(press_finger(*master, FingerSeed{options.seed}, number)); !sent) {
                return sent;
            }
        }
        return {};
    });
}

Result<GreyImage> load(const std::filesystem::path& file) {
    return file.extension() == ".png" ? load_png_grey(file) : load_pgm(file);
}

Status show_image(const Options& options) {
    const auto image = load(options.file);
    if (!image) {
        return tl::unexpected(image.error());
    }
    return with_scanner(options, [&](VirtualScanner& scanner) { return scanner.send(*image); });
}

Status render(const Options& options) {
    return master_of(options).and_then([&](const Field& master) {
        return save_pgm(press_finger(master, FingerSeed{options.seed}, PressNumber{options.press}), options.file);
    });
}

void add_seed(CLI::App& verb, Options& options) {
    verb.add_option("--seed", options.seed, "which finger")->required();
    verb.add_option("--press", options.press, "which of its presses")->capture_default_str();
    verb.add_option("--cache", options.cache, "keep grown fingers in this folder");
}

void add_scanner(CLI::App& verb, Options& options) {
    auto* socket = verb.add_option("--socket", options.socket, "the scanner's socket");
    if (options.socket.empty()) {
        socket->required();
    }
    verb.add_option("--wait", options.wait_s, "seconds to wait for an open scanner")
        ->check(CLI::Range(0.0, 3600.0))
        ->capture_default_str();
}

int run(int argc, char** argv) {
    Options options;
    if (const char* lab = std::getenv("SEKIMORI_LAB_DIR"); lab != nullptr) {
        options.socket = std::filesystem::path(lab) / "finger.sock";
    }
    Status outcome;
    CLI::App app("Puts a finger on the lab's virtual scanner.");
    app.require_subcommand(1);

    CLI::App* press_verb = app.add_subcommand("press", "press a synthetic finger");
    add_seed(*press_verb, options);
    add_scanner(*press_verb, options);
    press_verb->add_option("--count", options.count, "so many presses, one after another")->capture_default_str();
    press_verb->add_option("--interval", options.interval_ms, "milliseconds between presses")->capture_default_str();
    press_verb->callback([&] { outcome = press(options); });

    CLI::App* image_verb = app.add_subcommand("image", "show an 8-bit grey picture (PGM, PNG)");
    image_verb->add_option("file", options.file, "dark ridges on a light ground")->required();
    add_scanner(*image_verb, options);
    image_verb->callback([&] { outcome = show_image(options); });

    CLI::App* retry_verb = app.add_subcommand("retry", "let the scanner ask for another try");
    retry_verb->add_option("code", options.code, "0 poor, 1 too short, 2 not centred, 3 lift the finger first")
        ->required()
        ->check(CLI::Range(0, 3));
    add_scanner(*retry_verb, options);
    retry_verb->callback([&] {
        outcome = with_scanner(options, [&](VirtualScanner& scanner) {
            return scanner.send(Retry{options.code}).and_then([&] { return scanner.send(Finger::lifted); });
        });
    });

    CLI::App* error_verb = app.add_subcommand("error", "let the scanner fail");
    error_verb->add_option("code", options.code, "libfprint's FpDeviceError")->required();
    add_scanner(*error_verb, options);
    error_verb->callback([&] {
        outcome =
            with_scanner(options, [&](VirtualScanner& scanner) { return scanner.send_device_error(options.code); });
    });

    CLI::App* unplug_verb = app.add_subcommand("unplug", "take the scanner away");
    add_scanner(*unplug_verb, options);
    unplug_verb->callback(
        [&] { outcome = with_scanner(options, [](VirtualScanner& scanner) { return scanner.unplug(); }); });

    CLI::App* render_verb = app.add_subcommand("render", "write a press to a PGM file");
    add_seed(*render_verb, options);
    render_verb->add_option("--out", options.file, "the file")->required();
    render_verb->callback([&] { outcome = render(options); });

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (!outcome) {
        std::fprintf(stderr, "sekimori-lab-finger: %s\n", outcome.error().message.c_str());
        return 1;
    }
    return 0;
}

}  // namespace
}  // namespace sekimori::lab::fingers

int main(int argc, char** argv) { return sekimori::lab::fingers::run(argc, argv); }
