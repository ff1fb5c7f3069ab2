// SPDX-License-Identifier: Apache-2.0
// person.import: the rows come in a file, since tens of thousands of them fit into no message, and the report goes back
// behind them. Both passes go some rows at a time: first everything is planned and told, then, if it is wanted and
// nothing stands against it, written, each piece in one transaction. A run that was interrupted is made up for by the
// next one, to which the rows that were written are unchanged.
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/admin/import_plan.hpp"
#include "daemon/admin/verbs.hpp"
#include "daemon/store/fleet.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

constexpr off_t kMaxFile = off_t{64} << 20;
constexpr std::size_t kMaxLine = 16 * 1024;
constexpr std::size_t kAtOnce = 100;
constexpr std::uint64_t kMany = 64;  // people, of two entries and more

// The lines of a file that somebody else can write to meanwhile: bounded, and read by position.
class Lines {
  public:
    Lines(int fd, off_t end) : fd_(fd), end_(end) {}
    // nullopt: the end. Errors: too_large, io.
    [[nodiscard]] Result<std::optional<std::string>> next() {
        for (;;) {
            const std::size_t at = buffer_.find('\n', from_);
            if (std::min(at, buffer_.size()) - from_ > kMaxLine) return fail(ErrorCode::too_large, "a row is too long");
            if (at != std::string::npos) {
                std::string line = buffer_.substr(from_, at - from_);
                from_ = at + 1;
                return line;
            }
            buffer_.erase(0, from_);
            from_ = 0;
            if (position_ >= end_) {
                if (buffer_.empty()) return std::nullopt;
                return std::exchange(buffer_, {});
            }
            char block[16 * 1024];
            const auto want = static_cast<std::size_t>(std::min<off_t>(sizeof block, end_ - position_));
            const ssize_t got = pread(fd_, block, want, position_);
            if (got <= 0) return fail(ErrorCode::io, "the rows cannot be read");
            buffer_.append(block, static_cast<std::size_t>(got));
            position_ += got;
        }
    }

  private:
    int fd_;
    off_t end_, position_{0};
    std::string buffer_;
    std::size_t from_{0};
};

class ImportTask final : public CommandTask {
  public:
    ImportTask(CommandRun& run, Arguments& arguments)
        : run_(run),
          apply_(arguments.flag("apply")),
          ask_(arguments.flag("ask")),
          skip_conflicts_(arguments.flag("skip_conflicts")) {
        const auto problem = arguments.problem();
        step_ = soon([this, problem] {
            if (problem) return run_.done(tl::unexpected<Refusal>(*problem));
            begin();
        });
    }
    // Whoever leaves in the middle leaves what was written, and it is told.
    ~ImportTask() override {
        if (writing_) record();
    }
    ImportTask(const ImportTask&) = delete;
    ImportTask& operator=(const ImportTask&) = delete;
    ImportTask(ImportTask&&) = delete;
    ImportTask& operator=(ImportTask&&) = delete;

