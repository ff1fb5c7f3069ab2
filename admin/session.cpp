// SPDX-License-Identifier: Apache-2.0
#include "admin/session.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "admin/text.hpp"
#include "admin/times.hpp"

namespace sekimori::admin {
namespace {

Outcome<Session::Answer> parsed(Outcome<std::string> text) {
    if (!text) return tl::unexpected<Failure>(std::move(text.error()));
    Json json = parse_json(*text);
    if (!json.is_object()) return refuse("malformed", "The broker's answer is not understood.");
    return Session::Answer{std::move(*text), std::move(json)};
}

}  // namespace

bool Session::has_terminal() const noexcept { return isatty(streams_.input) != 0; }

Outcome<Session::Answer> Session::query(const std::string& verb, const Json& arguments) {
    return parsed(broker_.query(verb, arguments));
}

Outcome<Session::Answer> Session::list(const std::string& verb, Json arguments) {
    auto all = query(verb, arguments);
    if (!all || !true_at(all->json, "more")) return all;
    Json items = Json::array();
    Json page = all->json;
    for (;;) {
        for (const Json& item : items_of(page)) items.push_back(item);
        if (!true_at(page, "more")) break;
        const std::string next = text_at(page, "next");
        if (next.empty() || next == text_at(arguments, "after"))
            return refuse("malformed", "The broker's answer is not understood.");
        arguments["after"] = next;
        auto answer = query(verb, arguments);
        if (!answer) return answer;
        page = std::move(answer->json);
    }
    all->json["items"] = std::move(items);
    all->json.erase("more");
    all->json.erase("next");
    all->text = write_json(all->json);
    return all;
}

Outcome<Session::Answer> Session::command(const std::string& verb, const Json& arguments, View* view, int file) {
    auto channel = broker_.command(verb, arguments, file);
    if (!channel) return tl::unexpected<Failure>(std::move(channel.error()));
    PlainView plain(*this);
    Dialogue dialogue(std::move(*channel), Answers{streams_.input, pin_fd}, interrupt_,
                      view == nullptr ? static_cast<View&>(plain) : *view);
    return parsed(dialogue.run());
}

Outcome<std::unique_ptr<Session::Held>> Session::hold(const std::string& verb, const Json& arguments) {
    auto channel = broker_.command(verb, arguments, -1);
    if (!channel) return tl::unexpected<Failure>(std::move(channel.error()));
    auto held = std::make_unique<Held>(*this, std::move(*channel), Answers{streams_.input, pin_fd}, interrupt_);
    if (auto begun = held->begin(); !begun) return tl::unexpected<Failure>(std::move(begun.error()));
    return held;
}

Outcome<bool> Session::confirm(const std::string& question) {
    const auto line = ask(question);
    if (!line) return tl::unexpected<Failure>(line.error());
    return *line == "y" || *line == "yes";
}

Outcome<std::string> Session::ask(const std::string& question) {
    const auto line = ask_line(question, Echo::on);
    if (!line) return tl::unexpected<Failure>(line.error());
    return std::string(line->view());
}

Outcome<SecureBytes> Session::ask_line(const std::string& question, Echo echo) {
    err(question);
    LineReader reader(streams_.input, echo);
    for (;;) {
        std::array<pollfd, 2> waits{pollfd{interrupt_.fd(), POLLIN, 0}, pollfd{reader.fd(), POLLIN, 0}};
        if (poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return cancelled();
        if (waits[0].revents != 0) return cancelled();
        if (waits[1].revents == 0) continue;
        auto line = reader.on_readable();
        if (!line) return cancelled();
        if (*line) return std::move(**line);
    }
}

Pause Session::pause(std::chrono::milliseconds time) const {
    pollfd wait{interrupt_.fd(), POLLIN, 0};
    return poll(&wait, 1, static_cast<int>(time.count())) > 0 ? Pause::interrupted : Pause::over;
}

void Session::show(const Answer& answer, const Renderer& renderer) {
    out(format == Format::json ? answer.text + "\n" : renderer(answer.json));
}

void Session::out(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), streams_.out);
    std::fflush(streams_.out);
}

Outcome<Exit> Session::written() const {
    if (std::ferror(streams_.out) != 0) return refuse("io", "The output could not be written; it is not whole.");
    return Exit::done;
}

void Session::err(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), streams_.err);
    std::fflush(streams_.err);
}

Exit Session::show(const Failure& failure) {
    if (format == Format::json) {
        const Json object{{"error", {{"code", failure.code}, {"message", failure.message}, {"hint", failure.hint}}}};
        out(write_json(object) + "\n");
    } else {
        err("sekimori: " + printable(told(failure)) + "\n");
        if (!failure.hint.empty()) err("  " + printable(tr(failure.hint)) + "\n");
    }
    return failure.exit;
}

void PlainView::tell(const wire::Prompt& prompt) { session_.err(printable(text_of(prompt)) + "\n"); }

void PlainView::question(const wire::Prompt& prompt) {
    if (prompt.id == MessageId::enter_pin && prompt.number > 0)
        session_.err(fill(tr("{n} tries left on the card."), {{"n", std::to_string(prompt.number)}}) + "\n");
    session_.err(printable(text_of(prompt)));
}

void PlainView::again(const wire::Prompt& /*prompt*/) { session_.err(tr("The same again: ")); }

void PlainView::receipt(const wire::ReceiptFills& receipt) {
    if (session_.format == Format::json) return;
    session_.err(fill(tr("Confirmed by {a} of {b} terminals."),
                      {{"a", std::to_string(receipt.confirmed)}, {"b", std::to_string(receipt.terminals)}}) +
                 "\n");
}

void PlainView::differ() { session_.err(tr("They differ. Once more.") + "\n"); }

}  // namespace sekimori::admin
