#include <catch2/catch.hpp>

#include <array>
#include <string>

#include "engines/protocols/file_magic.h"
#include "recorder.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;
using namespace std::string_literals;

namespace {

std::string magic_of(std::string_view bytes) {
  std::array<char, kFileMagicText> room;
  return std::string(file_magic(as_bytes(bytes), room));
}

/// MZ with the new header at 64.
std::string executable(std::uint16_t machine, std::uint16_t characteristics, std::uint16_t magic,
                       std::uint16_t subsystem) {
  std::string bytes(256, '\0');
  const auto put = [&bytes](std::size_t at, std::uint16_t value) {
    bytes[at] = static_cast<char>(value & 0xff);
    bytes[at + 1] = static_cast<char>(value >> 8);
  };
  bytes.replace(0, 2, "MZ");
  put(0x3c, 64);
  bytes.replace(64, 2, "PE");
  put(64 + 4, machine);
  put(64 + 22, characteristics);
  put(64 + 24, magic);
  put(64 + 92, subsystem);
  return bytes;
}

}  // namespace

TEST_CASE("A file is called by its first bytes, in the words of file(1)") {
  struct Case {
    std::string bytes;
    const char* magic;
  };
  const Case cases[] = {
      {"%PDF-1.5\n%x", "PDF document, version 1.5"},
      {executable(0x014c, 0, 0x10b, 2), "PE32 executable (GUI) Intel 80386, for MS Windows"},
      {executable(0x8664, 0x2000, 0x20b, 3),
       "PE32+ executable (DLL) (console) x86-64, for MS Windows"},
      {"MZ"s + std::string(100, '\0'), "MS-DOS executable"},
      {"\x89PNG\r\n\x1a\n\0\0"s, "PNG image data"},
      {"PK\x03\x04"s + std::string(26, '\0') + "a.txt", "Zip archive data"},
      {"PK\x03\x04"s + std::string(26, '\0') + "[Content_Types].xml word/document.xml",
       "Microsoft Word 2007+"},
      {"\x7f"
       "ELF\x02\x01\x01"s +
           std::string(9, '\0') + "\x03\0"s,
       "ELF 64-bit LSB shared object"},
      {"\xca\xfe\xba\xbe\0\0\0\x34"s, "compiled Java class data"},
      {"\xca\xfe\xba\xbe\0\0\0\x02"s, "Mach-O universal binary"},
      {std::string(257, '\0') + "ustar", "POSIX tar archive"},
      {" \r\n<!DocType HTML>", "HTML document text, ASCII text"},
      {"a\r\nb", "ASCII text, with CRLF line terminators"},
      {"\x01\x02\x03", "data"},
      {"", "empty"},
  };
  for (const auto& [bytes, magic] : cases) CHECK(magic_of(bytes) == magic);
}

TEST_CASE("A file that is cut anywhere has a type all the same") {
  const auto whole = executable(0x014c, 0, 0x10b, 2);
  for (std::size_t size = 1; size < whole.size(); ++size)
    CHECK_FALSE(magic_of(std::string_view(whole).substr(0, size)).empty());
}
