// A name is answered with the addresses of another one: its query is sent on for the other name,
// the response comes back as if it had been for the first.
#include <algorithm>
#include <array>

#include "engines/dns/message.h"
#include "names.h"

namespace sekisho::engines::dns {
namespace {

constexpr std::uint16_t kTypeCname = 5, kTypeOpt = 41, kClassInternet = 1;
constexpr std::uint16_t kPointerBits = 0xc000;
constexpr std::uint32_t kTtlWithoutAddress = 60;  // seconds

/// A writer that remembers what did not fit.
class Writer {
 public:
  explicit Writer(std::span<std::uint8_t> out) noexcept : out_(out) {}
  void u8(std::size_t value) noexcept {
    fits_ = fits_ && size_ < out_.size();
    if (fits_) out_[size_++] = static_cast<std::uint8_t>(value);
  }
  void be16(std::size_t value) noexcept {
    u8(value >> 8 & 0xff);
    u8(value & 0xff);
  }
  void be32(std::uint32_t value) noexcept {
    be16(value >> 16);
    be16(value & 0xffff);
  }
  void bytes(std::span<const std::uint8_t> bytes) noexcept {
    for (const auto byte : bytes) u8(byte);
  }
  std::size_t at() const noexcept { return size_; }
  std::size_t size() const noexcept { return fits_ ? size_ : 0; }

 private:
  std::span<std::uint8_t> out_;
  std::size_t size_ = 0;
  bool fits_ = true;
};

/// A name of the product's own, "safe.duckduckgo.com", as labels.
class WireName {
 public:
  explicit WireName(std::string_view text) noexcept {
    while (!text.empty()) {
      const auto label = text.substr(0, text.find('.'));
      if (size_ + label.size() + 2 > bytes_.size()) break;
      bytes_[size_++] = static_cast<std::uint8_t>(label.size());
      for (const char c : label) bytes_[size_++] = static_cast<std::uint8_t>(c);
      text.remove_prefix(std::min(text.size(), label.size() + 1));
    }
    bytes_[size_++] = 0;
  }
  std::span<const std::uint8_t> view() const noexcept { return std::span(bytes_).first(size_); }

 private:
  std::array<std::uint8_t, kMaxNameBytes> bytes_{};
  std::size_t size_ = 0;
};

/// What of a response is told on.
struct Addresses {
  std::uint16_t count = 0;
  std::uint32_t least_ttl = kTtlWithoutAddress;
  std::span<const std::uint8_t> opt;  // the record; empty: there is none
};

bool is_address(const Record& record, std::uint16_t type) noexcept {
  return record.type == type && record.klass == kClassInternet &&
         ((type == kTypeA && record.data.size() == 4) ||
          (type == kTypeAaaa && record.data.size() == 16));
}

/// Calls `take` with each record from the answers on, and whether it is one of those. False: one
/// cannot be read.
template <class Take>
bool for_each_record(std::span<const std::uint8_t> response, Take take) noexcept {
  constexpr std::size_t kTypeAndClass = 4;
  ByteReader reader(response);
  Header header;
  if (!read_header(reader, header) || !skip_plain_name(reader) || !reader.skip(kTypeAndClass))
    return false;
  for (std::size_t section = 1; section < std::size(header.counts); ++section)
    for (unsigned i = 0; i < header.counts[section]; ++i) {
      const auto record = read_record(response, reader);
      if (!record) return false;
      take(*record, section == 1);
    }
  return true;
}

std::optional<Addresses> addresses_in(std::span<const std::uint8_t> response,
                                      std::uint16_t type) noexcept {
  constexpr std::size_t kBeforeOptType = 1;  // the root's name
  Addresses found;
  const bool whole = for_each_record(response, [&](const Record& record, bool is_answer) {
    if (is_answer && is_address(record, type)) {
      found.least_ttl = found.count == 0 ? record.ttl : std::min(found.least_ttl, record.ttl);
      ++found.count;
    }
    if (record.type == kTypeOpt && record.is_of_root)
      found.opt = response.subspan(record.type_at - kBeforeOptType,
                                   record.data_at + record.data.size() - record.type_at + 1);
  });
  return whole ? std::optional(found) : std::nullopt;
}

bool is_for(const Question& question, std::string_view target) noexcept {
  std::array<char, kMaxNameText> room;
  return text_of(question.name, room) == target;
}

}  // namespace

std::size_t write_renamed_query(std::span<const std::uint8_t> query, std::string_view target,
                                std::span<std::uint8_t> out) noexcept {
  const auto question = read_question(query);
  if (!question || question->is_response) return 0;
  Writer writer(out);
  writer.bytes(query.first(kHeaderBytes));
  writer.bytes(WireName(target).view());
  writer.bytes(query.subspan(kHeaderBytes + question->name.size()));
  return writer.size();
}

std::size_t write_alias_response(std::span<const std::uint8_t> response,
                                 std::span<const std::uint8_t> name, std::string_view target,
                                 std::span<std::uint8_t> out) noexcept {
  const auto question = read_question(response);
  if (!question || !question->is_response || !is_for(*question, target)) return 0;
  ByteReader reader(response);
  Header header;
  const auto found = addresses_in(response, question->type);
  if (!read_header(reader, header) || !found) return 0;
  const bool is_truncated = (header.flags & kTruncatedFlag) != 0;
  const bool answers = !is_truncated && (header.flags & 0x000f) == 0;
  Writer writer(out);
  writer.be16(header.id);
  writer.be16(header.flags & ~std::size_t{kAuthenticFlag});
  writer.be16(1);
  writer.be16(answers ? found->count + std::size_t{1} : 0);
  writer.be16(0);
  writer.be16(found->opt.empty() ? 0 : 1);
  writer.bytes(name);
  writer.be16(question->type);
  writer.be16(question->klass);
  if (answers) {
    const WireName alias(target);
    writer.be16(kPointerBits | kHeaderBytes);
    writer.be16(kTypeCname);
    writer.be16(kClassInternet);
    writer.be32(found->least_ttl);
    writer.be16(alias.view().size());
    const auto alias_at = writer.at();
    writer.bytes(alias.view());
    for_each_record(response, [&](const Record& record, bool is_answer) {
      if (!is_answer || !is_address(record, question->type)) return;
      writer.be16(kPointerBits | alias_at);
      writer.be16(record.type);
      writer.be16(record.klass);
      writer.be32(record.ttl);
      writer.be16(record.data.size());
      writer.bytes(record.data);
    });
  }
  writer.bytes(found->opt);
  return writer.size();
}

}  // namespace sekisho::engines::dns
