#include "engines/pattern/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <memory>
#include <string>

namespace sekisho::engines::pattern {
namespace {

constexpr std::size_t kJitStackStartBytes = std::size_t{32} * 1024;
constexpr std::size_t kJitStackMaxBytes = std::size_t{512} * 1024;

}  // namespace

RegexScratch::RegexScratch()
    : match_data_(pcre2_match_data_create(kMaxCaptures + 1, nullptr)),
      match_context_(pcre2_match_context_create(nullptr)),
      jit_stack_(pcre2_jit_stack_create(kJitStackStartBytes, kJitStackMaxBytes, nullptr)) {
  auto* context = static_cast<pcre2_match_context*>(match_context_);
  if (context == nullptr) return;
  pcre2_set_match_limit(context, kRegexMatchLimit);
  pcre2_set_depth_limit(context, kRegexDepthLimit);
  if (jit_stack_ != nullptr)
    pcre2_jit_stack_assign(context, nullptr, static_cast<pcre2_jit_stack*>(jit_stack_));
}

RegexScratch::~RegexScratch() {
  pcre2_match_data_free(static_cast<pcre2_match_data*>(match_data_));
  pcre2_match_context_free(static_cast<pcre2_match_context*>(match_context_));
  pcre2_jit_stack_free(static_cast<pcre2_jit_stack*>(jit_stack_));
}

bool RegexScratch::capture(std::uint32_t group, std::size_t& begin,
                           std::size_t& end) const noexcept {
  if (group >= captures_) return false;
  const auto* offsets = pcre2_get_ovector_pointer(static_cast<pcre2_match_data*>(match_data_));
  const auto at = std::size_t{group} * 2;
  begin = offsets[at];
  end = offsets[at + 1];
  return begin != PCRE2_UNSET && end != PCRE2_UNSET && begin <= end;
}

namespace {

using Code = std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)>;

Result<Code> compile_code(std::string_view pattern, std::uint32_t options) {
  int code = 0;
  PCRE2_SIZE offset = 0;
  Code compiled(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options,
                              &code, &offset, nullptr),
                pcre2_code_free);
  if (compiled == nullptr) {
    std::array<PCRE2_UCHAR, 200> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    return Error{Error::Code::invalid_input,
                 "pcre: " + std::string(reinterpret_cast<const char*>(text.data())) +
                     " at offset " + std::to_string(offset)};
  }
  return compiled;
}

}  // namespace

Status Regex::check(std::string_view pattern, std::uint32_t options) {
  if (const auto compiled = compile_code(pattern, options); !compiled) return compiled.error();
  return ok();
}

Result<Regex> Regex::compile(std::string_view pattern, std::uint32_t options) {
  auto compiled = compile_code(pattern, options);
  if (!compiled) return std::move(compiled).error();
  // Where machine code is not to be had, pcre2_match interprets.
  static_cast<void>(pcre2_jit_compile(compiled->get(), PCRE2_JIT_COMPLETE));
  return Regex(compiled->release());
}

Regex::~Regex() { pcre2_code_free(static_cast<pcre2_code*>(raw_)); }

RegexOutcome Regex::match(std::span<const std::uint8_t> subject, std::size_t start,
                          RegexScratch& scratch) const noexcept {
  scratch.captures_ = 0;
  if (!scratch.ready()) return RegexOutcome::over_limit;
  static constexpr PCRE2_UCHAR kNothing = 0;
  const auto* bytes = subject.data() != nullptr ? subject.data() : &kNothing;
  const int found = pcre2_match(static_cast<const pcre2_code*>(raw_), bytes, subject.size(), start,
                                0, static_cast<pcre2_match_data*>(scratch.match_data_),
                                static_cast<pcre2_match_context*>(scratch.match_context_));
  if (found == PCRE2_ERROR_NOMATCH) return RegexOutcome::no_match;
  if (found < 0) return RegexOutcome::over_limit;
  scratch.captures_ = found == 0 ? kMaxCaptures + 1 : static_cast<std::uint32_t>(found);
  return RegexOutcome::match;
}

std::uint32_t Regex::num_captures() const noexcept {
  std::uint32_t count = 0;
  pcre2_pattern_info(static_cast<const pcre2_code*>(raw_), PCRE2_INFO_CAPTURECOUNT, &count);
  return count;
}

}  // namespace sekisho::engines::pattern
