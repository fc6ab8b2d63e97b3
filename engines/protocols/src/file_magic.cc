#include "engines/protocols/file_magic.h"

#include <algorithm>

#include "config/base/text_bytes.h"
#include "config/events/json_writer.h"

namespace sekisho::engines {
namespace {

using namespace std::string_view_literals;
using Bytes = std::span<const std::uint8_t>;

struct Signature {
  std::string_view bytes;  // at `offset`
  std::string_view text;
  std::uint16_t offset = 0;
};

/// The first that fits counts: what is longer comes first.
constexpr Signature kSignatures[] = {
    {"\x89PNG\r\n\x1a\n"sv, "PNG image data"},
    {"GIF87a"sv, "GIF image data, version 87a"},
    {"GIF89a"sv, "GIF image data, version 89a"},
    {"\xff\xd8\xff"sv, "JPEG image data"},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, "Composite Document File V2 Document"},
    {"{\\rtf1"sv, "Rich Text Format data, version 1"},
    {"{\\rtf"sv, "Rich Text Format data"},
    {"Rar!\x1a\x07\x01"sv, "RAR archive data, v5"},
    {"Rar!\x1a\x07"sv, "RAR archive data"},
    {"7z\xbc\xaf\x27\x1c"sv, "7-zip archive data"},
    {"\x1f\x8b"sv, "gzip compressed data"},
    {"BZh"sv, "bzip2 compressed data"},
    {"\xfd"
     "7zXZ\0"sv,
     "XZ compressed data"},
    {"\x28\xb5\x2f\xfd"sv, "Zstandard compressed data (v0.8+)"},
    {"MSCF\0\0\0\0"sv, "Microsoft Cabinet archive data"},
    {"ITSF"sv, "MS Windows HtmlHelp Data"},
    {"L\0\0\0\x01\x14\x02\0"sv, "MS Windows shortcut"},
    {"FWS"sv, "Macromedia Flash data"},
    {"CWS"sv, "Macromedia Flash data (compressed)"},
    {"ZWS"sv, "Macromedia Flash data (lzma compressed)"},
    {"OggS"sv, "Ogg data"},
    {"ID3"sv, "Audio file with ID3"},
    {"fLaC"sv, "FLAC audio bitstream data"},
    {"\x1a\x45\xdf\xa3"sv, "Matroska data"},
    {"FLV\x01"sv, "Macromedia Flash Video"},
    {"II*\0"sv, "TIFF image data, little-endian"},
    {"MM\0*"sv, "TIFF image data, big-endian"},
    {"wOFF"sv, "Web Open Font Format"},
    {"wOF2"sv, "Web Open Font Format (Version 2)"},
    {"\0\x01\0\0\0"sv, "TrueType Font data"},
    {"\0\0\x01\0"sv, "MS Windows icon resource"},
    {"dex\n"sv, "Dalvik dex file"},
    {"SQLite format 3"sv, "SQLite 3.x database"},
    {"\xca\xfe\xd0\x0d"sv, "Java archive data (JAR), pack200"},
    {"\xfe\xed\xfa\xce"sv, "Mach-O executable"},
    {"\xce\xfa\xed\xfe"sv, "Mach-O executable"},
    {"\xcf\xfa\xed\xfe"sv, "Mach-O 64-bit executable"},
    {"%!PS-Adobe"sv, "PostScript document text"},
    {"!<arch>\ndebian"sv, "Debian binary package"},
    {"!<arch>\n"sv, "current ar archive"},
    {"\xed\xab\xee\xdb"sv, "RPM"},
    {"ustar"sv, "POSIX tar archive", 257},
    {"\xd4\xc3\xb2\xa1"sv, "pcap capture file, microsecond ts (little-endian)"},
    {"#!/bin/sh"sv, "POSIX shell script, ASCII text executable"},
    {"#!/bin/bash"sv, "Bourne-Again shell script, ASCII text executable"},
    {"<?php"sv, "PHP script, ASCII text"},
    {"<?xml"sv, "XML document text"},
    {"BM"sv, "PC bitmap"},
};

bool has_at(Bytes bytes, std::size_t offset, std::string_view wanted) noexcept {
  return bytes.size() >= offset + wanted.size() &&
         as_text(bytes.subspan(offset, wanted.size())) == wanted;
}

std::uint32_t little(Bytes bytes, std::size_t offset, std::size_t count) noexcept {
  if (bytes.size() < offset + count) return 0;
  std::uint32_t value = 0;
  for (std::size_t i = count; i-- > 0;) value = value << 8 | bytes[offset + i];
  return value;
}

/// "1.5": digits and dots from the front.
std::string_view version_in(Bytes bytes) noexcept {
  const auto text = as_text(bytes.first(std::min<std::size_t>(bytes.size(), 8)));
  return text.substr(0, std::min(text.find_first_not_of("0123456789."), text.size()));
}

std::string_view machine_name(std::uint32_t machine) noexcept {
  switch (machine) {
    case 0x014c:
      return "Intel 80386";
    case 0x8664:
      return "x86-64";
    case 0xaa64:
      return "Aarch64";
    case 0x01c4:
      return "ARMv7 Thumb";
    default:
      return "unknown processor";
  }
}

/// MZ: DOS, or PE (Microsoft's Portable Executable format), whose header may lie further on than is
/// at hand: then it is taken for PE32, as nearly all are.
void write_executable(Bytes bytes, events::BoundedText& out) noexcept {
  constexpr std::size_t kOffsetAt = 0x3c, kSubsystemAt = 24 + 68, kCharacteristicsAt = 22;
  constexpr std::uint32_t kPlus = 0x20b, kDll = 0x2000, kNative = 1, kGui = 2, kConsole = 3;
  const auto at = static_cast<std::size_t>(little(bytes, kOffsetAt, 4));
  if (at < 4 || (at + 4 <= bytes.size() && !has_at(bytes, at, "PE\0\0"sv))) {
    out += "MS-DOS executable";
    return;
  }
  if (at + kSubsystemAt + 2 > bytes.size()) {
    out += "PE32 executable, for MS Windows";
    return;
  }
  out += little(bytes, at + 24, 2) == kPlus ? "PE32+ executable" : "PE32 executable";
  const auto subsystem = little(bytes, at + kSubsystemAt, 2);
  if ((little(bytes, at + kCharacteristicsAt, 2) & kDll) != 0) out += " (DLL)";
  if (subsystem == kNative) out += " (native)";
  if (subsystem == kGui) out += " (GUI)";
  if (subsystem == kConsole) out += " (console)";
  out += ' ';
  out += machine_name(little(bytes, at + 4, 2));
  out += ", for MS Windows";
}

void write_elf(Bytes bytes, events::BoundedText& out) noexcept {
  constexpr std::string_view kTypes[] = {"", " relocatable", " executable", " shared object",
                                         " core file"};
  const bool big = bytes.size() > 5 && bytes[5] == 2;
  out += bytes.size() > 4 && bytes[4] == 2 ? "ELF 64-bit" : "ELF 32-bit";
  out += big ? " MSB" : " LSB";
  const auto type = bytes.size() < 18 ? 0U : unsigned{bytes[big ? 17 : 16]};
  if (type < std::size(kTypes)) out += kTypes[type];
}

/// Formats of offices are ZIP archives whose first member tells which.
std::string_view zip_text(Bytes bytes) noexcept {
  constexpr std::size_t kNameAt = 30;
  if (has_at(bytes, kNameAt, "META-INF/")) return "Java archive data (JAR)";
  if (has_at(bytes, kNameAt, "[Content_Types].xml") || has_at(bytes, kNameAt, "_rels/.rels")) {
    const auto text = as_text(bytes);
    if (text.find("word/") != std::string_view::npos) return "Microsoft Word 2007+";
    if (text.find("xl/") != std::string_view::npos) return "Microsoft Excel 2007+";
    if (text.find("ppt/") != std::string_view::npos) return "Microsoft PowerPoint 2007+";
    return "Microsoft OOXML";
  }
  if (has_at(bytes, kNameAt, "mimetypeapplication/vnd.oasis.opendocument")) return "OpenDocument";
  return "Zip archive data";
}

/// RIFF, ISO media and Java share their first bytes with others.
std::string_view container_text(Bytes bytes) noexcept {
  if (has_at(bytes, 0, "RIFF")) {
    if (has_at(bytes, 8, "WAVE")) return "RIFF (little-endian) data, WAVE audio";
    if (has_at(bytes, 8, "AVI ")) return "RIFF (little-endian) data, AVI";
    if (has_at(bytes, 8, "WEBP")) return "RIFF (little-endian) data, Web/P image";
    return "RIFF (little-endian) data";
  }
  if (has_at(bytes, 4, "ftyp")) return "ISO Media";
  // A fat Mach-O has few architectures where Java has its version.
  if (has_at(bytes, 0, "\xca\xfe\xba\xbe"sv) && bytes.size() >= 8)
    return bytes[7] < 20 ? "Mach-O universal binary" : "compiled Java class data";
  return {};
}

bool is_html(Bytes bytes) noexcept {
  constexpr std::string_view kBegins[] = {"<!doctype html", "<html", "<head", "<script", "<title"};
  auto text = as_text(bytes);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  const auto begins = [text](std::string_view wanted) {
    return text.size() >= wanted.size() &&
           std::equal(wanted.begin(), wanted.end(), text.begin(), [](char lower, char c) {
             return (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) == lower;
           });
  };
  return std::any_of(std::begin(kBegins), std::end(kBegins), begins);
}

std::string_view text_or_data(Bytes bytes) noexcept {
  if (is_html(bytes)) return "HTML document text, ASCII text";
  const bool is_ascii = std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) {
    return (byte >= 0x20 && byte < 0x7f) || (byte >= '\t' && byte <= '\r') || byte == 0x1b;
  });
  if (!is_ascii) return "data";
  return as_text(bytes).find("\r\n") != std::string_view::npos
             ? "ASCII text, with CRLF line terminators"
             : "ASCII text";
}

}  // namespace

std::string_view file_magic(Bytes begin, std::span<char> room) noexcept {
  if (begin.empty()) return "empty";
  const auto bytes = begin.first(std::min(begin.size(), kFileMagicBytes));
  events::BoundedText out(room);
  if (has_at(bytes, 0, "%PDF-")) {
    out += "PDF document, version ";
    out += version_in(bytes.subspan(5));
    return out.view();
  }
  if (has_at(bytes, 0, "MZ")) {
    write_executable(bytes, out);
    return out.view();
  }
  if (has_at(bytes, 0, "\x7f\x45LF"sv)) {
    write_elf(bytes, out);
    return out.view();
  }
  if (has_at(bytes, 0, "PK\x03\x04"sv)) return zip_text(bytes);
  if (const auto text = container_text(bytes); !text.empty()) return text;
  for (const auto& signature : kSignatures)
    if (has_at(bytes, signature.offset, signature.bytes)) return signature.text;
  return text_or_data(bytes);
}

}  // namespace sekisho::engines
