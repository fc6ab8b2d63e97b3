#include <fmt/format.h>

#include <array>

#include "keyword.h"
#include "pattern_text.h"
#include "regex_door.h"

namespace sekisho::rules {
namespace {

using Kind = Transform::Kind;
constexpr std::size_t kMostXorKeyBytes = 255;
constexpr std::int64_t kMostUnpackedBytes = std::int64_t{16} << 20;

Transform plain(Kind kind) {
  Transform transform{};
  transform.kind = kind;
  return transform;
}

template <Kind kKind>
void read_plain(RuleBuilder& builder, const RuleOption& option) {
  builder.add_transform(plain(kKind), option.name);
}

/// "0d0ac8ff", or "offset N, extract BYTES AT": the key is in the buffer.
void read_xor(RuleBuilder& builder, const RuleOption& option) {
  auto transform = plain(Kind::xor_key);
  if (option.value.starts_with('"')) {
    transform.key = hex_bytes(split_quoted(option.value).inner);
    if (transform.key.empty() || transform.key.size() > kMostXorKeyBytes)
      refuse(option.value, fmt::format("an xor key has 1 to {} bytes", kMostXorKeyBytes));
    return builder.add_transform(std::move(transform), option.name);
  }
  for (const auto part : split(option.value, ',')) {
    const auto pieces = words(part);
    if (pieces.size() == 2 && pieces[0] == "offset") {
      transform.from = static_cast<std::int64_t>(unsigned_of(pieces[1], 0, UINT32_MAX));
    } else if (pieces.size() == 3 && pieces[0] == "extract") {
      transform.key_bytes = static_cast<std::uint32_t>(unsigned_of(pieces[1], 1, kMostXorKeyBytes));
      transform.key_offset = static_cast<std::uint32_t>(unsigned_of(pieces[2], 0, UINT32_MAX));
    } else {
      refuse(part, fmt::format("unknown part \"{}\" of xor", part));
    }
  }
  if (transform.key_bytes == 0) refuse(option.value, "xor has no key");
  builder.add_transform(std::move(transform), option.name);
}

void read_pcrexform(RuleBuilder& builder, const RuleOption& option) {
  auto transform = plain(Kind::pcrexform);
  const auto inner = split_quoted(option.value).inner;
  check_regex(inner, 0);
  transform.pattern = inner;
  builder.add_transform(std::move(transform), option.name);
}

std::uint8_t base64_mode(std::string_view name) {
  if (equals_nocase(name, "rfc4648")) return 0;
  if (equals_nocase(name, "rfc2045")) return 1;
  if (equals_nocase(name, "strict")) return 2;
  refuse(name, fmt::format("\"{}\" is none of rfc4648, rfc2045, strict", name));
}

void read_from_base64(RuleBuilder& builder, const RuleOption& option) {
  auto transform = plain(Kind::from_base64);
  for (const auto whole : split(option.value, ',')) {
    auto part = whole;
    const auto name = take_word(part);
    if (name == "offset") {
      transform.from = static_cast<std::int64_t>(unsigned_of(part, 0, 65535));
    } else if (name == "bytes") {
      transform.count = static_cast<std::int64_t>(unsigned_of(part, 1, 65535));
      transform.has_count = true;
    } else if (name == "mode") {
      transform.base64_mode = base64_mode(part);
    } else {
      refuse(whole, fmt::format("unknown part \"{}\" of from_base64", whole));
    }
  }
  builder.add_transform(std::move(transform), option.name);
}

/// "begin[, end][, truncate]".
void read_subslice(RuleBuilder& builder, const RuleOption& option) {
  auto transform = plain(Kind::subslice);
  auto parts = split(option.value, ',');
  if (!parts.empty() && parts.back() == "truncate") {
    transform.truncate = true;
    parts.pop_back();
  }
  if (parts.empty() || parts.size() > 2)
    refuse(option.value, "subslice takes begin, end, and \"truncate\"");
  transform.from = signed_of(parts[0], INT32_MIN, INT32_MAX);
  transform.has_count = parts.size() == 2;
  if (transform.has_count) transform.count = signed_of(parts[1], INT32_MIN, INT32_MAX);
  builder.add_transform(std::move(transform), option.name);
}

template <Kind kKind>
void read_unpack(RuleBuilder& builder, const RuleOption& option) {
  auto transform = plain(kKind);
  transform.count = 1024;
  auto rest = option.value;
  if (!rest.empty()) {
    const auto name = take_word(rest);
    if (name != "max-size")
      refuse(option.value, fmt::format("unknown part \"{}\" of {}", name, option.name));
    auto unit = 1;
    if (equals_nocase(rest.substr(rest.size() - std::min<std::size_t>(rest.size(), 3)), "kib"))
      unit = 1024;
    if (unit > 1) rest = trim(rest.substr(0, rest.size() - 3));
    transform.count = static_cast<std::int64_t>(unsigned_of(rest, 1, kMostUnpackedBytes)) * unit;
  }
  transform.has_count = true;
  builder.add_transform(std::move(transform), option.name);
}

void read_luaxform(RuleBuilder&, const RuleOption& option) {
  refuse(option.name, "luaxform is not supported: no scripts run on the packet path");
}

using V = KeywordValue;
constexpr std::array kKeywords{
    Keyword{"to_lowercase", V::none, read_plain<Kind::to_lowercase>},
    Keyword{"to_uppercase", V::none, read_plain<Kind::to_uppercase>},
    Keyword{"strip_whitespace", V::none, read_plain<Kind::strip_whitespace>},
    Keyword{"compress_whitespace", V::none, read_plain<Kind::compress_whitespace>},
    Keyword{"strip_pseudo_headers", V::none, read_plain<Kind::strip_pseudo_headers>},
    Keyword{"header_lowercase", V::none, read_plain<Kind::header_lowercase>},
    Keyword{"url_decode", V::none, read_plain<Kind::url_decode>},
    Keyword{"to_md5", V::none, read_plain<Kind::to_md5>},
    Keyword{"to_sha1", V::none, read_plain<Kind::to_sha1>},
    Keyword{"to_sha256", V::none, read_plain<Kind::to_sha256>},
    Keyword{"dotprefix", V::none, read_plain<Kind::dotprefix>},
    Keyword{"domain", V::none, read_plain<Kind::domain>},
    Keyword{"tld", V::none, read_plain<Kind::tld>},
    Keyword{"xor", V::required, read_xor},
    Keyword{"pcrexform", V::required, read_pcrexform},
    Keyword{"from_base64", V::optional, read_from_base64},
    Keyword{"subslice", V::required, read_subslice},
    Keyword{"gunzip", V::optional, read_unpack<Kind::gunzip>},
    Keyword{"zlib_deflate", V::optional, read_unpack<Kind::zlib_deflate>},
    Keyword{"luaxform", V::optional, read_luaxform},
};

}  // namespace

std::span<const Keyword> transform_keywords() noexcept { return kKeywords; }

}  // namespace sekisho::rules
