#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "one_rule.h"

using namespace sekisho::rules;
using namespace sekisho::rules::test;

namespace {

std::string text_of(const Content& content) {
  return {content.pattern.begin(), content.pattern.end()};
}

}  // namespace

TEST_CASE("the bytes of a content are those that its text means") {
  const auto [text, bytes] = GENERATE(table<std::string, std::string>({
      {"abc", "abc"},
      {"a|20 41|b", "a Ab"},
      {"|61|62|63|", "a62c"},
      {"|0d0A|", "\r\n"},
      {"a\\;b\\\"c\\\\d\\:e", "a;b\"c\\d:e"},
      {"a:b", "a:b"},
      {"a;b", "a;b"},
  }));
  CAPTURE(text);
  CHECK(text_of(element_of<Content>(with("content:\"" + text + "\";"))) == bytes);
  CHECK(element_of<Content>(with("content:!\"" + text + "\";")).negated);
  CHECK(element_of<Content>(with("content: ! \"" + text + "\" ;")).negated);
}

TEST_CASE("contents and modifiers that contradict themselves are refused") {
  const auto [options, reason] = GENERATE(table<std::string, std::string>({
      {"content:\"\";", "a content is empty"},
      {"content:\"a|0|\";", "an odd number of hex digits"},
      {"content:\"a|0g|\";", "\"g\" is no hex digit"},
      {"content:\"a|00\";", "\"|\" without its second one"},
      {"content:\"a\\b\";", "only \\ \" ; : can stand behind a backslash"},
      {"content:abc;", "a text in double quotes is missing"},
      {"content:\"abc;", "the closing double quote is missing"},
      {"nocase;", "nocase stands behind no content"},
      {"content:\"a\"; nocase:1;", "nocase takes no value"},
      {"content:\"a\"; depth;", "depth needs a value"},
      {"content:\"abc\"; depth:2;", "a content of 3 bytes cannot be found within a depth of 2"},
      {"content:\"abc\"; within:2;", "a content of 3 bytes cannot be found within 2 bytes"},
      {"content:\"a\"; depth:5; depth:6;", "depth is given twice for one content"},
      {"content:\"a\"; offset:1; distance:1;",
       "a content has both offset or depth and distance or within"},
      {"content:\"a\"; startswith; offset:1;",
       "startswith excludes offset, depth, distance and within"},
      {"content:\"a\"; fast_pattern; content:\"b\"; fast_pattern;",
       "fast_pattern stands behind two contents"},
      {"content:\"abc\"; fast_pattern:1,3;",
       "fast_pattern:1,3 reaches beyond the 3 bytes of its content"},
      {"content:!\"abc\"; fast_pattern:only;",
       "fast_pattern:only is about a content without place and negation"},
      {"content:!\"abc\"; offset:1; fast_pattern;",
       "a negated content with a place cannot be the fast pattern"},
      {"content:\"a\"; depth:x;", "\"x\" is neither a number nor a variable set before"},
      {"http.uri; content:\"abc\"; bsize:2;",
       "a content of 3 bytes does not fit into a buffer of 2"},
      {"http.uri; content:\"abc\"; bsize:<3;",
       "a content of 3 bytes does not fit into a buffer of 2"},
      {"content:\"a\"; replace:\"b\";", "replace is not supported: payloads are not rewritten"},
      {"http.uri; content:\"a\"; content:\"b\"; http_header;",
       "http_header stands behind a content of http.uri"},
      {"content:\"a\"; to_md5;", "to_md5 stands behind no buffer"},
      {"http.uri; absent; content:\"a\";",
       "a buffer that must be absent cannot be tested (absent: or_else)"},
      {"base64_data; content:\"a\";", "base64_data without base64_decode"},
      {"lua:x.lua;", "lua is not supported: no scripts run on the packet path"},
  }));
  CAPTURE(options);
  CHECK(refusal_with(options) == reason);
}

