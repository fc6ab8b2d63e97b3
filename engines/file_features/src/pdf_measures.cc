#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "byte_histogram.h"
#include "config/base/text_bytes.h"
#include "measures.h"
#include "pdf_scan.h"
#include "zip_member.h"

namespace sekisho::engines::file_features {
namespace {

using enum Feature;

constexpr std::size_t kMostUnpacked = std::size_t{4} << 20;  // of all streams together
constexpr std::size_t kMostOfStream = std::size_t{256} << 10;

struct Counted {
  std::string_view name;
  Feature feature;
};
constexpr std::array kCounted{Counted{"Page", pdf_pages},
                              Counted{"Font", pdf_fonts},
                              Counted{"JS", pdf_scripts},
                              Counted{"JavaScript", pdf_scripts},
                              Counted{"OpenAction", pdf_open_actions},
                              Counted{"AA", pdf_more_actions},
                              Counted{"Launch", pdf_launches},
                              Counted{"EmbeddedFile", pdf_files},
                              Counted{"AcroForm", pdf_forms},
                              Counted{"XFA", pdf_forms},
                              Counted{"URI", pdf_links},
                              Counted{"GoToR", pdf_links},
                              Counted{"SubmitForm", pdf_links},
                              Counted{"RichMedia", pdf_media},
                              Counted{"3D", pdf_media},
                              Counted{"Flash", pdf_media},
                              Counted{"JBIG2Decode", pdf_odd_filters},
                              Counted{"ASCIIHexDecode", pdf_odd_filters},
                              Counted{"ASCII85Decode", pdf_odd_filters},
                              Counted{"ObjStm", pdf_object_streams},
                              Counted{"Encrypt", pdf_encrypted}};

void count_names(const PdfScan& scan, FileFeatures& out) {
  std::array<std::uint64_t, kFeatures> counts{};
  for (const auto& known : scan.names) {
    const auto* const found = std::find_if(kCounted.begin(), kCounted.end(),
                                           [&](const Counted& c) { return c.name == known.first; });
    if (found != kCounted.end()) counts[static_cast<std::size_t>(found->feature)] += known.second;
  }
  for (const auto& counted : kCounted)
    out[counted.feature] = log_of(counts[static_cast<std::size_t>(counted.feature)]);
}

void measure_streams(const FileView& file, const PdfScan& scan, FileFeatures& out) {
  ByteHistogram histogram;
  std::uint64_t bytes = 0;
  for (const auto& stream : scan.streams) {
    bytes += stream.bytes;
    if (histogram.total() < kMostMeasured)
      histogram.add(file.part(stream.at, std::min<std::uint64_t>(stream.bytes, kMostOfStream)));
  }
  out[pdf_objects] = log_of(scan.objects);
  out[pdf_streams] = log_of(scan.streams.size());
  out[pdf_stream_bytes] = static_cast<float>(bytes) / static_cast<float>(file.size());
  if (bytes != 0) out[pdf_stream_entropy] = histogram.entropy();
}

/// What readers forgive around the document itself.
void measure_ends(const FileView& file, FileFeatures& out) {
  const auto text = as_text(file.bytes());
  const auto header = text.substr(0, 4096).find("%PDF-");
  out[pdf_header_at] = log_of(header == text.npos ? 0 : header);
  const auto tail = text.substr(text.size() - std::min(text.size(), kMostMeasured));
  std::size_t ends = 0;
  auto last = tail.size();
  for (auto at = tail.find("%%EOF"); at != tail.npos; at = tail.find("%%EOF", at + 5)) {
    ++ends;
    last = at + 5;
  }
  out[pdf_revisions] = static_cast<float>(ends);
  out[pdf_after_end] = log_of(tail.size() - last);
}

/// The scripts: texts that stand behind /JS, and streams that it refers to.
std::string scripts_of(const FileView& file, const PdfScan& scan) {
  auto scripts = scan.scripts;
  for (const auto object : scan.script_objects) {
    const auto found =
        std::find_if(scan.streams.begin(), scan.streams.end(),
                     [&](const PdfScan::Stream& stream) { return stream.object == object; });
    if (found == scan.streams.end() || scripts.size() >= kMostText) continue;
    const auto packed = file.part(found->at, found->bytes);
    const auto most = std::min(kMostOfStream, kMostText - scripts.size());
    scripts += found->is_deflated ? inflate_some(packed, true, most)
                                  : std::string(as_text(packed).substr(0, most));
    scripts += '\n';
  }
  return scripts;
}

}  // namespace

void measure_pdf(Bytes file, FileFeatures& out) {
  const FileView view(file);
  PdfScan scan;
  scan.read(file.first(std::min(file.size(), kMostMeasured)));
  std::size_t unpacked = 0;
  for (std::size_t i = 0; i < scan.streams.size() && unpacked < kMostUnpacked; ++i) {
    const auto stream = scan.streams[i];
    if (!stream.is_deflated || !stream.has_objects) continue;
    const auto objects = inflate_some(view.part(stream.at, stream.bytes), true, kMostOfStream);
    unpacked += objects.size();
    scan.read_objects(bytes_of(objects));
  }
  count_names(scan, out);
  measure_streams(view, scan, out);
  measure_ends(view, out);
  out[pdf_escaped_names] = log_of(scan.escaped_names);
  const auto scripts = scripts_of(view, scan);
  measure_words(scripts, out);
  measure_text(scripts, out);
}

}  // namespace sekisho::engines::file_features
