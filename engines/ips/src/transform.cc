#include "transform.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <algorithm>
#include <string_view>

#include "base64.h"
#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"

namespace sekisho::engines::ips {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Kind = rules::Transform::Kind;

constexpr std::size_t kMaxInflatedBytes = std::size_t{128} * 1024;

constexpr bool is_blank(std::uint8_t byte) noexcept {
  return byte == ' ' || (byte >= '\t' && byte <= '\r');
}
constexpr std::uint8_t lower(std::uint8_t byte) noexcept {
  return byte >= 'A' && byte <= 'Z' ? static_cast<std::uint8_t>(byte | 0x20) : byte;
}
constexpr std::uint8_t upper(std::uint8_t byte) noexcept {
  return byte >= 'a' && byte <= 'z' ? static_cast<std::uint8_t>(byte & ~0x20) : byte;
}
constexpr int hex_digit(std::uint8_t byte) noexcept {
  if (byte >= '0' && byte <= '9') return byte - '0';
  const auto letter = lower(byte);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

struct Output {
  std::span<std::uint8_t> room;
  std::size_t size = 0;
  void put(std::uint8_t byte) noexcept { room[size++] = byte; }  // never more than the input + 1
};

void compress_whitespace(Bytes in, Output& out) noexcept {
  bool blank = false;
  for (const auto byte : in) {
    if (!is_blank(byte) || !blank) out.put(byte);
    blank = is_blank(byte);
  }
}

void url_decode(Bytes in, Output& out) noexcept {
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i] == '+') {
      out.put(' ');
    } else if (in[i] == '%' && i + 2 < in.size() && hex_digit(in[i + 1]) >= 0 &&
               hex_digit(in[i + 2]) >= 0) {
      out.put(static_cast<std::uint8_t>(hex_digit(in[i + 1]) << 4 | hex_digit(in[i + 2])));
      i += 2;
    } else {
      out.put(in[i]);
    }
  }
}

/// Lines that begin with a colon (":method: GET") go.
void strip_pseudo_headers(Bytes in, Output& out) noexcept {
  for (std::size_t at = 0; at < in.size();) {
    const auto* newline =
        static_cast<const std::uint8_t*>(std::memchr(in.data() + at, '\n', in.size() - at));
    const auto end =
        newline != nullptr ? static_cast<std::size_t>(newline - in.data()) + 1 : in.size();
    if (in[at] != ':')
      for (std::size_t i = at; i < end; ++i) out.put(in[i]);
    at = end;
  }
}

void header_lowercase(Bytes in, Output& out) noexcept {
  bool in_name = true;
  for (const auto byte : in) {
    if (byte == ':') in_name = false;
    if (byte == '\n') in_name = true;
    out.put(in_name ? lower(byte) : byte);
  }
}

/// Labels at the end that registries sell names under: "com", or "co.uk".
std::size_t suffix_begin(std::string_view name) noexcept {
  static constexpr std::string_view kSecondLevel[] = {"ac",  "co", "com", "edu", "go", "gob", "gov",
                                                      "mil", "ne", "net", "nom", "or", "org"};
  const auto last = name.rfind('.');
  if (last == std::string_view::npos) return 0;
  if (name.size() - last - 1 != 2 || last == 0) return last + 1;
  const auto before = name.rfind('.', last - 1);
  const auto begin = before == std::string_view::npos ? 0 : before + 1;
  const auto label = name.substr(begin, last - begin);
  const bool sold =
      std::find(std::begin(kSecondLevel), std::end(kSecondLevel), label) != std::end(kSecondLevel);
  return sold ? begin : last + 1;
}

Bytes registered_domain(Bytes in) noexcept {
  const auto name = as_text(in);
  const auto suffix = suffix_begin(name);
  if (suffix < 2) return in;
  const auto dot = name.rfind('.', suffix - 2);
  return dot == std::string_view::npos ? in : in.subspan(dot + 1);
}

