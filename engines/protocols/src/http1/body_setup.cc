// Which files a body is.
#include "http1/transaction.h"

namespace sekisho::engines::http1 {
namespace {

/// The normalised path of the request.
Bytes path_of(HttpTransaction& transaction) noexcept {
  auto& name = transaction.path_name;
  if (!name.empty() || !transaction.request.line_done()) return name.view();
  const auto room = name.prepare(HttpTransaction::kMaxNameBytes);
  ScratchWriter out(room);
  add_normalised_path(transaction.target().path, out);
  name.commit(out.size());
  return name.view();
}

Bytes declared_name(const MessageHead& head) noexcept {
  const auto* const disposition = head.table.find(Name::content_disposition);
  return disposition == nullptr
             ? Bytes{}
             : parameter_of(raw_value_of(*disposition, head.bytes()), "filename");
}

Bytes multipart_boundary(const MessageHead& head) noexcept {
  const auto* const type = head.table.find(Name::content_type);
  if (type == nullptr) return {};
  const auto value = raw_value_of(*type, head.bytes());
  if (!starts_nocase(value, "multipart/form-data")) return {};
  return parameter_of(value, "boundary");
}

}  // namespace

Pooled<BodyPipe> make_body_pipe(HttpTransaction& transaction, Direction direction,
                                const Framing& framing, const ParserOptions& options,
                                MemoryPool& pool, std::uint32_t& next_file_id) noexcept {
  BodyPipe::Setup setup;
  setup.direction = direction;
  setup.depth = options.body_depth;
  setup.next_file_id = &next_file_id;
  if (direction == Direction::to_client) {
    setup.is_file = true;
    setup.file_name = declared_name(transaction.response);
  } else {
    const auto method = transaction.request_line().method;
    const bool post = equals_nocase(method, "POST");
    if (post) setup.boundary = multipart_boundary(transaction.request);
    setup.is_file = setup.boundary.empty() && (post || equals_nocase(method, "PUT"));
  }
  if (setup.is_file && setup.file_name.empty()) setup.file_name = path_of(transaction);
  auto unpacked = framing;
  // requests are shown as they are: servers that unpack them are rare, rules look at the raw bytes
  if (direction == Direction::to_server) unpacked.num_codings = 0;
  if (direction == Direction::to_client && framing.num_words > ContentDecoder::kMaxLayers)
    transaction.add_oddity("http.too_many_encoding_layers");
  return make_pooled<BodyPipe>(pool, pool, setup, unpacked);
}

}  // namespace sekisho::engines::http1
