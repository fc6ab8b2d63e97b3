#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sekisho::controlplane {

/// An HTTP/1 response to one request (RFC 9112), as it comes. Only a whole one with status 200 is
/// worth anything; redirections are not followed.
class HttpAnswer {
 public:
  static constexpr std::size_t kMaxHeadBytes = 16 * 1024;
  static constexpr std::size_t kMaxChunkLineBytes = 256;

  enum class State : std::uint8_t { more, whole, failed };

  explicit HttpAnswer(std::size_t most_body_bytes) : most_(most_body_bytes) {}

  State take(std::string_view bytes);
  /// The server has closed: the end of what has no length, the failure of all else.
  State close();

  const std::string& body() const { return body_; }
  std::string take_body() { return std::move(body_); }
  std::string_view problem() const { return problem_; }  // of failed

 private:
  enum class Part : std::uint8_t { head, length, to_end, chunk_line, chunk, chunk_end, trailers };

  State fail(std::string_view why);
  bool read_head();
  bool read_field(std::string_view line);
  bool add(std::size_t count);
  bool take_line(std::string& line, std::size_t most);
  bool step();
  bool read_chunk_line();

  std::size_t most_;
  std::string in_, body_;
  std::string_view problem_;
  std::uint64_t left_ = 0;  // of the body or chunk
  std::size_t trailer_bytes_ = 0;
  Part part_ = Part::head;
  State state_ = State::more;
  bool has_length_ = false, is_chunked_ = false;
};

}  // namespace sekisho::controlplane
