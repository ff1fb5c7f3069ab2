// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/admin/fake_broker.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace sekimori::admin::test {
namespace {

// A stream into memory.
class Sink {
  public:
    Sink() : file_(open_memstream(&text_, &size_)) {}
    ~Sink() {
        std::fclose(file_);
        std::free(text_);
    }
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    [[nodiscard]] std::FILE* file() const { return file_; }
    [[nodiscard]] std::string text() const {
        std::fflush(file_);
        return {text_, size_};
    }

  private:
    char* text_{nullptr};
    std::size_t size_{0};
    std::FILE* file_;
};

}  // namespace

Pipe::Pipe() {
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
}

void Pipe::write(const std::string& text) const {
    if (::write(write_end.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::abort();
}

Run run(FakeBroker& broker, const std::vector<std::string>& arguments, int input, const Pipe* interrupt) {
    const Pipe never;
    const Interrupt from(UniqueFd(dup((interrupt == nullptr ? never : *interrupt).read_end.get())));
    const UniqueFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
    const Sink out;
    const Sink err;
    const Exit exit = run_command(arguments, broker, from, {input < 0 ? null.get() : input, out.file(), err.file()});
    return {exit, out.text(), err.text()};
}

}  // namespace sekimori::admin::test
