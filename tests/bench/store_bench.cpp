// SPDX-License-Identifier: Apache-2.0
// What a login and a denial cost on disk: everything that returns is durable (fsync'd). The folder is $TMPDIR's, so
// that it can be put on the disk in question: a tmpfs would flatter.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "crypto/system.hpp"
#include "daemon/store/store.hpp"

namespace sekimori::daemon {
namespace {

class Folder {
  public:
    Folder() : path_(std::filesystem::temp_directory_path() / "sekimori-bench-XXXXXX") {
        if (mkdtemp(path_.data()) == nullptr) path_.clear();
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

class StoreBench : public benchmark::Fixture {
  public:
    void SetUp(benchmark::State& bench) override {
        auto clock = crypto::SystemClock::make();
        folder_ = std::make_unique<Folder>();
        if (!clock || folder_->path().empty()) return bench.SkipWithError("no clock or no folder");
        clock_.emplace(std::move(*clock));
        StoreOptions options;
        options.directory = folder_->path();
        auto opened = Store::open(std::move(options), *clock_, rng_);
        if (!opened) return bench.SkipWithError(opened.error().message.c_str());
        store = std::move(*opened);
        NewPerson person;
        person.login = "hanako";
        person.name = "Yamada Hanako";
        person.accounts = {{"hanako", "local", 1000}};
        const auto added = store->add_person(std::move(person), by);
        if (!added) return bench.SkipWithError(added.error().message.c_str());
        hanako = *added;
    }
    void TearDown(benchmark::State&) override {
        store.reset();
        folder_.reset();
    }

  protected:
    std::unique_ptr<Store> store;
    PersonId hanako;
    Actor by{std::nullopt, "bench"};

  private:
    std::unique_ptr<Folder> folder_;
    std::optional<crypto::SystemClock> clock_;
    crypto::SystemRng rng_;
};

// One row of the trail: part of every login.
BENCHMARK_DEFINE_F(StoreBench, audit_append)(benchmark::State& bench) {
    AuditEvent event;
    event.what = "login";
    event.service = "login";
    event.where = "tty1";
    event.who = hanako;
    event.success = true;
    for ([[maybe_unused]] auto _ : bench)
        if (!store || !store->append(event)) return bench.SkipWithError("not appended");
}

// One attempt charged and given back: part of every login too.
BENCHMARK_DEFINE_F(StoreBench, lockout_write)(benchmark::State& bench) {
    LockoutState state;
    const LockoutKey key{LockoutOf::person, hanako.hex()};
    for ([[maybe_unused]] auto _ : bench) {
        state.charged = 1 - state.charged;
        if (!store || !store->set_lockout(key, state)) return bench.SkipWithError("not written");
    }
}

// A denial: statement, entry and trail. Each of another key, so that each one changes something.
BENCHMARK_DEFINE_F(StoreBench, revoke_key)(benchmark::State& bench) {
    CardKey key;
    std::uint64_t number = 0;
    for ([[maybe_unused]] auto _ : bench) {
        ++number;
        for (std::size_t i = 0; i < sizeof number; ++i) key.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
        if (!store || !store->revoke_key(key, DenyReason::lost, by)) return bench.SkipWithError("not denied");
    }
}

// The processor waits for the disk most of the time.
BENCHMARK_REGISTER_F(StoreBench, audit_append)->UseRealTime();
BENCHMARK_REGISTER_F(StoreBench, lockout_write)->UseRealTime();
BENCHMARK_REGISTER_F(StoreBench, revoke_key)->UseRealTime();

}  // namespace
}  // namespace sekimori::daemon
