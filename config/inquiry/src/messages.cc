#include "config/inquiry/messages.h"

#include "config/base/byte_reader.h"

namespace sekisho::inquiry {
namespace {

enum class Kind : std::uint8_t { inquiry = 1, finding = 2 };

void put32(std::string& out, std::size_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

void put_list(std::string& out, const std::vector<std::string>& list) {
  out.push_back(static_cast<char>(list.size()));
  for (const auto& one : list) {
    put32(out, one.size());
    out.append(one);
  }
}

std::string begun(Kind kind, std::uint32_t id) {
  std::string out(1, static_cast<char>(kind));
  put32(out, id);
  return out;
}

std::string bounded(std::string message) {
  if (message.size() > kMaxMessageBytes) message.clear();
  return message;
}

bool read_kind(ByteReader& reader, Kind kind) {
  std::uint8_t said = 0;
  return reader.u8(said) && said == static_cast<std::uint8_t>(kind);
}

bool read_list(ByteReader& reader, std::vector<std::string>& out) {
  std::uint8_t count = 0;
  if (!reader.u8(count) || count > kMaxCertificates) return false;
  for (std::uint8_t i = 0; i < count; ++i) {
    std::uint32_t size = 0;
    std::span<const std::uint8_t> taken;
    if (!reader.be32(size) || !reader.take(size, taken)) return false;
    out.emplace_back(as_text(taken));
  }
  return true;
}

Error malformed(const char* what) {
  return {Error::Code::invalid_input, std::string(what) + " is malformed"};
}

}  // namespace

std::string encode(const Inquiry& inquiry) {
  if (inquiry.host.size() > kMaxHostBytes || inquiry.chain.size() > kMaxCertificates) return {};
  auto out = begun(Kind::inquiry, inquiry.id);
  out.push_back(static_cast<char>(inquiry.host.size()));
  out.append(inquiry.host);
  put_list(out, inquiry.chain);
  return bounded(std::move(out));
}

std::string encode(const Finding& finding) {
  if (finding.issuers.size() > kMaxCertificates) return {};
  auto out = begun(Kind::finding, finding.id);
  out.push_back(static_cast<char>(finding.state));
  put32(out, static_cast<std::uint64_t>(finding.until) >> 32);
  put32(out, static_cast<std::uint64_t>(finding.until) & 0xffffffff);
  put_list(out, finding.issuers);
  return bounded(std::move(out));
}

Result<Inquiry> parse_inquiry(std::span<const std::uint8_t> body) {
  Inquiry inquiry;
  ByteReader reader(body);
  std::uint8_t host_bytes = 0;
  std::span<const std::uint8_t> host;
  const bool is_whole = body.size() <= kMaxMessageBytes && read_kind(reader, Kind::inquiry) &&
                        reader.be32(inquiry.id) && reader.u8(host_bytes) &&
                        reader.take(host_bytes, host) && read_list(reader, inquiry.chain) &&
                        reader.rest().empty() && !inquiry.chain.empty();
  if (!is_whole) return malformed("an inquiry");
  inquiry.host = as_text(host);
  return inquiry;
}

Result<Finding> parse_finding(std::span<const std::uint8_t> body) {
  Finding finding;
  ByteReader reader(body);
  std::uint8_t state = 0;
  std::uint32_t high = 0, low = 0;
  const bool is_whole = body.size() <= kMaxMessageBytes && read_kind(reader, Kind::finding) &&
                        reader.be32(finding.id) && reader.u8(state) &&
                        state <= static_cast<std::uint8_t>(State::revoked) && reader.be32(high) &&
                        reader.be32(low) && read_list(reader, finding.issuers) &&
                        reader.rest().empty();
  if (!is_whole) return malformed("a finding");
  finding.state = static_cast<State>(state);
  finding.until = static_cast<std::int64_t>(std::uint64_t{high} << 32 | low);
  return finding;
}

std::string framed(std::string_view body) {
  std::string frame;
  frame.reserve(kLengthBytes + body.size());
  for (unsigned shift = 0; shift < 32; shift += 8)
    frame.push_back(static_cast<char>(body.size() >> shift));
  return frame.append(body);
}

std::size_t size_of_frame(std::string_view bytes) noexcept {
  if (bytes.size() < kLengthBytes) return kIncomplete;
  std::size_t size = 0;
  for (std::size_t i = kLengthBytes; i > 0; --i)
    size = size << 8 | static_cast<std::uint8_t>(bytes[i - 1]);
  return size;
}

}  // namespace sekisho::inquiry
