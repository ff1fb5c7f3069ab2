// SPDX-License-Identifier: Apache-2.0
// backup and restore: the passphrase comes over the dialogue, the file from the caller, opened with the caller's
// rights.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "daemon/admin/verbs.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::size_t kMaxBackup = std::size_t{256} * 1024 * 1024;
constexpr std::size_t kLeastPassphrase = 12;

Status write_all(int fd, ByteSpan bytes) {
    while (!bytes.empty()) {
        const ssize_t n = write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return fail(errno == ENOSPC ? ErrorCode::full : ErrorCode::io, "the backup could not be written");
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    if (fsync(fd) != 0) return fail(ErrorCode::io, "the backup could not be written");
    return {};
}

Result<SecureBytes> read_all(int fd) {
    struct stat info {};
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return fail(ErrorCode::invalid_argument, "that is not a file");
    if (info.st_size <= 0 || static_cast<std::size_t>(info.st_size) > kMaxBackup)
        return fail(ErrorCode::too_large, "that is not a backup");
    SecureBytes bytes(static_cast<std::size_t>(info.st_size));
    std::size_t used = 0;
    while (used < bytes.size()) {
        const ssize_t n = pread(fd, bytes.data() + used, bytes.size() - used, static_cast<off_t>(used));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return fail(ErrorCode::io, "the backup could not be read");
        used += static_cast<std::size_t>(n);
    }
    return bytes;
}

Json head_of(const Broker& broker) {
    const LedgerHead head = broker.store.head();
    return {{"seq", head.seq}, {"hash", head.hash}};
}

class FileTask final : public CommandTask {
  public:
    enum class Way : std::uint8_t { out, in };
    FileTask(CommandRun& run, Arguments& arguments, Way way) : run_(run), way_(way) {
        auto problem = arguments.problem();
        struct stat info {};
        if (!problem && (run.file() < 0 || fstat(run.file(), &info) != 0 || !S_ISREG(info.st_mode)))
            problem = Refusal{"invalid_argument", "this verb needs a regular file", ""};
        start_ = soon([this, problem] {
            if (problem) return run_.done(tl::unexpected<Refusal>(*problem));
            run_.dialogue().ask(
                {way_ == Way::out ? MessageId::new_passphrase : MessageId::enter_passphrase, 0, {}, {}, {}},
                wire::PromptStyle::echo_off,
                [this](wire::AnswerStatus status, const SecureBytes& passphrase) { go(status, passphrase); });
        });
    }

  private:
    void go(wire::AnswerStatus status, const SecureBytes& passphrase) {
        if (status != wire::AnswerStatus::given) return run_.done(refuse(Denied{Reason::cancelled}));
        if (way_ == Way::out && passphrase.size() < kLeastPassphrase)
            return run_.done(refuse(ErrorCode::invalid_argument, "a passphrase has at least 12 characters"));
        Reply reply = way_ == Way::out ? write_backup(passphrase) : read_backup(passphrase);
        run_.record(std::nullopt, std::nullopt, reply);
        run_.done(std::move(reply));
    }
    Reply write_backup(const SecureBytes& passphrase) {
        const auto bytes = run_.broker().store.backup(passphrase.span());
        if (!bytes) return refuse(bytes.error());
        if (auto written = write_all(run_.file(), bytes->span()); !written) return refuse(written.error());
        return whole({{"bytes", bytes->size()}, {"ledger", head_of(run_.broker())}});
    }
    Reply read_backup(const SecureBytes& passphrase) {
        Broker& broker = run_.broker();
        const auto bytes = read_all(run_.file());
        if (!bytes) return refuse(bytes.error());
        if (auto restored = broker.store.restore(bytes->span(), passphrase.span(), run_.actor()); !restored)
            return refuse(restored.error());
        broker.refresh_ledger();
        // What the merged ledger denies ends here as well.
        std::uint64_t denials = 0;
        for (const CardRecord& card : broker.store.cards()) {
            if (card.state == CardState::active) continue;
            ++denials;
            broker.denied(std::nullopt, card.id);
        }
        return whole({{"ledger", head_of(broker)}, {"kept_denials", denials}});
    }
    CommandRun& run_;
    Way way_;
    Source start_;
};

}  // namespace

std::unique_ptr<CommandTask> backup(CommandRun& run, Arguments& arguments) {
    return std::make_unique<FileTask>(run, arguments, FileTask::Way::out);
}
std::unique_ptr<CommandTask> restore(CommandRun& run, Arguments& arguments) {
    return std::make_unique<FileTask>(run, arguments, FileTask::Way::in);
}

}  // namespace sekimori::daemon
