// SPDX-License-Identifier: Apache-2.0
// After pam_end nothing of a PIN or a grant is left in the host's memory. The whole process is searched, this test's
// own side of the dialogue included; the secrets are computed, so that no constant and no copy of the test holds them.
#include <fcntl.h>
#include <sys/mman.h>

#include <fstream>
#include <sstream>

#include "tests/sanitized.hpp"
#include "tests/unit/pam_module/pam_test.hpp"

namespace sekimori::test {
namespace {

constexpr std::size_t kPin = 32;

std::uint8_t grant_byte(std::size_t i) { return static_cast<std::uint8_t>(0xa7 ^ (i * 29 + 3)); }
char pin_digit(std::size_t i) { return static_cast<char>('0' + (i * i * 7 + i * 3 + 5) % 10); }

template <class Expected>
std::size_t count(ByteSpan memory, Expected expected, std::size_t size) {
    std::size_t found = 0;
    for (std::size_t at = 0; at + size <= memory.size(); ++at) {
        std::size_t same = 0;
        while (same < size && memory[at + same] == expected(same)) ++same;
        found += same == size;
    }
    return found;
}

struct Found {
    std::size_t grants{0}, pins{0};
};

// Everything that is mapped, readable and writable.
Found search_memory() {
    Found found;
    const UniqueFd memory(open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
    std::ifstream maps("/proc/self/maps");
    std::stringstream copy;
    copy << maps.rdbuf();
    for (std::string line; std::getline(copy, line);) {
        std::size_t begin = 0, end = 0;
        char access[5] = {};
        if (sscanf(line.c_str(), "%zx-%zx %4s", &begin, &end, access) != 3 || access[0] != 'r' || access[1] != 'w')
            continue;
        void* buffer = mmap(nullptr, end - begin, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (buffer == MAP_FAILED) continue;
        const ssize_t size = pread(memory.get(), buffer, end - begin, static_cast<off_t>(begin));
        if (size > 0) {
            const ByteSpan bytes{static_cast<const std::uint8_t*>(buffer), static_cast<std::size_t>(size)};
            found.grants += count(bytes, grant_byte, 32);
            found.pins += count(
                bytes, [](std::size_t i) { return static_cast<std::uint8_t>(pin_digit(i)); }, kPin);
        }
        (void)munmap(buffer, end - begin);
    }
    return found;
}

TEST_F(PamTest, NoSecretIsLeftInMemory) {
    if (kSanitized) GTEST_SKIP() << "the sanitizer keeps freed memory";
    broker.expect([](Line& line) {
        if (!line.open<wire::Begin>()) return;
        line.say(prompt_of(wire::PromptStyle::echo_off, MessageId::enter_pin));
        const auto answer = line.hear<wire::Answer>();
        EXPECT_TRUE(answer && answer->text.size() == kPin);
        auto verdict = granted("alice");
        for (std::size_t i = 0; i < 32; ++i) verdict.grant.data()[i] = grant_byte(i);
        line.say(verdict);
    });
    Host host(broker, directory, kModule, "", "alice");
    host.will_type([](char* text) {
        for (std::size_t i = 0; i < kPin; ++i) text[i] = pin_digit(i);
        text[kPin] = '\0';
    });
    ASSERT_EQ(host.authenticate(), PAM_SUCCESS);
    broker.finish();
    Found found = search_memory();
    EXPECT_EQ(found.grants, 1U) << "the handle keeps one, or the search is blind";
    EXPECT_EQ(found.pins, 0U);
    EXPECT_EQ(host.set_credentials(PAM_DELETE_CRED), PAM_SUCCESS);
    EXPECT_EQ(search_memory().grants, 0U);
    host.end();
    found = search_memory();
    EXPECT_EQ(found.grants, 0U);
    EXPECT_EQ(found.pins, 0U);
}

TEST_F(PamTest, TheEndOfTheHandleWipesTheGrant) {
    if (kSanitized) GTEST_SKIP() << "the sanitizer keeps freed memory";
    broker.expect([](Line& line) {
        if (!line.open<wire::Begin>()) return;
        auto verdict = granted("alice");
        for (std::size_t i = 0; i < 32; ++i) verdict.grant.data()[i] = grant_byte(i);
        line.say(verdict);
    });
    Host host(broker, directory, kModule, "", "alice");
    ASSERT_EQ(host.authenticate(), PAM_SUCCESS);
    broker.finish();
    EXPECT_EQ(search_memory().grants, 1U);
    host.end();
    EXPECT_EQ(search_memory().grants, 0U);
}

}  // namespace
}  // namespace sekimori::test
