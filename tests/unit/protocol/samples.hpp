// SPDX-License-Identifier: Apache-2.0
// Every message of the schema, and what tests derive from its table of fields: a filled sample, raw fields to be put
// together wrongly. What is tested of each message is written over MessageInfo, once, and not as a template.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "protocol/schema.hpp"

namespace sekimori::wire::test {

enum class Shape : std::uint8_t { fixed, text, blob, list, item };

struct FieldInfo {
    std::uint16_t tag{};
    Shape shape{};
    std::uint64_t last{};                       // of an enum that has values beyond; else 0
    std::function<Result<SecureBytes>()> over;  // encodes the message with this field beyond its bound
};
struct MessageInfo {
    MessageType type{};
    Bytes sample;  // texts, blobs and lists as long as they may be, enums at their last value
    Bytes bare;    // nothing filled in
    std::vector<FieldInfo> fields;
    std::function<Result<Bytes>(ByteSpan)> read;  // decoded and encoded again
    std::function<bool(ByteSpan)> equals_sample;  // member by member
};
[[nodiscard]] const std::vector<MessageInfo>& messages();

struct Part {
    std::uint16_t tag;
    Bytes value;
};
// The fields of an encoded message, free to be changed.
[[nodiscard]] std::vector<Part> parts_of(ByteSpan message);
[[nodiscard]] Bytes put_together(MessageType type, const std::vector<Part>& parts);

}  // namespace sekimori::wire::test
