// SPDX-License-Identifier: Apache-2.0
// sekimori backup, restore
#include "admin/files.hpp"
#include "admin/text.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

struct Options {
    std::string file;
};

Outcome<Exit> backup(Session& session, const Options& options) {
    auto file = NewFile::create(options.file);
    if (!file) return tl::unexpected<Failure>(file.error());
    const auto answer = session.command("backup", Json::object(), nullptr, file->fd());
    if (!answer) return tl::unexpected<Failure>(answer.error());
    if (const auto kept = file->keep(); !kept) return tl::unexpected<Failure>(kept.error());
    session.show(*answer, [&](const Json& done) {
        return fill(tr("{file}: {bytes} bytes, encrypted. Without its passphrase nobody can read it."),
                    {{"file", options.file}, {"bytes", text_at(done, "bytes")}}) +
               "\n";
    });
    return Exit::done;
}

Outcome<Exit> restore(Session& session, const Options& options) {
    const auto file = open_file(options.file);
    if (!file) return tl::unexpected<Failure>(file.error());
    return act_and_show(
        session, "restore", Json::object(),
        [](const Json& done) {
            return fill(tr("Restored. Denials newer than the backup were kept: {kept}."),
                        {{"kept", std::to_string(number_at(done, "kept_denials"))}}) +
                   "\n";
        },
        file->get());
}

}  // namespace

void add_backup(CLI::App& root, Session& session) {
    const auto saving = add_verb<Options>(root, "backup", "Everything into one encrypted file");
    saving.app->add_option("FILE", saving.options->file)->required();
    on(saving, session, backup);
    const auto restoring = add_verb<Options>(root, "restore", "Everything back from it; no denial is lowered");
    restoring.app->add_option("FILE", restoring.options->file)->required();
    on(restoring, session, restore);
}

}  // namespace sekimori::admin
