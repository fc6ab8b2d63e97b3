#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "engines/api/facts.h"

namespace sekisho::engines::appid {

/// Which application a host name is of: one look-up over all suffixes of the catalogue; and a media
/// type. Immutable once made, for any number of threads.
class HostTable {
 public:
  /// Of the whole catalogue (rules/applications).
  HostTable();

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

  /// The table of this process, made when first asked for: ask before packets come.
  static const HostTable& of_catalogue();

 private:
  struct Entry {
    std::uint32_t hash = 0;
    ApplicationId application = 0;  // 0: free
    std::string_view suffix;        // of the catalogue
  };
  void add(std::string_view suffix, ApplicationId application);
  const Entry* probe(std::uint32_t hash, std::string_view suffix) const noexcept;

  std::vector<std::pair<std::string_view, ApplicationId>> media_types_;  // a handful
  std::vector<std::pair<std::string_view, ApplicationId>> agents_;       // a handful, too
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