/// Nothing when the bounds lie outside, unless the rule wants them moved.
Bytes subslice(const TransformRecord& transform, Bytes in) noexcept {
  const auto size = static_cast<std::int64_t>(in.size());
  const auto place = [size](std::int64_t at) { return at < 0 ? size + at : at; };
  auto from = place(transform.from);
  auto end = transform.has_count != 0 ? place(transform.count) : size;
  if (transform.truncate != 0) {
    from = std::clamp<std::int64_t>(from, 0, size);
    end = std::clamp<std::int64_t>(end, 0, size);
  }
  if (from < 0 || end > size || from > end) return {};
  return in.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(end - from));
}

/// The value of one parameter of a URI's query; nothing without it.
Bytes form_value(Bytes name, bool nocase, Bytes in) noexcept {
  if (in.empty()) return {};
  auto text = as_text(in);
  text.remove_prefix(std::min(text.find('?'), text.size() - 1) + 1);
  const auto same = [nocase](std::uint8_t a, std::uint8_t b) {
    const auto low = [](std::uint8_t c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; };
    return nocase ? low(a) == low(b) : a == b;
  };
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    const auto sign = std::min(pair.find('='), pair.size());
    const auto own = bytes_of(pair.substr(0, sign));
    if (std::equal(own.begin(), own.end(), name.begin(), name.end(), same))
      return bytes_of(pair.substr(std::min(sign + 1, pair.size())));
  }
  return {};
}

void* allocate_in_arena(void* arena, uInt items, uInt bytes) {
  auto* memory = static_cast<Arena*>(arena);
  const auto total = std::size_t{items} * bytes;
  return memory->rest().size() < total ? nullptr : memory->take(total).data();
}
void free_in_arena(void*, void*) {}

/// As much as comes out of it, up to kMaxInflatedBytes; nothing when it is no such stream.
Bytes inflated(const TransformRecord& transform, Bytes in, Arena& arena) noexcept {
  constexpr int kWindowBits = 15, kGzip = 16;
  const bool gzip = static_cast<Kind>(transform.kind) == Kind::gunzip;
  auto limit = kMaxInflatedBytes;
  if (transform.count > 0) limit = std::min(limit, static_cast<std::size_t>(transform.count));
  if (arena.rest().size() < limit) return {};
  const auto out = arena.take(limit);
  z_stream stream{};
  stream.zalloc = allocate_in_arena;
  stream.zfree = free_in_arena;
  stream.opaque = &arena;
  if (inflateInit2(&stream, gzip ? kWindowBits + kGzip : kWindowBits) != Z_OK) return {};
  stream.next_in = const_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  static_cast<void>(inflate(&stream, Z_SYNC_FLUSH));
  const auto count = out.size() - stream.avail_out;
  inflateEnd(&stream);
  return out.first(count);
}

Bytes decoded(const TransformRecord& transform, Bytes in, Arena& arena) noexcept {
  const auto size = static_cast<std::int64_t>(in.size());
  const auto from = std::clamp<std::int64_t>(transform.from, 0, size);
  auto text = in.subspan(static_cast<std::size_t>(from));
  if (transform.has_count != 0 && transform.count > 0)
    text =
        text.first(std::min<std::size_t>(static_cast<std::size_t>(transform.count), text.size()));
  const auto count =
      decode_base64(text, static_cast<Base64Mode>(transform.base64_mode), arena.rest());
  return count == 0 ? in : Bytes(arena.take(count));
}

/// A key of the buffer's own stands at key_offset; what is before `from` stays as it is.
void apply_key(const TransformRecord& transform, Bytes key, Bytes in, Output& out) noexcept {
  if (key.empty()) {
    if (std::uint64_t{transform.key_offset} + transform.key_bytes > in.size()) return;
    key = in.subspan(transform.key_offset, transform.key_bytes);
  }
  const auto from =
      std::clamp<std::int64_t>(transform.from, 0, static_cast<std::int64_t>(in.size()));
  const auto begin = static_cast<std::size_t>(from);
  for (std::size_t i = 0; i < in.size(); ++i)
    out.put(i < begin ? in[i] : static_cast<std::uint8_t>(in[i] ^ key[(i - begin) % key.size()]));
}