  private:
    void begin() {
        struct stat facts {};
        if (run_.file() < 0 || fstat(run_.file(), &facts) != 0 || !S_ISREG(facts.st_mode))
            return run_.done(refuse(ErrorCode::invalid_argument, "the rows have to come in a file"));
        if (facts.st_size > kMaxFile) return run_.done(refuse(ErrorCode::too_large, "the table is too large"));
        size_ = told_at_ = facts.st_size;
        start([this] { return plan_one(); }, [this] { planned(); });
    }
    // A pass over all rows, some at a time, then what comes after it.
    void start(std::function<Status()> one, std::function<void()> then) {
        plan_ = std::make_unique<ImportPlan>(run_.broker());
        lines_ = std::make_unique<Lines>(run_.file(), size_);
        one_ = std::move(one);
        then_ = std::move(then);
        at_end_ = false;
        next();
    }
    void next() {
        step_ = soon([this] {
            for (std::size_t i = 0; i < kAtOnce && !at_end_; ++i)
                if (const auto done = one_(); !done) return run_.done(refuse(done.error()));
            if (const auto done = flush(); !done) return run_.done(refuse(done.error()));
            if (!at_end_) return next();
            const auto then = then_;
            then();
        });
    }
    Result<std::optional<PlannedChange>> take() {
        for (;;) {
            const auto line = lines_->next();
            if (!line) return tl::unexpected<Error>(line.error());
            at_end_ = !line->has_value();
            if (at_end_) return std::nullopt;
            if (!(*line)->empty()) return plan_->plan(**line);
        }
    }
    Status plan_one() {
        const auto change = take();
        if (!change) return tl::unexpected<Error>(change.error());
        if (!*change) return {};
        if ((*change)->change) ++wanted_;
        ++counts_[static_cast<std::size_t>((*change)->kind)];
        if ((*change)->kind == ChangeKind::unchanged) return {};
        report_ += (*change)->told.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
        return {};
    }
    Status apply_one() {
        auto change = take();
        if (!change) return tl::unexpected<Error>(change.error());
        if (!*change) return {};
        // What was planned against people as they were; somebody else may have been at work since.
        if ((*change)->kind == ChangeKind::conflict && !skip_conflicts_)
            return fail(ErrorCode::refused, "people were changed meanwhile: look at it once more");
        if (!(*change)->change) return {};
        changes_.push_back(std::move(*(*change)->change));
        kinds_.push_back((*change)->kind);
        return {};
    }
    // What a piece of a pass has gathered.
    Status flush() {
        if (!report_.empty()) {
            const auto put = pwrite(run_.file(), report_.data(), report_.size(), told_at_);
            if (put != static_cast<ssize_t>(report_.size())) return fail(ErrorCode::io, "the report cannot be written");
            told_at_ += put;
            report_.clear();
        }
        if (changes_.empty()) return {};
        const auto ids = run_.broker().store.change_people(changes_, run_.actor());
        if (!ids) return tl::unexpected<Error>(ids.error());
        applied_ += changes_.size();
        Status recorded = record_each(*ids);
        changes_.clear();
        kinds_.clear();
        tell_tenths();
        return recorded;
    }
    // Whose record was changed, by whom and how: an event a person, as if each had been changed by hand.
    Status record_each(const std::vector<PersonId>& ids) {
        std::vector<AuditEvent> events;
        for (std::size_t i = 0; i < ids.size(); ++i)
            events.push_back({"person.import", "", run_.actor().where, run_.actor().person, std::nullopt, ids[i], true,
                              name_of(kinds_[i])});
        return run_.broker().store.append_all(events);
    }
    // Of what was planned; tens of thousands take minutes.
    void tell_tenths() {
        const auto tenth = static_cast<std::uint8_t>(std::min<std::uint64_t>(applied_ * 10 / wanted_, 10));
        if (tenth == told_tenth_) return;
        told_tenth_ = tenth;
        run_.progress(wire::ProgressEvent::stage, tenth, 10, MessageId::none);
    }
    [[nodiscard]] std::uint64_t count(ChangeKind kind) const { return counts_[static_cast<std::size_t>(kind)]; }
    void planned() {
        not_named_ = plan_->not_named();
        const std::uint64_t conflicts = count(ChangeKind::conflict);
        if (!apply_ || wanted_ == 0 || (conflicts != 0 && !skip_conflicts_)) return finish();
        // What a member has made is nobody yet: planned again before its entries are here, it would be made twice.
        if (const FleetStore* fleet = run_.broker().store.fleet(); fleet != nullptr && fleet->facts().queued != 0)
            return run_.done(refuse(ErrorCode::busy, "what was made here before is still on its way to the fleet"));
        run_.progress(wire::ProgressEvent::ready, 0, 0, MessageId::none);  // the report may be read
        if (!ask_) return write_all();
        // The command knows what it asks for; only the answer is the broker's.
        run_.dialogue().ask({MessageId::none, 0, {}, {}, {}}, wire::PromptStyle::echo_on,
                            [this](wire::AnswerStatus status, const SecureBytes& answer) {
                                const bool yes = status == wire::AnswerStatus::given &&
                                                 (answer.view() == "y" || answer.view() == "yes");
                                if (!yes) return run_.done(refuse(Denied{Reason::cancelled}));
                                write_all();
                            });
    }
    void write_all() {
        writing_ = true;
        start([this] { return apply_one(); }, [this] { keep(); });
    }
    // What was made of many is kept for the next start before that is answered: a broker that was killed before
    // housekeeping looks, within a minute, would verify all of it anew. Step by step, as the rest.
    void keep() {
        if (applied_ < kMany) return finish();
        step_ = soon([this] {
            const auto cared = run_.broker().store.care_for_ledger(Keep::in_time);
            if (cared && *cared == Care::more) return keep();
            finish();  // without it the next start is slow, no more; what is wrong with it housekeeping says
        });
    }
    void finish() {
        Json answer{{"applied", applied_}, {"not_named", not_named_}, {"report_at", size_}};
        for (const ChangeKind kind : {ChangeKind::unchanged, ChangeKind::join, ChangeKind::move, ChangeKind::rename,
                                      ChangeKind::leave, ChangeKind::update, ChangeKind::conflict})
            answer[name_of(kind)] = count(kind);
        answer["dry_run"] = !apply_;
        answer["refused"] = apply_ && count(ChangeKind::conflict) != 0 && !skip_conflicts_;
        if (apply_) record();
        run_.done(whole(std::move(answer)));
    }
    // The sum; each person's own event stands there already.
    void record() {
        writing_ = false;
        AuditEvent event;
        event.what = "person.import";
        event.where = run_.actor().where;
        event.who = run_.actor().person;
        event.success = applied_ == wanted_ && (count(ChangeKind::conflict) == 0 || skip_conflicts_);
        event.reason = "applied " + std::to_string(applied_) + " of " + std::to_string(wanted_);
        if (const auto stored = run_.broker().store.append(event); !stored)
            log_error("an import could not be recorded: {}", stored.error().message);
    }

    CommandRun& run_;
    bool apply_{}, ask_{}, skip_conflicts_{}, writing_{}, at_end_{};
    off_t size_{0}, told_at_{0};
    std::unique_ptr<ImportPlan> plan_;
    std::unique_ptr<Lines> lines_;
    std::function<Status()> one_;
    std::function<void()> then_;
    std::array<std::uint64_t, 7> counts_{};
    std::size_t not_named_{0};
    std::string report_;
    std::vector<PersonChange> changes_;
    std::vector<ChangeKind> kinds_;  // of those
    std::uint64_t wanted_{0}, applied_{0};
    std::uint8_t told_tenth_{0};
    Source step_;
};

}  // namespace

std::unique_ptr<CommandTask> person_import(CommandRun& run, Arguments& arguments) {
    return std::make_unique<ImportTask>(run, arguments);
}

}  // namespace sekimori::daemon
