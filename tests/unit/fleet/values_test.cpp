// SPDX-License-Identifier: Apache-2.0
// What goes to the server and comes from it: addresses, arrays, base64. What comes is hostile.
#include <gtest/gtest.h>

#include "fleet/pq/target.hpp"
#include "fleet/pq/values.hpp"

namespace sekimori::fleet {
namespace {

Bytes argument(const Arguments& arguments, std::size_t index) {
    const char* data = arguments.pointers().at(index);
    const auto size = static_cast<std::size_t>(arguments.sizes().at(index));
    return Bytes(data, data + size);
}

TEST(Hosts, OneOrSeveralWithAndWithoutPort) {
    EXPECT_EQ(parse_hosts("db").value(), (std::vector<Host>{{"db", "5432"}}));
    EXPECT_EQ(parse_hosts("a:1,b.example:65535,10.0.0.1").value(),
              (std::vector<Host>{{"a", "1"}, {"b.example", "65535"}, {"10.0.0.1", "5432"}}));
    EXPECT_EQ(parse_hosts("[fd00::1]:5433,[::1]").value(), (std::vector<Host>{{"fd00::1", "5433"}, {"::1", "5432"}}));
}

TEST(Hosts, NothingThatMeansMoreToTheLibrary) {
    for (const char* bad : {"", ",", "a,", "a:", "a:0", "a:65536", "a:x", "a b", "/tmp", "@abstract", "a;b", "[::1",
                            "[::1]5", "a=b", "'x'", "a:1:2", "a,b,c,d,e,f,g,h,i"})
        EXPECT_FALSE(parse_hosts(bad)) << bad;
}

std::string value_of(const ConnectionWords& words, std::string_view keyword) {
    for (std::size_t i = 0; i < words.keywords.size(); ++i)
        if (words.keywords[i] == keyword) return words.values[i];
    return "absent";
}

TEST(Hosts, WordsLeaveNothingToTheEnvironment) {
    const Target target{{{"h", "1"}}, "d", "r", "ca", "cert", "key"};
    const auto words = words_for(target, target.hosts.front());
    const auto value = [&](std::string_view keyword) { return value_of(words, keyword); };
    EXPECT_EQ(value("sslmode"), "verify-full");
    EXPECT_EQ(value("target_session_attrs"), "read-write");
    for (const char* set :
         {"host", "port", "dbname", "user", "sslrootcert", "sslcert", "sslkey", "passfile", "service", "options"})
        EXPECT_NE(value(set), "absent") << set;
    EXPECT_EQ(words.keyword_pointers().back(), nullptr);
    EXPECT_EQ(words.keyword_pointers().size(), words.value_pointers().size());
}

// A connection that was idle ended with the first probe that was lost: thousands did, when a server was busy.
TEST(Hosts, ALostProbeDoesNotEndAConnection) {
    Target target{{{"h", "1"}}, "d", "r", "ca", "cert", "key"};
    const auto words = words_for(target, target.hosts.front());
    const auto seconds = [&](std::string_view keyword) { return std::stoi(value_of(words, keyword)); };
    EXPECT_EQ(value_of(words, "keepalives"), "1");
    EXPECT_GE(seconds("tcp_user_timeout") / 1000,
              seconds("keepalives_idle") + seconds("keepalives_interval") * seconds("keepalives_count"));
    target.probes = Target::Probes::off;
    EXPECT_EQ(value_of(words_for(target, target.hosts.front()), "keepalives"), "0");
}

TEST(Values, AnArrayIsReadAsItWasWritten) {
    const std::vector<Bytes> values{{1, 2, 3}, {}, Bytes(5000, 7)};
    const Bytes encoded = argument(Arguments().list(values), 0);
    const auto items = split_array(encoded);
    ASSERT_TRUE(items);
    ASSERT_EQ(items->size(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_TRUE(std::ranges::equal((*items)[i], values[i]));
    EXPECT_TRUE(split_array(argument(Arguments().list(std::vector<Bytes>{}), 0))->empty());
    const Bytes numbers = argument(Arguments().list(std::vector<std::int64_t>{-1, 2}), 0);
    EXPECT_EQ(Bytes((*split_array(numbers))[0].begin(), (*split_array(numbers))[0].end()), Bytes(8, 0xff));
}

TEST(Values, AnArrayThatIsCutOrLiesIsMalformed) {
    const Bytes good = argument(Arguments().list(std::vector<Bytes>{{1, 2, 3}, {4}}), 0);
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(split_array(ByteSpan(good).first(size))) << size;
    Bytes longer = good;
    longer.push_back(0);
    EXPECT_FALSE(split_array(longer));
    for (std::size_t at = 0; at < 20; ++at) {
        Bytes lies = good;
        lies[at] = 0xff;
        const auto items = split_array(lies);
        EXPECT_TRUE(!items || items->size() == 2) << at;
    }
}

TEST(Values, EmptyIsNotNull) {
    Arguments arguments;
    arguments.bytes({}).null_bytes();
    EXPECT_NE(arguments.pointers()[0], nullptr);
    EXPECT_EQ(arguments.pointers()[1], nullptr);
    EXPECT_EQ(arguments.count(), 2);
}

TEST(Values, RowsThatAreNotThere) {
    const Rows none;
    EXPECT_EQ(none.size(), 0);
    EXPECT_TRUE(none.null(0, 0));
    EXPECT_TRUE(none.bytes(0, 0).empty());
    EXPECT_FALSE(none.number(0, 0));
    EXPECT_FALSE(none.fixed<16>(0, 0));
    EXPECT_TRUE(none.list(0, 0)->empty());
}

TEST(Base64, KnownAnswers) {
    const auto text = [](std::string_view encoded) {
        const auto bytes = from_base64(encoded);
        return bytes ? std::string(bytes->begin(), bytes->end()) : std::string("refused");
    };
    EXPECT_EQ(text(""), "");
    EXPECT_EQ(text("Zg=="), "f");  // RFC 4648, 10
    EXPECT_EQ(text("Zm8="), "fo");
    EXPECT_EQ(text("Zm9v"), "foo");
    EXPECT_EQ(text("Zm9vYmFy"), "foobar");
    for (const char* bad : {"Z", "Zg", "Zg=", "Zg=g", "Zm9v\n", "Zm 9", "====", "Z===", "Zm9v=", "Zm8=Zm8="})
        EXPECT_EQ(text(bad), "refused") << bad;
}

}  // namespace
}  // namespace sekimori::fleet
