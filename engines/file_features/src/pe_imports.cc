#include "pe_imports.h"

#include <algorithm>
#include <array>
#include <string>

#include "byte_histogram.h"

namespace sekisho::engines::file_features {
namespace {

using enum Feature;

struct Purpose {
  Feature feature;
  std::string_view functions;  // without the A or W of their two forms
};

constexpr std::array kPurposes{
    Purpose{api_memory,
            "VirtualAlloc VirtualProtect VirtualAllocEx VirtualProtectEx NtAllocateVirtualMemory "
            "NtProtectVirtualMemory HeapCreate MapViewOfFile"},
    Purpose{
        api_inject,
        "WriteProcessMemory ReadProcessMemory CreateRemoteThread CreateRemoteThreadEx "
        "NtUnmapViewOfSection NtWriteVirtualMemory QueueUserAPC SetThreadContext GetThreadContext "
        "ResumeThread OpenProcess RtlCreateUserThread NtCreateThreadEx NtMapViewOfSection"},
    Purpose{api_resolve,
            "GetProcAddress LoadLibrary LoadLibraryEx LdrLoadDll LdrGetProcedureAddress "
            "GetModuleHandle"},
    Purpose{api_download,
            "URLDownloadToFile InternetOpen InternetOpenUrl InternetReadFile InternetConnect "
            "HttpSendRequest HttpOpenRequest WinHttpOpen WinHttpConnect WinHttpSendRequest "
            "WinHttpReadData WinHttpReceiveResponse"},
    Purpose{api_socket,
            "socket connect send recv bind listen accept WSAStartup WSASocket WSAConnect "
            "gethostbyname getaddrinfo DnsQuery"},
    Purpose{api_spy,
            "SetWindowsHookEx GetAsyncKeyState GetKeyState GetForegroundWindow GetKeyboardState "
            "BitBlt GetClipboardData AttachThreadInput RegisterRawInputDevices GetRawInputData"},
    Purpose{api_encrypt,
            "CryptEncrypt CryptDecrypt CryptGenKey CryptAcquireContext CryptImportKey "
            "CryptDeriveKey BCryptEncrypt BCryptDecrypt BCryptGenerateSymmetricKey CryptGenRandom "
            "SystemFunction036 CryptUnprotectData"},
    Purpose{
        api_debug,
        "IsDebuggerPresent CheckRemoteDebuggerPresent NtQueryInformationProcess OutputDebugString "
        "GetTickCount QueryPerformanceCounter NtSetInformationThread Sleep BlockInput"},
    Purpose{api_persist,
            "RegSetValueEx RegCreateKeyEx RegCreateKey RegSetValue CreateService StartService "
            "ChangeServiceConfig SHSetValue"},
    Purpose{api_run,
            "WinExec ShellExecute ShellExecuteEx CreateProcess CreateProcessAsUser system "
            "CreateProcessWithToken AdjustTokenPrivileges"},
    Purpose{api_search,
            "FindFirstFile FindNextFile Process32First Process32Next CreateToolhelp32Snapshot "
            "EnumProcesses GetLogicalDrives GetDriveType WNetEnumResource NetShareEnum"},
    Purpose{api_screen,
            "CreateWindowEx DialogBoxParam MessageBox GetMessage DispatchMessage DefWindowProc "
            "LoadIcon LoadString LoadCursor GetDC BeginPaint"},
};

struct Function {
  std::string_view name;
  std::size_t purpose = 0;
};

constexpr std::size_t count_functions() {
  std::size_t count = 0;
  for (const auto& purpose : kPurposes)
    count += 1 + static_cast<std::size_t>(
                     std::count(purpose.functions.begin(), purpose.functions.end(), ' '));
  return count;
}

constexpr auto make_table() {
  std::array<Function, count_functions()> table;
  std::size_t n = 0;
  for (std::size_t i = 0; i < kPurposes.size(); ++i) {
    auto rest = kPurposes[i].functions;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(' '), rest.size());
      table[n++] = {rest.substr(0, end), i};
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  std::sort(table.begin(), table.end(),
            [](const Function& a, const Function& b) { return a.name < b.name; });
  return table;
}
constexpr auto kFunctions = make_table();

const Function* find_exactly(std::string_view name) noexcept {
  const auto* const found =
      std::lower_bound(kFunctions.begin(), kFunctions.end(), name,
                       [](const Function& f, std::string_view wanted) { return f.name < wanted; });
  return found != kFunctions.end() && found->name == name ? found : nullptr;
}

const Function* find_function(std::string_view name) noexcept {
  const auto* found = find_exactly(name);
  if (found == nullptr && (name.ends_with('A') || name.ends_with('W')))
    found = find_exactly(name.substr(0, name.size() - 1));
  return found;
}

struct Imports {
  std::array<std::uint32_t, kPurposes.size()> by_purpose{};
  std::size_t libraries = 0, functions = 0, ordinals = 0;
};

/// The functions of one library; `at` is where its table of them lies in the file.
void add_functions(const PeImage& image, std::uint64_t at, Imports& imports) {
  const std::uint64_t step = image.is_64 ? 8 : 4;
  for (; imports.functions < PeImage::kMostImports; at += step) {
    const auto value = image.file.address(at, image.is_64);
    if (!value || *value == 0) return;
    ++imports.functions;
    if ((*value >> (image.is_64 ? 63 : 31)) != 0) {
      ++imports.ordinals;
      continue;
    }
    const auto name_at = image.file_at(static_cast<std::uint32_t>(*value));
    if (!name_at) continue;
    if (const auto* found = find_function(image.file.text(*name_at + 2, 64)))
      ++imports.by_purpose[found->purpose];
  }
}

}  // namespace

void measure_imports(const PeImage& image, FileFeatures& out) {
  constexpr std::uint64_t kEntryBytes = 20;
  Imports imports;
  auto at = image.file_at(image.directories[PeImage::kImports].address);
  for (; at && imports.libraries < PeImage::kMostLibraries; *at += kEntryBytes) {
    const auto named = image.file.le32(*at), name = image.file.le32(*at + 12),
               bound = image.file.le32(*at + 16);
    if (!named || !name || !bound || *name == 0) break;
    ++imports.libraries;
    const auto table = image.file_at(*named != 0 ? *named : *bound);
    if (table) add_functions(image, *table, imports);
  }
  out[pe_libraries] = static_cast<float>(imports.libraries);
  out[pe_imports] = log_of(imports.functions);
  out[pe_ordinals] = static_cast<float>(imports.ordinals) /
                     static_cast<float>(std::max<std::size_t>(imports.functions, 1));
  for (std::size_t i = 0; i < kPurposes.size(); ++i)
    out[kPurposes[i].feature] = log_of(imports.by_purpose[i]);
}

}  // namespace sekisho::engines::file_features
