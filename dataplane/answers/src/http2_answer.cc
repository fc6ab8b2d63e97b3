#include "dataplane/answers/http2_answer.h"

#include <algorithm>

namespace sekisho::dataplane {
namespace {

enum class FrameType : std::uint8_t { data = 0, headers = 1, settings = 4, goaway = 7 };
constexpr std::uint8_t kEndStream = 0x1, kEndHeaders = 0x4;
constexpr std::size_t kFrameHeaderBytes = 9;
constexpr std::size_t kMostFramePayload = 16'384;  // that every receiver takes (RFC 9113 §4.2)
constexpr std::size_t kMostLiteralBytes = 126;     // whose length is one byte (RFC 7541 §5.1)
constexpr std::size_t kStatusBytes = 3;
constexpr std::uint8_t kStatusIndex = 8;  // ":status" in the static table
constexpr std::uint32_t kMostStream = 0x7fffffff;

/// Appends to a fixed room; what does not fit is noted and left out.
class Writer {
 public:
  explicit Writer(std::span<std::uint8_t> room) noexcept : room_(room) {}

  void byte(std::uint8_t value) noexcept {
    if (size_ < room_.size()) room_[size_] = value;
    ++size_;
  }
  void number(std::uint32_t value) noexcept {
    for (int shift = 24; shift >= 0; shift -= 8) byte(static_cast<std::uint8_t>(value >> shift));
  }
  void text(std::string_view bytes) noexcept {
    for (const char c : bytes) byte(static_cast<std::uint8_t>(c));
  }
  /// Of the payload written since; its length is put in by end_frame().
  void begin_frame(FrameType type, std::uint8_t flags, std::uint32_t stream) noexcept {
    frame_at_ = size_;
    for (int i = 0; i < 3; ++i) byte(0);
    byte(static_cast<std::uint8_t>(type));
    byte(flags);
    number(stream);
  }
  void end_frame() noexcept {
    if (overflowed()) return;
    const auto length = size_ - frame_at_ - kFrameHeaderBytes;
    for (std::size_t i = 0; i < 3; ++i)
      room_[frame_at_ + i] = static_cast<std::uint8_t>(length >> (8 * (2 - i)));
  }
  bool overflowed() const noexcept { return size_ > room_.size(); }
  std::size_t size() const noexcept { return size_; }

 private:
  std::span<std::uint8_t> room_;
  std::size_t size_ = 0;
  std::size_t frame_at_ = 0;
};

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// False: too long for what is written here.
bool write_literal(std::string_view text, bool is_name, Writer& out) noexcept {
  if (text.size() > kMostLiteralBytes) return false;
  out.byte(static_cast<std::uint8_t>(text.size()));
  for (const char c : text) out.byte(static_cast<std::uint8_t>(is_name ? lower(c) : c));
  return true;
}

/// "Name: value" of HTTP/1.1. What is of the connection has no place in HTTP/2 (RFC 9113 §8.2.2).
bool write_field(std::string_view line, Writer& out) noexcept {
  const auto colon = line.find(": ");
  if (colon == line.npos) return false;
  const auto name = line.substr(0, colon);
  if (name == "Connection") return true;
  out.byte(0);  // a literal, not indexed, with a name of its own
  return write_literal(name, true, out) && write_literal(line.substr(colon + 2), false, out);
}

}  // namespace

std::size_t write_http2_answer(std::string_view response, std::uint32_t stream, bool begins,
                               std::span<std::uint8_t> out) noexcept {
  constexpr std::string_view kVersion = "HTTP/1.1 ", kLineEnd = "\r\n", kHeadEnd = "\r\n\r\n";
  const auto end = response.find(kHeadEnd);
  if (stream == 0 || stream > kMostStream || end == response.npos ||
      !response.starts_with(kVersion) || end < kVersion.size() + kStatusBytes)
    return 0;
  auto head = response.substr(0, end);
  auto body = response.substr(end + kHeadEnd.size());
  Writer frames(out);
  if (begins) {
    frames.begin_frame(FrameType::settings, 0, 0);
    frames.end_frame();
  }
  const auto flags = static_cast<std::uint8_t>(kEndHeaders | (body.empty() ? kEndStream : 0));
  frames.begin_frame(FrameType::headers, flags, stream);
  frames.byte(kStatusIndex);  // a literal, not indexed, with a name of the static table
  (void)write_literal(head.substr(kVersion.size(), kStatusBytes), false, frames);
  for (auto line_end = head.find(kLineEnd); line_end != head.npos;) {
    head = head.substr(line_end + kLineEnd.size());
    line_end = head.find(kLineEnd);
    if (!write_field(head.substr(0, line_end), frames)) return 0;
  }
  frames.end_frame();
  while (!body.empty()) {
    const auto piece = body.substr(0, kMostFramePayload);
    body = body.substr(piece.size());
    frames.begin_frame(FrameType::data, body.empty() ? kEndStream : std::uint8_t{0}, stream);
    frames.text(piece);
    frames.end_frame();
  }
  frames.begin_frame(FrameType::goaway, 0, 0);
  frames.number(stream);
  frames.number(0);  // NO_ERROR
  frames.end_frame();
  return frames.overflowed() ? 0 : frames.size();
}

}  // namespace sekisho::dataplane
