// What the words of a program's text are for: names of functions, commands, options and objects of
// JavaScript, VBScript, VBA, PowerShell, batch and shell, by the purpose that they serve.
#include <algorithm>
#include <array>

#include "byte_histogram.h"
#include "measures.h"

namespace sekisho::engines::file_features {
namespace {

using enum Feature;

struct Purpose {
  Feature feature;
  std::string_view words;  // in lower case, letters and digits and _ only
};

constexpr std::array kPurposes{
    Purpose{word_evaluate,
            "eval execute executeglobal iex invoke expression scriptblock setinterval settimeout "
            "evaluate executeexcel4macro callbyname constructor"},
    Purpose{word_decode,
            "atob btoa unescape decodeuricomponent frombase64string base64 gzipstream "
            "deflatestream decompress xor bxor decode strreverse rot13 certutil base64_decode "
            "fromhex openssl xxd convertto securestring"},
    Purpose{word_character,
            "chr chrw chrb asc ascw fromcharcode charcodeat char tochararray byte printf split "
            "join replace reverse substring mid parseint"},
    Purpose{word_run,
            "shell shellexecute wscript run exec winexec createprocess start process startprocess "
            "system spawn popen cmd rundll32 regsvr32 mshta installutil msbuild wmic forfiles "
            "winmgmts win32_process create launch chmod"},
    Purpose{word_download,
            "xmlhttp serverxmlhttp winhttprequest webclient downloadfile downloadstring "
            "downloaddata webrequest wget curl urldownloadtofile urldownloadtofilea bitstransfer "
            "bitsadmin urlcache msxml2 responsebody httpwebrequest internetopen fetch openread "
            "exportdataobject submitform geturl"},
    Purpose{word_write,
            "adodb savetofile writeallbytes writealltext createtextfile filesystemobject outfile "
            "binarywrite copyfile writetext opentextfile put"},
    Purpose{word_hide,
            "hidden windowstyle nop noprofile noninteractive noni bypass executionpolicy enc "
            "encodedcommand vbhide hide minimized nologo unrestricted createnowindow displayalerts "
            "screenupdating"},
    Purpose{word_persist,
            "schtasks currentversion runonce startup crontab regwrite new_itemproperty "
            "itemproperty scheduledtask autorun registeredtask logonscript authorized_keys bashrc "
            "systemctl onlogon hkcu hkey_current_user"},
    Purpose{word_disarm,
            "amsi amsiutils amsiinitfailed vssadmin shadows shadowcopy bcdedit recoveryenabled "
            "wbadmin mppreference disablerealtimemonitoring netsh advfirewall taskkill defender "
            "setenforce iptables wevtutil accessvbom vbawarnings killall"},
    Purpose{word_socket,
            "tcpclient socket connect mkfifo netcat ncat nc tcp udp getstream networkstream bind "
            "listen sockaddr winsock pty"},
    Purpose{word_place,
            "temp tmp appdata localappdata programdata userprofile getspecialfolder public environ "
            "environment expandenvironmentstrings gettempname"},
    Purpose{word_object,
            "createobject getobject activexobject comobject new_object object stdpicture dispatch "
            "getactiveobject"},
    Purpose{word_memory,
            "virtualalloc virtualallocex virtualprotect writeprocessmemory createremotethread "
            "createthread getprocaddress loadlibrary loadlibrarya rtlmovememory dllimport marshal "
            "getdelegateforfunctionpointer ntdll kernel32 queueuserapc enumsystemlocalesa ptrsafe "
            "heapcreate spray unsafe"},
    Purpose{word_encrypt,
            "aes rijndaelmanaged createencryptor encrypt encrypted decrypt cryptencrypt "
            "rsacryptoserviceprovider bitcoin ransom onion locked recover payment monero"},
    Purpose{word_secret,
            "password passwords credential credentials lsass mimikatz sekurlsa logindata wallet "
            "cookies keylogger getasynckeystate sam token netrc id_rsa shadow"},
    Purpose{
        word_auto,
        "autoopen auto_open autoexec autoclose auto_close document_open workbook_open documentopen "
        "autonew document_close workbook_activate workbook_beforeclose document_new autoexit "
        "userform_initialize workbook_sheetcalculate inkpicture1_painted"},
    Purpose{word_shell,
            "powershell pwsh cscript bash sh zsh comspec cmd32 sysnative system32 busybox dash"},
    Purpose{word_screen,
            "msgbox alert console print println echo write_host getelementbyid document window "
            "range cells activesheet worksheet worksheets selection inputbox userform style format "
            "log addeventlistener queryselector"},
    Purpose{
        word_declare,
        "function sub dim var const let import require param class public_ export module def "
        "return private option explicit end usage license copyright exports prototype interface"},
};

struct Word {
  std::string_view text;
  Feature feature = word_run;
};

constexpr std::size_t count_words() {
  std::size_t count = 0;
  for (const auto& purpose : kPurposes)
    count +=
        1 + static_cast<std::size_t>(std::count(purpose.words.begin(), purpose.words.end(), ' '));
  return count;
}

constexpr auto make_table() {
  std::array<Word, count_words()> table;
  std::size_t n = 0;
  for (const auto& purpose : kPurposes) {
    auto rest = purpose.words;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(' '), rest.size());
      table[n++] = {rest.substr(0, end), purpose.feature};
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  std::sort(table.begin(), table.end(),
            [](const Word& a, const Word& b) { return a.text < b.text; });
  return table;
}
constexpr auto kWords = make_table();
static_assert(std::adjacent_find(kWords.begin(), kWords.end(), [](const Word& a, const Word& b) {
                return a.text == b.text;
              }) == kWords.end());

constexpr std::size_t kLongestWord = 32;

const Word* find_word(std::string_view text) noexcept {
  const auto* const found = std::lower_bound(
      kWords.begin(), kWords.end(), text,
      [](const Word& word, std::string_view wanted) { return word.text < wanted; });
  return found != kWords.end() && found->text == text ? found : nullptr;
}

/// What tells no program: any text has such words.
bool is_told_by_any_text(Feature feature) noexcept {
  return feature == word_screen || feature == word_declare || feature == word_place ||
         feature == word_secret || feature == word_character || feature == word_encrypt ||
         feature == word_run;
}

}  // namespace

/// Escapes that split words (carets of batch, backticks of PowerShell) and NULs (UTF-16) are not
/// there.
std::size_t measure_words(std::string_view text, FileFeatures& out) {
  std::array<std::uint32_t, kPurposes.size()> counts{};
  std::array<char, kLongestWord> word;
  std::size_t size = 0;
  const auto end_word = [&] {
    if (size >= 2 && size <= kLongestWord)
      if (const auto* found = find_word({word.data(), size}))
        ++counts[static_cast<std::size_t>(found->feature) -
                 static_cast<std::size_t>(word_evaluate)];
    size = 0;
  };
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    if ((lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_') {
      if (size < kLongestWord) word[size] = lower;
      size = std::min(size + 1, kLongestWord + 1);
    } else if (c != '^' && c != '`' && c != '\0') {
      end_word();
    }
  }
  end_word();
  std::size_t telling = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto feature = static_cast<Feature>(i + static_cast<std::size_t>(word_evaluate));
    out[feature] = log_of(counts[i]);
    if (!is_told_by_any_text(feature)) telling += counts[i];
  }
  return telling;
}

static_assert(static_cast<std::size_t>(word_declare) - static_cast<std::size_t>(word_evaluate) +
                  1 ==
              kPurposes.size());

}  // namespace sekisho::engines::file_features