void rewrite(const TransformRecord& transform, Bytes key, Bytes in, Output& out) noexcept {
  switch (static_cast<Kind>(transform.kind)) {
    case Kind::to_lowercase:
      for (const auto byte : in) out.put(lower(byte));
      break;
    case Kind::to_uppercase:
      for (const auto byte : in) out.put(upper(byte));
      break;
    case Kind::strip_whitespace:
      for (const auto byte : in)
        if (!is_blank(byte)) out.put(byte);
      break;
    case Kind::compress_whitespace:
      compress_whitespace(in, out);
      break;
    case Kind::strip_pseudo_headers:
      strip_pseudo_headers(in, out);
      break;
    case Kind::header_lowercase:
      header_lowercase(in, out);
      break;
    case Kind::url_decode:
      url_decode(in, out);
      break;
    case Kind::dotprefix:
      out.put('.');
      for (const auto byte : in) out.put(byte);
      break;
    case Kind::xor_key:
      apply_key(transform, key, in, out);
      break;
    default:
      break;
  }
}

}  // namespace

Transformer::Transformer(const Ruleset::Tables& tables, DetectorCounts& counts,
                         pattern::RegexScratch& regex)
    : tables_(tables),
      counts_(counts),
      regex_(regex),
      digest_context_(EVP_MD_CTX_new()),
      digests_{EVP_md5(), EVP_sha1(), EVP_sha256()} {}

Transformer::~Transformer() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(digest_context_)); }

Bytes Transformer::digest(const void* type, Bytes bytes, Arena& arena) noexcept {
  auto* context = static_cast<EVP_MD_CTX*>(digest_context_);
  if (context == nullptr || arena.rest().size() < EVP_MAX_MD_SIZE) return {};
  unsigned int size = 0;
  if (EVP_DigestInit_ex(context, static_cast<const EVP_MD*>(type), nullptr) != 1 ||
      EVP_DigestUpdate(context, bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context, arena.rest().data(), &size) != 1)
    return {};
  return arena.take(size);
}

Bytes Transformer::apply_one(const TransformRecord& transform, Bytes bytes, Arena& arena) noexcept {
  switch (static_cast<Kind>(transform.kind)) {
    case Kind::from_base64:
      return decoded(transform, bytes, arena);
    case Kind::gunzip:
    case Kind::zlib_deflate:
      return inflated(transform, bytes, arena);
    case Kind::to_md5:
      return digest(digests_[0], bytes, arena);
    case Kind::to_sha1:
      return digest(digests_[1], bytes, arena);
    case Kind::to_sha256:
      return digest(digests_[2], bytes, arena);
    case Kind::domain:
      return registered_domain(bytes);
    case Kind::tld:
      return bytes.subspan(suffix_begin(as_text(bytes)));
    case Kind::subslice:
      return subslice(transform, bytes);
    case Kind::form_value:
      return form_value(tables_.of(tables_.strings, transform.key), transform.truncate != 0, bytes);
    case Kind::pcrexform: {
      std::size_t begin = 0, end = 0;
      const auto outcome = tables_.regexes[transform.regex].match(bytes, 0, regex_);
      if (outcome == pattern::RegexOutcome::over_limit) ++counts_.over_regex_limit;
      if (outcome != pattern::RegexOutcome::match ||
          (!regex_.capture(1, begin, end) && !regex_.capture(0, begin, end)))
        return bytes;
      return bytes.subspan(begin, end - begin);
    }
    default:
      break;
  }
  const auto room = arena.rest();
  if (room.size() < bytes.size() + 1) {
    ++counts_.transforms_cut;
    if (room.empty()) return {};
    bytes = bytes.first(room.size() - 1);
  }
  Output out{room};
  rewrite(transform, tables_.of(tables_.strings, transform.key), bytes, out);
  return arena.take(out.size);
}

Bytes Transformer::apply(std::span<const TransformRecord> transforms, Bytes bytes,
                         Arena& arena) noexcept {
  for (const auto& transform : transforms) bytes = apply_one(transform, bytes, arena);
  return bytes;
}

}  // namespace sekisho::engines::ips