TEST_CASE("modifiers are about the last content") {
  const auto rule = with(
      "content:\"abcd\"; offset:3; depth:10; nocase; content:\"efgh\"; distance:-2; within:30; "
      "fast_pattern:1,2; endswith;");
  const auto& first = element_of<Content>(rule);
  CHECK((first.has_offset && first.offset.value == 3 && first.depth.value == 10 && first.nocase));
  const auto& second = element_of<Content>(rule, 0, 1);
  CHECK((second.distance.value == -2 && second.within.value == 30 && second.is_relative()));
  CHECK((second.fast_pattern && second.chop_offset == 1 && second.chop_length == 2));
  CHECK(second.ends_with);
}

TEST_CASE("legacy modifiers move their content into its buffer") {
  const auto rule = with(
      "content:\"GET\"; http_method; content:\"/a\"; http_uri; nocase; content:\"/b\"; http_uri; "
      "distance:0; pcre:\"/x+/Ui\"; content:\"raw\"; isdataat:5,relative;");
  REQUIRE(rule.buffers.size() == 3);
  CHECK(rule.buffers[0].field == Field::payload);
  CHECK(rule.buffers[0].elements.size() == 2);
  CHECK(rule.buffers[1].field == Field::http_method);
  CHECK(rule.buffers[2].field == Field::http_uri);
  CHECK(rule.buffers[2].elements.size() == 3);
  CHECK(element_of<Content>(rule, 2, 0).nocase);
  CHECK(element_of<Content>(rule, 2, 1).has_distance);
  CHECK(element_of<Pcre>(rule, 2, 2).options == PCRE2_CASELESS);
}

TEST_CASE("a relative test follows the buffer of the test before it") {
  const auto rule = with("content:\"/a\"; http_uri; isdataat:!1,relative;");
  REQUIRE(rule.buffers.size() == 1);
  CHECK(rule.buffers[0].field == Field::http_uri);
  CHECK(element_of<IsDataAt>(rule, 0, 1).negated);
}

TEST_CASE("a buffer named twice is one, a list's is another value each time") {
  const auto uri =
      with("http.uri; content:\"a\"; http.host; content:\"b\"; http.uri; content:\"c\";");
  REQUIRE(uri.buffers.size() == 2);
  CHECK(uri.buffers[0].elements.size() == 2);
  CHECK(with("dns.query; content:\"a\"; dns.query; content:\"b\";").buffers.size() == 2);
  const auto back = with("content:\"p\"; file_data; content:\"a\"; pkt_data; content:\"q\";");
  REQUIRE(back.buffers.size() == 2);
  CHECK(back.buffers[0].elements.size() == 2);
}

TEST_CASE("transforms belong to their buffer, and one behind a test begins another") {
  const auto rule = with(
      "http.uri; content:\"x=\"; from_base64:offset 6, mode rfc4648; content:\"this\"; "
      "http.uri; content:\"y\";");
  REQUIRE(rule.buffers.size() == 2);
  CHECK(rule.buffers[0].transforms.empty());
  CHECK(rule.buffers[0].elements.size() == 2);
  REQUIRE(rule.buffers[1].transforms.size() == 1);
  CHECK(rule.buffers[1].transforms[0].kind == Transform::Kind::from_base64);
  CHECK(rule.buffers[1].transforms[0].from == 6);
  const auto keyed = with("http.request_body; xor:offset 4,extract 2 1; content:\"a\";");
  const auto& key = keyed.buffers[0].transforms[0];
  CHECK((key.from == 4 && key.key_bytes == 2 && key.key_offset == 1 && key.key.empty()));
  const auto slice = with("http.uri; subslice:-11, -6, truncate; content:\"a\";");
  CHECK((slice.buffers[0].transforms[0].from == -11 && slice.buffers[0].transforms[0].truncate));
  CHECK_FALSE(refusal_with("http.uri; xor:\"0\"; content:\"a\";").empty());
  CHECK_FALSE(refusal_with("http.uri; pcrexform:\"(\"; content:\"a\";").empty());
}

