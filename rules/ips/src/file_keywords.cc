#include <fmt/format.h>

#include <array>

#include "keyword.h"
#include "number_text.h"
#include "pattern_text.h"

namespace sekisho::rules {
namespace {

/// filename:"x", filemagic:!"x": found anywhere, whatever the case.
template <Field kField>
void read_text(RuleBuilder& builder, const RuleOption& option) {
  const auto quoted = split_quoted(option.value);
  Content content;
  content.pattern = content_bytes(quoted.inner);
  content.negated = quoted.negated;
  content.nocase = true;
  builder.add_to(kField, std::move(content), option.name);
}

/// fileext:"pdf": how the name ends.
void read_fileext(RuleBuilder& builder, const RuleOption& option) {
  const auto quoted = split_quoted(option.value);
  Content content;
  content.pattern = content_bytes(quoted.inner);
  content.pattern.insert(content.pattern.begin(), '.');
  content.negated = quoted.negated;
  content.nocase = true;
  content.ends_with = true;
  builder.add_to(Field::file_name, std::move(content), option.name);
}

/// filemd5:[!]list: a file of hexadecimal digests.
template <Field kField, DatasetTest::Type kType>
void read_digest_list(RuleBuilder& builder, const RuleOption& option) {
  auto name = option.value;
  const bool negated = take_prefix(name, "!");
  name = unquote(trim(name));
  if (name.empty()) refuse(option.value, fmt::format("{} names no list", option.name));
  DatasetTest test;
  test.name = fmt::format("{}:{}", option.name, name);
  test.type = kType;
  test.command = negated ? DatasetTest::Command::isnotset : DatasetTest::Command::isset;
  test.load = name;
  test.position = builder.position_of(option.name);
  builder.add_to(kField, std::move(test), option.name);
}

void read_filesize(RuleBuilder& builder, const RuleOption& option) {
  FieldNumberTest test{Field::file_size};
  test.test = number_test_of(option.value, UINT64_MAX);
  builder.rule.tests.emplace_back(std::move(test));
}

/// "", "to_server", "both,flow", ...
void read_filestore(RuleBuilder& builder, const RuleOption& option) {
  auto& rule = builder.rule;
  rule.store_file = true;
  builder.no_effects.emplace_back("filestore: a gateway keeps no files");
  for (const auto part : split(option.value, ',')) {
    if (part == "to_server" || part == "request")
      rule.store_direction = FieldDirection::to_server;
    else if (part == "to_client" || part == "response")
      rule.store_direction = FieldDirection::to_client;
    else if (part == "tx")
      rule.store_scope = Rule::StoreScope::transaction;
    else if (part == "flow" || part == "ssn")
      rule.store_scope = Rule::StoreScope::flow;
    else if (part != "both" && part != "file")
      refuse(part, fmt::format("unknown part \"{}\" of filestore", part));
  }
}

using V = KeywordValue;
using Type = DatasetTest::Type;
constexpr std::array kKeywords{
    Keyword{"filename", V::required, read_text<Field::file_name>},
    Keyword{"filemagic", V::required, read_text<Field::file_magic>},
    Keyword{"fileext", V::required, read_fileext},
    Keyword{"filemd5", V::required, read_digest_list<Field::file_md5, Type::md5>},
    Keyword{"filesha1", V::required, read_digest_list<Field::file_sha1, Type::sha1>},
    Keyword{"filesha256", V::required, read_digest_list<Field::file_sha256, Type::sha256>},
    Keyword{"filesize", V::required, read_filesize},
    Keyword{"filestore", V::optional, read_filestore},
};

}  // namespace

std::span<const Keyword> file_keywords() noexcept { return kKeywords; }

}  // namespace sekisho::rules
