#include <fmt/format.h>

#include <array>

#include "keyword.h"
#include "number_text.h"

namespace sekisho::rules {
namespace {

// What the fields' bits mean stands in field_list.inc.
constexpr NamedNumber kCategories[] = {{"assigned", 1}, {"unassigned", 2}, {"public", 3},
                                       {"user", 4},     {"reserved", 8},   {"all", 15}};
constexpr NamedNumber kTables[] = {{"discretes", 4}, {"coils", 8}, {"input", 16}, {"holding", 32}};
constexpr std::uint64_t kRead = 1, kWrite = 2;
constexpr unsigned kAddressShift = 16;
constexpr std::uint64_t kLastAddress = 65536;  // they count from 1

/// Reads "unit 10", "function 8, subfunction 4", "access write coils, address 500, value >200".
class ModbusReader {
 public:
  explicit ModbusReader(RuleBuilder& builder) : builder_(builder) {}

  void take(std::string_view part) {
    const auto whole = part;
    const auto name = take_word(part);
    if (name == "unit")
      add(Field::modbus_unit, number_test_of(part, 255));
    else if (name == "function")
      take_function(part);
    else if (name == "subfunction")
      add(Field::modbus_subfunction, number_test_of(part, 65535));
    else if (name == "access")
      take_access(part);
    else if (name == "address")
      take_address(part);
    else if (name == "value")
      take_value(part);
    else
      refuse(whole, fmt::format("unknown part \"{}\" of modbus", whole));
  }

 private:
  void add(Field field, NumberTest test) {
    FieldNumberTest field_test{field};
    field_test.test = test;
    builder_.rule.tests.emplace_back(std::move(field_test));
  }

  void take_function(std::string_view text) {
    auto name = text;
    const bool negated = take_prefix(name, "!");
    if (const auto bits = number_named(kCategories, name))
      return add(Field::modbus_category,
                 {negated ? Comparison::bits_none : Comparison::bits_any, *bits, 0, false});
    add(Field::modbus_function, number_test_of(text, 255));
  }

  void take_access(std::string_view text) {
    const auto verb = take_word(text);
    if (verb != "read" && verb != "write")
      refuse(verb, fmt::format("\"{}\" is neither read nor write", verb));
    is_write_ = verb == "write";
    has_access_ = true;
    std::uint64_t bits = is_write_ ? kWrite : kRead;
    if (!text.empty()) {
      const auto table = number_named(kTables, text);
      if (!table)
        refuse(text, fmt::format("\"{}\" is none of discretes, coils, input, holding", text));
      bits |= *table;
    }
    add(Field::modbus_access, {Comparison::bits_all, bits, 0, false});
  }

  /// One of the addresses that a request touches fits: asked of the first and the last of them.
  void take_address(std::string_view text) {
    if (!has_access_) refuse(text, "address follows access read or access write");
    address_ = number_test_of(text, kLastAddress);
    has_address_ = true;
    const auto first = is_write_ ? Field::modbus_write_first : Field::modbus_read_first;
    const auto last = is_write_ ? Field::modbus_write_last : Field::modbus_read_last;
    const auto& [comparison, low, high, negated] = address_;
    if (negated) refuse(text, "a negated address is not supported");
    switch (comparison) {
      case Comparison::less:
      case Comparison::less_or_equal:
        return add(first, address_);
      case Comparison::greater:
      case Comparison::greater_or_equal:
        return add(last, address_);
      case Comparison::equal:
        add(first, {Comparison::less_or_equal, low, 0, false});
        return add(last, {Comparison::greater_or_equal, low, 0, false});
      case Comparison::between:
        add(first, {Comparison::less, high, 0, false});
        return add(last, {Comparison::greater, low, 0, false});
      case Comparison::between_inclusive:
        add(first, {Comparison::less_or_equal, high, 0, false});
        return add(last, {Comparison::greater_or_equal, low, 0, false});
      default:
        refuse(text, "this comparison of an address is not supported");
    }
  }

  void take_value(std::string_view text) {
    if (!is_write_) refuse(text, "only written values can be tested");
    if (!has_address_ || address_.comparison != Comparison::equal || address_.negated)
      refuse(text, "the value at one address only can be tested");
    const auto value = number_test_of(text, 65535);
    const auto base = address_.low << kAddressShift;
    NumberTest test{Comparison::between_inclusive, base, base + 65535, false};
    if (value.negated) refuse(text, "a negated value is not supported");
    switch (value.comparison) {
      case Comparison::equal:
        test.low = test.high = base + value.low;
        break;
      case Comparison::less:
        if (value.low == 0) refuse(text, "no value is less than 0");
        test.high = base + value.low - 1;
        break;
      case Comparison::greater:
        if (value.low == 65535) refuse(text, "no value is greater than 65535");
        test.low = base + value.low + 1;
        break;
      case Comparison::between:
        test.low = base + value.low + 1;
        test.high = base + value.high - 1;
        break;
      default:
        refuse(text, "this comparison of a value is not supported");
    }
    add(Field::modbus_value, test);
  }

  RuleBuilder& builder_;
  NumberTest address_;
  bool has_access_ = false, is_write_ = false, has_address_ = false;
};

void read_modbus(RuleBuilder& builder, const RuleOption& option) {
  ModbusReader reader(builder);
  for (const auto part : split(option.value, ',')) reader.take(part);
}

constexpr std::array kKeywords{Keyword{"modbus", KeywordValue::required, read_modbus}};

}  // namespace

std::span<const Keyword> modbus_keywords() noexcept { return kKeywords; }

}  // namespace sekisho::rules