TEST_CASE("expressions are checked, their flags and names read") {
  const auto rule = with("content:\"a\"; pcre:\"/(?P<flow_user>a+)b(c)/smRG, pkt:other\";");
  const auto& pcre = element_of<Pcre>(rule, 0, 1);
  CHECK(pcre.relative);
  CHECK(pcre.options == (PCRE2_DOTALL | PCRE2_MULTILINE | PCRE2_UNGREEDY));
  CHECK(pcre.captures == std::vector<std::string>{"flow:user"});
  CHECK(element_of<Pcre>(with("pcre:\"/a(b)/, alert:x\";")).captures ==
        std::vector<std::string>{"alert:x"});
  CHECK(element_of<Pcre>(with("pcre:!\"/a\\/b\\\"c/\";")).negated);
  CHECK(refusal_with("pcre:\"/a(/\";").starts_with("regular expression: "));
  CHECK(refusal_with("pcre:\"/a/k\";") == "unknown flag \"k\" of pcre");
  CHECK(refusal_with("pcre:\"/a/UH\";") == "pcre flags name two HTTP fields");
  CHECK(refusal_with("pcre:\"a\";") == "a pcre stands between two \"/\"");
  CHECK(refusal_with("pcre:\"/a/, flow:x\";") == "1 names for 0 groups");
}

TEST_CASE("byte_test and its kin take all their parts") {
  const auto test =
      element_of<ByteTest>(with("byte_test:4,!&,0x80,-8,relative,little,bitmask 0xff00;"));
  CHECK((test.comparison == Comparison::bits_any && test.negated && test.value.value == 0x80));
  CHECK((test.source.offset.value == -8 && test.source.relative));
  CHECK((test.source.base == NumberBase::binary_little && test.source.bitmask == 0xff00));
  CHECK(element_of<ByteTest>(with("byte_test:0,>,255,0,string,dec,relative;")).source.base ==
        NumberBase::decimal);
  const auto jump =
      element_of<ByteJump>(with("byte_jump:2,1,multiplier 3,align,from_beginning,post_offset -4;"));
  CHECK(
      (jump.multiplier == 3 && jump.align && jump.from_beginning && jump.post_offset.value == -4));
  const auto rule = with(
      "byte_extract:2,0,len,relative,multiplier 2; byte_math:bytes 1, offset 1, oper <<, rvalue "
      "len, result twice, endian little; content:\"a\"; within:twice; byte_test:1,=,len,0;");
  CHECK(rule.num_variables == 2);
  CHECK(element_of<ByteMath>(rule, 0, 1).right.variable == 0);
  CHECK(element_of<Content>(rule, 0, 2).within.variable == 1);
  CHECK(element_of<ByteTest>(rule, 0, 3).value.variable == 0);
  const auto [options, reason] = GENERATE(table<std::string, std::string>({
      {"byte_test:9,>,1,0;", "9 bytes cannot be read as one number (at most 8)"},
      {"byte_test:0,>,1,0;", "0 bytes cannot be read as one number (at most 8)"},
      {"byte_test:1,~,1,0;", "\"~\" is no operator of byte_test"},
      {"byte_test:1,>,1;", "byte_test takes count, operator, value, offset, ..."},
      {"byte_test:1,>,1,0,hex;", "hex, dec and oct need \"string\""},
      {"byte_test:1,>,1,0,string string;", "unknown part \"string string\" of byte_test"},
      {"byte_test:1,>,1,0,upside;", "unknown part \"upside\" of byte_test"},
      {"byte_extract:1,0,5;", "\"5\" cannot name a variable"},
      {"byte_math:bytes 1, offset 0, oper /, rvalue 0, result x;", "byte_math divides by zero"},
      {"byte_math:bytes 1, offset 0, oper +, rvalue 1;", "byte_math names no result"},
      {"isdataat:later;", "\"later\" is neither a number nor a variable set before"},
  }));
  CAPTURE(options);
  CHECK(refusal_with(options) == reason);
}

TEST_CASE("a rule has a bounded number of variables") {
  std::string options;
  for (std::size_t i = 0; i < kMaxRuleVariables; ++i)
    options += "byte_extract:1,0,v" + std::to_string(i) + ";";
  CHECK(with(options).num_variables == kMaxRuleVariables);
  CHECK(refusal_with(options + "byte_extract:1,0,one_more;") == "more than 16 variables");
}
