// SPDX-License-Identifier: Apache-2.0
// What a person is told whose finger is enrolled: what for, and how far it is.
#pragma once

#include <string>

#include "admin/session.hpp"

namespace sekimori::admin {

// Stage by stage, a line each, flushed; scripts wait on these lines.
class FingerView : public PlainView {
  public:
    using PlainView::PlainView;
    void progress(const wire::Progress& progress) override;
    void done() { line("done", "done", {}); }

  private:
    void line(const char* event, const std::string& human, const std::string& hint);
    unsigned stage_{0}, stages_{0};
};

enum class Notice : std::uint8_t { to_be_shown, accepted };

// Did the person accept what the fingerprint is for? Shows it and asks, unless that was done; a lab does not ask.
[[nodiscard]] Outcome<bool> notice_accepted(Session& session, Notice notice);

}  // namespace sekimori::admin
