#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "engines/api/facts.h"

namespace sekisho::rules {
struct Application;
}

namespace sekisho::engines::appid {

/// Which application a host name is of: one look-up over all suffixes of the catalogue; and a media
/// type, a client program, a certificate. Immutable once made, for any number of threads.
class HostTable {
 public:
  /// Of these of the catalogue (rules/applications), whose texts outlive the table.
  explicit HostTable(std::span<const rules::Application> applications);

  /// A host of the administrator's own application: "www.example.com", or "*.example.com" for all
  /// below example.com. Lower case.
  struct OwnHost {
    std::string_view pattern;
    ApplicationId application;
  };
  /// `own` and the catalogue's: where suffixes are equally long `own` wins. The patterns' text and
  /// `catalogue` outlive the table.
  HostTable(std::span<const OwnHost> own, const HostTable& catalogue);

  /// The application that has the longest suffix of `host`, on whole labels and in any case; 0:
  /// none. One dot may stand at the end. Hosts that are addresses, or longer than a name can be,
  /// are nobody's. At most one probe a label; no allocation.
  ApplicationId find(std::string_view host) const noexcept;

  /// The application whose HTTP bodies alone are of this media type ("application/ipp; x=y", in any
  /// case); 0: none. No allocation.
  ApplicationId find_media_type(std::string_view value) const noexcept;

  /// The application whose HTTP clients alone begin their User-Agent so; 0: none. No allocation.
  ApplicationId find_agent(std::string_view agent) const noexcept;

  /// The application whose servers alone have such certificates: `subject` and `issuer` as "C=..,
  /// O=.., CN=..", `port` of the server; 0: none. No allocation.
  ApplicationId find_certificate(std::string_view subject, std::string_view issuer,
                                 std::uint16_t port) const noexcept;

  /// The application whose programs alone begin TLS or QUIC with this fingerprint (JA4), by the
  /// longest beginning on whole parts; 0: none. No allocation.
  ApplicationId find_ja4(std::string_view fingerprint) const noexcept;

  /// The table of this process, of the whole catalogue, made when first asked for: ask before
  /// packets come.
  static const HostTable& of_catalogue();

 private:
  enum class Scope : std::uint8_t { host_and_below, host, below };
  struct Entry {
    std::uint32_t hash = 0;
    ApplicationId application = 0;  // 0: free
    Scope scope = Scope::host_and_below;
    std::string_view suffix;
  };
  struct Match {
    ApplicationId application = 0;  // 0: none
    std::size_t suffix_bytes = 0;
  };
  void add(std::string_view suffix, Scope scope, ApplicationId application);
  void make_room(std::size_t count);
  const Entry* probe(std::uint32_t hash, std::string_view suffix, bool is_whole) const noexcept;
  Match longest(std::string_view host) const noexcept;

  const HostTable* catalogue_ = nullptr;  // of a table of own hosts

  std::vector<std::pair<std::string_view, ApplicationId>> media_types_;  // a handful
  std::vector<std::pair<std::string_view, ApplicationId>> agents_;       // a handful, too
  std::vector<std::pair<std::string_view, ApplicationId>> ja4_;          // and these
  struct Certificate {
    std::string_view subject;
    std::uint16_t port;
    ApplicationId application;
  };
  std::vector<Certificate> certificates_;
  std::vector<Entry> entries_;  // open addressing, a power of two
  std::size_t mask_ = 0;
};

}  // namespace sekisho::engines::appid
