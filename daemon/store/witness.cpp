// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/witness.hpp"

#include <fcntl.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

namespace sekimori::daemon {
namespace {

class NoWitness final : public Witness {
  public:
    void tell(std::uint64_t, const std::string&, Millis) override {}
};

class JournalWitness final : public Witness {
  public:
    void tell(std::uint64_t seq, const std::string& head, Millis wall) override {
        const std::string message = "MESSAGE=audit head " + std::to_string(seq) + " " + head;
        const std::string seq_field = "SEKIMORI_AUDIT_SEQ=" + std::to_string(seq);
        const std::string head_field = "SEKIMORI_AUDIT_HEAD=" + head;
        const std::string time_field = "SEKIMORI_AUDIT_TIME=" + std::to_string(wall.count());
        const iovec fields[] = {part(message), part(seq_field), part(head_field), part(time_field)};
        failing_ = sd_journal_sendv(fields, 4) < 0;
    }

  private:
    static iovec part(const std::string& text) { return {const_cast<char*>(text.data()), text.size()}; }
};

// Opened anew for every line: a share may come and go, and a file may be rotated.
class FileWitness final : public Witness {
  public:
    explicit FileWitness(std::string path) : path_(std::move(path)) {}
    void tell(std::uint64_t seq, const std::string& head, Millis wall) override {
        const std::string line = std::to_string(seq) + " " + head + " " + std::to_string(wall.count()) + "\n";
        const UniqueFd fd(open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640));
        failing_ = !fd || write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size());
    }

  private:
    std::string path_;
};

}  // namespace

Result<std::unique_ptr<Witness>> make_witness(const std::string& where) {
    if (where.empty()) return std::make_unique<NoWitness>();
    if (where == "journal") return std::make_unique<JournalWitness>();
    if (where.front() != '/') return fail(ErrorCode::invalid_argument, "witness: not \"journal\" and no absolute path");
    return std::make_unique<FileWitness>(where);
}

}  // namespace sekimori::daemon
