#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "engines/pattern/regex.h"
#include "tables.h"

namespace sekisho::engines::ips {

/// How often the tests of one buffer may go on to a next test before the rule is given up.
inline constexpr std::uint32_t kRecursionLimit = 3000;
/// What one packet may cost: a test is 1, a search 1 for each 64 bytes, a regex 64 and 1 for each
/// 16 bytes.
inline constexpr std::uint64_t kStepsOfPacket = 400'000;
inline constexpr std::size_t kMaxBase64Bytes = 64 * 1024;

/// Values in a buffer that is looked at.
struct BufferInput {
  std::span<const std::uint8_t> bytes;
  std::uint64_t offset = 0;  // of bytes[0] in the whole value
  bool complete = true;      // its end is the value's end
};

using RuleVariables = std::array<std::uint64_t, rules::kMaxRuleVariables>;

/// Who knows the sets that rules ask for and add to.
class DatasetAccess {
 public:
  virtual ~DatasetAccess() = default;
  virtual bool dataset(const Element& test, std::span<const std::uint8_t> value) noexcept = 0;
  /// A pcre group that is kept for the record.
  virtual void note(AlertNote::Scope scope, std::string_view name,
                    std::span<const std::uint8_t> value) noexcept = 0;
};

/// Runs the tests of one buffer after each other, going back where an earlier match could lie
/// elsewhere. Memory of one core.
class ContentMatcher {
 public:
  ContentMatcher(const Ruleset::Tables& tables, DetectorCounts& counts, DatasetAccess& datasets);

  bool matches(std::span<const Element> elements, const BufferInput& input) noexcept;

  /// At the start of a packet, and of a rule.
  void refill() noexcept { steps_ = kStepsOfPacket; }
  void begin_rule() noexcept {
    variables_.fill(0);
    base64_size_ = 0;
  }
  bool exhausted() const noexcept { return steps_ == 0; }
  std::span<const std::uint8_t> base64() const noexcept { return {base64_.get(), base64_size_}; }
  pattern::RegexScratch& regex_scratch() noexcept { return regex_scratch_; }

 private:
  enum class Step : std::uint8_t { matched, failed, stop };
  using Index = std::int64_t;  // into input_.bytes; may lie outside until it is checked

  Step run(std::size_t element, Index position) noexcept;
  Step run_content(std::size_t at, const Element& element, Index position) noexcept;
  Step run_pcre(std::size_t at, const Element& element, Index position) noexcept;
  bool run_byte_test(const Element& element, Index position) noexcept;
  bool run_byte_jump(const Element& element, Index& position) noexcept;
  bool run_byte_store(const Element& element, Index& position) noexcept;
  bool run_simple(const Element& element, Index& position) noexcept;
  bool is_data_at(const Element& element, Index position) const noexcept;
  bool has_size(const Element& element, Index position) const noexcept;
  bool has_entropy(const Element& element) noexcept;
  bool decode(const Element& element, Index position) noexcept;
  void region_of(const Element& element, Index position, Index& begin, Index& end) const noexcept;
  bool read_number(const Element& element, Index& place, Index position,
                   std::uint64_t& value) noexcept;
  Index digits_at(Index begin, int radix) const noexcept;
  void keep_captures(const Element& element, std::span<const std::uint8_t> subject) noexcept;
  std::uint64_t number_of(const PackedOperand& operand) const noexcept {
    return operand.variable < 0 ? static_cast<std::uint64_t>(operand.value)
                                : variables_[static_cast<std::size_t>(operand.variable)];
  }
  /// As a distance within a buffer: so bounded that sums cannot overflow.
  Index value_of(const PackedOperand& operand) const noexcept {
    constexpr Index kFarthest = Index{1} << 48;
    return std::clamp(static_cast<Index>(number_of(operand)), -kFarthest, kFarthest);
  }
  Index size() const noexcept { return static_cast<Index>(input_.bytes.size()); }
  bool spend(std::uint64_t steps) noexcept;
  static Step failure(const Element& element) noexcept;

  const Ruleset::Tables& tables_;
  DetectorCounts& counts_;
  DatasetAccess& datasets_;
  pattern::RegexScratch regex_scratch_;
  std::span<const Element> elements_;
  BufferInput input_;
  RuleVariables variables_{};
  std::uint32_t recursions_ = 0;
  std::uint64_t steps_ = kStepsOfPacket;
  std::unique_ptr<std::uint8_t[]> base64_;
  std::size_t base64_size_ = 0;
};

/// `value` against a comparison's bounds.
bool compare(rules::Comparison comparison, std::uint64_t value, std::uint64_t low,
             std::uint64_t high) noexcept;

/// BER as asn1 looks at it: true when one of the element's conditions holds.
bool has_bad_asn1(const Element& element, std::span<const std::uint8_t> bytes) noexcept;

}  // namespace sekisho::engines::ips
