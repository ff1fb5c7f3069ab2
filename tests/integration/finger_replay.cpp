// SPDX-License-Identifier: Apache-2.0
// The libfprint adapter alone, on whatever sensor there is, without the list of allowed drivers and without settling:
// begins an enrolment, says on stdout what the sensor reports, a word a line, and ends after the first picture.
#include <stdio.h>

#include "biometric/fprint/context.hpp"
#include "biometric/fprint/sensor.hpp"

namespace {

using namespace sekimori;
using namespace sekimori::biometric;

class Observer final : public PortSink {
  public:
    explicit Observer(BiometricPort& port) : port_(port) { port.set_sink(*this); }
    void on_event(Event event) override {
        if (std::holds_alternative<Opened>(event)) {
            puts("opened");
            port_.scan(Purpose::enrol, Continuation::fresh);
        } else if (const auto* seen = std::get_if<SurfaceSeen>(&event)) {
            puts(seen->surface == Surface::finger ? "finger" : (seen->surface == Surface::empty ? "empty" : "busy"));
        } else if (std::holds_alternative<StageAccepted>(event)) {
            puts("stage");
            port_.cancel_scan();
        } else if (std::holds_alternative<Retried>(event)) {
            puts("retry");
            port_.cancel_scan();
        } else if (const auto* ended = std::get_if<ScanEnded>(&event)) {
            puts(ended->fault ? "fault" : "ended");
            port_.close();
        } else if (std::holds_alternative<Closed>(event)) {
            puts("closed");
            done = true;
        } else if (std::holds_alternative<OpenFailed>(event)) {
            puts("not opened");
            done = true;
        }
    }
    void on_scanners_changed() override {}
    bool done{false};

  private:
    BiometricPort& port_;
};

}  // namespace

int main() {
    fprint::Context context([](std::string_view driver) -> Result<const Driver*> { return find_driver(driver); },
                            [](const std::string&) {});
    fprint::Sensor sensor(context);
    for (const auto& scanner : sensor.scanners()) printf("scanner %s\n", scanner.driver.c_str());
    Observer observer(sensor);
    sensor.open();
    while (!observer.done) g_main_context_iteration(nullptr, TRUE);
    return 0;
}
