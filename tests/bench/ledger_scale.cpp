// SPDX-License-Identifier: Apache-2.0
// sekimori_ledger_scale DIR [PERSONS [LATER]]: what a ledger of PERSONS people (30,000; a card, an account and two
// fingers each, and LATER = 1,000 statements after them) costs: the start, a look-up, an act, a page, memory. DIR stays
// and is used again; on a tmpfs it is made sooner, on a disk the figures are true.
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "crypto/system.hpp"
#include "daemon/store/store.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::size_t kTemplate = 2'048;  // bytes
constexpr int kAtOnce = 100;

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    std::exit(1);
}
template <class T>
T must(Result<T> result) {
    if (!result) give_up(result.error().message);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

double processor_ms() {
    rusage used{};
    (void)getrusage(RUSAGE_SELF, &used);
    const auto ms = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
    };
    return ms(used.ru_utime) + ms(used.ru_stime);
}
double resident_mib() {
    std::ifstream in("/proc/self/statm");
    double all = 0, resident = 0;
    in >> all >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

void measure(const char* what, int times, const std::function<void(int)>& act) {
    const double before = processor_ms();
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < times; ++i) act(i);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    std::printf("%-58s %10.3f ms  processor %10.3f ms\n", what, took.count() / times,
                (processor_ms() - before) / times);
    std::fflush(stdout);
}

struct Bench {
    std::string directory;
    crypto::SystemClock clock;
    crypto::SystemRng rng;
    std::unique_ptr<Store> store;
    Actor by{std::nullopt, "bench"};

    void open() {
        store.reset();
        StoreOptions options;
        options.directory = directory;
        store = must(Store::open(std::move(options), clock, rng));
    }
    static std::string login(int n) { return "staff" + std::to_string(n); }

    // What is there already stays: a run that was interrupted goes on.
    void fill(int persons) {
        for (int from = static_cast<int>(store->persons().size()); from < persons; from += kAtOnce) {
            std::vector<PersonChange> some;
            for (int n = from; n < std::min(from + kAtOnce, persons); ++n) {
                NewPerson one;
                one.login = login(n);
                one.name = "山田 花子";
                one.accounts = {{one.login, "local", 1000U + static_cast<std::uint32_t>(n)}};
                some.push_back({std::move(one), std::nullopt});
            }
            (void)must(store->change_people(some, by));
        }
        for (int n = 0; n < persons; ++n) {
            const auto person = store->person_by_login(login(n));
            if (!person) give_up("somebody is missing");
            if (store->cards_of(person->id).empty()) {
                NewCard card;
                card.person = person->id;
                card.type = CardType::piv;
                card.slot = CardSlot::piv_9e;
                must(rng.fill(card.key.bytes));
                card.spki.assign(91, 7);
                card.scheme = 2;
                (void)must(store->add_card(std::move(card), by));
            }
            const auto fingers = store->fingers_of(person->id);
            for (std::size_t i = fingers.size(); i < 2; ++i) {
                NewFinger finger;
                finger.person = person->id;
                finger.finger = i == 0 ? "right-index-finger" : "left-index-finger";
                finger.driver = "virtual_image";
                finger.data = SecureBytes(kTemplate);
                (void)must(store->add_finger(std::move(finger), by));
            }
            if (n % 1000 == 999) std::printf("made: %d\n", n + 1), std::fflush(stdout);
        }
    }
    void care(Keep when) {
        while (must(store->care_for_ledger(when)) == Care::more) {
        }
    }
};

int run(const std::string& directory, int persons, int later) {
    std::filesystem::create_directory(directory);
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
    Bench bench{directory, must(crypto::SystemClock::make()), {}, nullptr};
    bench.open();
    bench.fill(persons);
    bench.care(Keep::in_time);
    bench.care(Keep::now);
    std::printf("%d persons, %llu entries, %.1f MiB on disk\n", persons,
                static_cast<unsigned long long>(bench.store->head().seq),
                static_cast<double>(std::filesystem::file_size(directory + "/store.db")) / (1 << 20));
    const double with = resident_mib();
    bench.store.reset();
    const auto open = [&](int) { bench.open(); };
    measure("start, what was kept is right", 5, open);
    std::printf("%-58s %10.1f MiB (after making it %.1f)\n", "resident, with it open", resident_mib(), with);
    measure("one bounded step of the care", 100, [&](int) { (void)must(bench.store->care_for_ledger(Keep::in_time)); });
    bench.care(Keep::in_time);

    const auto somebody = [&](int n) { return Bench::login(n * 7919 % persons); };
    const PersonRecord person = *bench.store->person_by_login(Bench::login(persons / 2));
    const CardKey key = bench.store->cards_of(person.id).at(0).key;
    measure("look-up for a login: account, card, fingers, codes", 1000, [&](int n) {
        for (const PersonRecord& one : bench.store->persons_of_account(somebody(n))) {
            (void)bench.store->cards_of(one.id);
            (void)bench.store->fingers_of(one.id);
            (void)bench.store->secret_of(one.id, SecretUse::code);
            (void)bench.store->exemption_of(one.id);
        }
        (void)bench.store->card_by_key(key);
    });
    measure("the templates of one person, opened", 100, [&](int n) {
        for (const FingerRecord& finger : bench.store->fingers_of(bench.store->person_by_login(somebody(n))->id))
            (void)must(bench.store->finger_data(finger.id));
    });
    measure("a page of 1,000 people", 10, [&](int) { (void)bench.store->persons_after("", 1000); });
    measure("one act that gives (durable)", 20, [&](int) { must(bench.store->load_policy("{}", {}, bench.by)); });
    measure("one denial (durable)", 20, [&](int) {
        CardKey lost;
        must(bench.rng.fill(lost.bytes));
        (void)must(bench.store->revoke_key(lost, DenyReason::lost, bench.by));
    });
    measure("what is kept, written anew (with the rows since)", 1, [&](int) { bench.care(Keep::now); });
    for (int i = 0; i < later; ++i) must(bench.store->load_policy("{}", {}, bench.by));
    measure("start, as many statements later as were asked for", 3, open);
    bench.care(Keep::in_time);
    measure("start, after what was new was kept", 3, open);
    bench.store.reset();
    std::filesystem::remove(directory + "/view");
    measure("start, nothing kept: all is verified", 1, open);
    bench.care(Keep::in_time);
    return 0;
}

}  // namespace
}  // namespace sekimori::daemon

int main(int argc, char** argv) {
    if (argc < 2 || argc > 4) return 64;
    const int persons = argc > 2 ? std::atoi(argv[2]) : 30'000;
    const int later = argc > 3 ? std::atoi(argv[3]) : 1'000;
    return persons > 0 && later >= 0 ? sekimori::daemon::run(argv[1], persons, later) : 64;
}
