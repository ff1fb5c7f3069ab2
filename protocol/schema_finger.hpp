// SPDX-License-Identifier: Apache-2.0
// The schema, part three: the finger worker.
#pragma once

#include "protocol/schema_types.hpp"

namespace sekimori::wire {

enum class Modality : std::uint8_t { fingerprint, vein, face };
enum class RetryHint : std::uint8_t { general, too_short, center, remove_finger };
enum class OnChip : std::uint8_t { no, yes };
enum class FingerFault : std::uint8_t {
    no_scanner,
    gone,
    timeout,
    busy,
    too_hot,
    bad_template,
    already_there,
    refused,
    internal
};

struct Scanner {
    std::string driver, device_id, usb;  // usb: "vid:pid" or empty
    std::uint8_t stages{};
    Modality modality{};
    OnChip on_chip{};
    static constexpr auto kFields =
        std::tuple{field<1>(&Scanner::driver, 64), field<2>(&Scanner::device_id, 128), field<3>(&Scanner::usb, 32),
                   field<4>(&Scanner::stages),     field<5>(&Scanner::modality),       field<6>(&Scanner::on_chip)};
};
// All scanners that are allowed, after the welcome and at every change. The first one is used.
struct Scanners {
    static constexpr auto kType = MessageType::scanners;
    std::vector<Scanner> scanners;
    static constexpr auto kFields = std::tuple{field<1>(&Scanners::scanners, 8)};
};
// The gallery comes first, item by item (index 0, 1, ...), then the Verify that uses it. It is wiped with the request's
// end.
struct GalleryItem {
    static constexpr auto kType = MessageType::gallery_item;
    Request request{};
    std::uint8_t index{};
    SecureBytes data;
    static constexpr auto kFields = std::tuple{field<1>(&GalleryItem::request), field<2>(&GalleryItem::index),
                                               field<3>(&GalleryItem::data, 48 * 1024)};
};
inline constexpr std::uint8_t kMaxGallery = 10;
struct Verify {
    static constexpr auto kType = MessageType::verify;
    Request request{};
    std::uint8_t count{};
    std::uint32_t deadline_ms{};
    static constexpr auto kFields =
        std::tuple{field<1>(&Verify::request), field<2>(&Verify::count), field<3>(&Verify::deadline_ms)};
};
struct EnrolFinger {
    static constexpr auto kType = MessageType::enrol_finger;
    Request request{};
    std::uint32_t stage_deadline_ms{};
    static constexpr auto kFields =
        std::tuple{field<1>(&EnrolFinger::request), field<2>(&EnrolFinger::stage_deadline_ms)};
};
struct Stop {
    static constexpr auto kType = MessageType::stop;
    Request request{};
    static constexpr auto kFields = std::tuple{field<1>(&Stop::request)};
};
// The sensor is live and was seen empty: what is placed from now on counts. Only now the person is asked.
struct Armed {
    static constexpr auto kType = MessageType::armed;
    Request request{};
    static constexpr auto kFields = std::tuple{field<1>(&Armed::request)};
};
struct FingerRetry {
    static constexpr auto kType = MessageType::finger_retry;
    Request request{};
    RetryHint hint{};
    static constexpr auto kFields = std::tuple{field<1>(&FingerRetry::request), field<2>(&FingerRetry::hint)};
};
// Sent at match time, before the finger is lifted. Ends the request.
struct FingerMatched {
    static constexpr auto kType = MessageType::finger_matched;
    Request request{};
    std::uint8_t index{};
    static constexpr auto kFields = std::tuple{field<1>(&FingerMatched::request), field<2>(&FingerMatched::index)};
};
struct FingerNoMatch {  // ends the request
    static constexpr auto kType = MessageType::finger_no_match;
    Request request{};
    static constexpr auto kFields = std::tuple{field<1>(&FingerNoMatch::request)};
};
struct FingerFailed {  // ends the request
    static constexpr auto kType = MessageType::finger_failed;
    Request request{};
    FingerFault fault{};
    static constexpr auto kFields = std::tuple{field<1>(&FingerFailed::request), field<2>(&FingerFailed::fault)};
};
struct EnrolStage {
    static constexpr auto kType = MessageType::enrol_stage;
    Request request{};
    std::uint8_t stage{}, stages{};
    static constexpr auto kFields =
        std::tuple{field<1>(&EnrolStage::request), field<2>(&EnrolStage::stage), field<3>(&EnrolStage::stages)};
};
struct EnrolDone {  // ends the request
    static constexpr auto kType = MessageType::enrol_done;
    Request request{};
    Scanner scanner;
    SecureBytes data;
    static constexpr auto kFields =
        std::tuple{field<1>(&EnrolDone::request), field<2>(&EnrolDone::scanner), field<3>(&EnrolDone::data, 48 * 1024)};
};

// Bounds of the enums that travel.
template <>
inline constexpr std::uint64_t kLast<Modality> = static_cast<std::uint64_t>(Modality::face);
template <>
inline constexpr std::uint64_t kLast<RetryHint> = static_cast<std::uint64_t>(RetryHint::remove_finger);
template <>
inline constexpr std::uint64_t kLast<OnChip> = static_cast<std::uint64_t>(OnChip::yes);
template <>
inline constexpr std::uint64_t kLast<FingerFault> = static_cast<std::uint64_t>(FingerFault::internal);

}  // namespace sekimori::wire
