#pragma once

#include "lines.h"

namespace sekisho::engines {

/// Undoes the dots put before lines, and finds the line of one dot that ends the text (RFC 5321
/// §4.5.2, RFC 1939 §3).
class DotStuffing {
 public:
  void restart() noexcept { state_ = State::line_begin; }
  /// Bytes were lost: they may have ended within a line.
  void lose_place() noexcept { state_ = State::within_line; }
  /// Hands the text on by give(bytes), says stuffed() for each dot left out. How many of `bytes`
  /// are its own: fewer than all only when the text has ended; `ended` tells.
  template <class Give, class Stuffed>
  std::size_t feed(std::span<const std::uint8_t> bytes, bool& ended, Give&& give,
                   Stuffed&& stuffed) noexcept;

 private:
  enum class State : std::uint8_t { line_begin, within_line, dot, dot_return };
  State state_ = State::line_begin;
};

template <class Give, class Stuffed>
std::size_t DotStuffing::feed(std::span<const std::uint8_t> bytes, bool& ended, Give&& give,
                              Stuffed&& stuffed) noexcept {
  ended = false;
  std::size_t begin = 0;  // of what is not handed on yet
  std::size_t at = 0;
  const auto hand_on = [&](std::size_t end) {
    if (end > begin) give(bytes.subspan(begin, end - begin));
    begin = end;
  };
  while (at < bytes.size()) {
    switch (state_) {
      case State::within_line: {
        const auto end = find_byte(bytes, '\n', at);
        at = end == kNotFound ? bytes.size() : end + 1;
        if (end != kNotFound) state_ = State::line_begin;
        break;
      }
      case State::line_begin:
        state_ = bytes[at] == '.' ? State::dot : State::within_line;
        if (state_ == State::dot) {
          hand_on(at);
          begin = ++at;
        }
        break;
      case State::dot:
        if (bytes[at] == '\r') {
          begin = ++at;
          state_ = State::dot_return;
          break;
        }
        [[fallthrough]];
      case State::dot_return:
        ended = bytes[at] == '\n';
        if (ended) {
          restart();
          return at + 1;
        }
        stuffed();
        if (state_ == State::dot_return) give(bytes_of("\r"));
        state_ = State::within_line;
        break;
    }
  }
  hand_on(at);
  return at;
}

}  // namespace sekisho::engines
