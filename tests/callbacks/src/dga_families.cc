#include "tests/callbacks/dga_families.h"

#include <array>

namespace sekisho::tests {
namespace {

using Random = std::mt19937_64;

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kLettersAndDigits = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kHex = "0123456789abcdef";

std::size_t below(Random& random, std::size_t end) { return random() % end; }

std::string of(Random& random, std::string_view alphabet, std::size_t least, std::size_t most) {
  std::string name(least + below(random, most - least + 1), ' ');
  for (char& c : name) c = alphabet[below(random, alphabet.size())];
  return name;
}

std::string with_top(Random& random, std::string name,
                     std::initializer_list<std::string_view> tops) {
  name += '.';
  name += tops.begin()[below(random, tops.size())];
  return name;
}

std::string conficker(Random& random) {
  return with_top(random, of(random, kLetters, 5, 11), {"com", "net", "org", "info", "biz", "cc"});
}
std::string cryptolocker(Random& random) {
  return with_top(random, of(random, kLetters.substr(0, 25), 12, 15),
                  {"com", "net", "biz", "ru", "org", "co.uk", "info"});
}
std::string gameover(Random& random) {
  return with_top(random, of(random, kLettersAndDigits, 20, 28), {"com", "net", "org", "biz"});
}
std::string locky(Random& random) {
  return with_top(random, of(random, kLetters.substr(0, 25), 5, 17),
                  {"ru", "pw", "eu", "in", "yt"});
}
std::string necurs(Random& random) {
  return with_top(random, of(random, kLetters.substr(0, 25), 7, 21), {"com", "tj", "bit", "pro"});
}
std::string qakbot(Random& random) {
  return with_top(random, of(random, kLetters, 8, 25), {"com", "net", "org", "info", "biz"});
}
std::string ranbyus(Random& random) {
  return with_top(random, of(random, kLetters.substr(0, 25), 14, 14), {"in", "me", "cc", "su"});
}
std::string bamital(Random& random) {
  return with_top(random, of(random, kHex, 32, 32), {"info", "co.cc", "org"});
}
/// Consonants and vowels by turns: can be spoken.
std::string simda(Random& random) {
  constexpr std::string_view kConsonants = "bcdfghjklmnpqrstvwxz", kVowels = "aeiouy";
  std::string name(7 + below(random, 5), ' ');
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto letters = i % 2 == 0 ? kConsonants : kVowels;
    name[i] = letters[below(random, letters.size())];
  }
  return with_top(random, name, {"eu", "com", "info"});
}
/// Two words of a list.
std::string suppobox(Random& random) {
  constexpr std::array<std::string_view, 24> kWords{
      "above",  "bread",   "carry",  "doctor", "effort",  "follow", "gentle",  "heaven",
      "island", "kitchen", "letter", "matter", "nature",  "office", "picture", "quiet",
      "river",  "season",  "thing",  "uncle",  "village", "window", "yellow",  "winter"};
  std::string name(kWords[below(random, kWords.size())]);
  name += kWords[below(random, kWords.size())];
  return with_top(random, name, {"net", "ru"});
}

constexpr std::array<DgaFamily, 10> kFamilies{{{"conficker", false, conficker},
                                               {"cryptolocker", false, cryptolocker},
                                               {"gameover", false, gameover},
                                               {"locky", false, locky},
                                               {"necurs", false, necurs},
                                               {"qakbot", false, qakbot},
                                               {"ranbyus", false, ranbyus},
                                               {"bamital", false, bamital},
                                               {"simda", false, simda},
                                               {"suppobox", true, suppobox}}};

}  // namespace

std::span<const DgaFamily> dga_families() noexcept { return kFamilies; }

}  // namespace sekisho::tests
