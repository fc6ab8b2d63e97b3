#include "alert_notes.h"

#include <algorithm>

#include "config/base/text_bytes.h"
#include "config/events/json_writer.h"

namespace sekisho::engines {
namespace {

using ips::AlertNote;
using Scope = AlertNote::Scope;

bool has(std::span<const AlertNote> notes, Scope scope) noexcept {
  return std::any_of(notes.begin(), notes.end(),
                     [scope](const AlertNote& note) { return note.scope == scope; });
}

/// One object a variable, as Suricata has it.
void write_variables(std::string_view key, Scope scope, std::span<const AlertNote> notes,
                     events::BoundedJsonWriter& json) noexcept {
  if (!has(notes, scope)) return;
  json.begin_array(key);
  for (const auto& note : notes)
    if (note.scope == scope)
      json.begin_object().member(note.name, bytes_of(note.value)).end_object();
  json.end_array();
}

void write_context(std::span<const AlertNote> notes, events::BoundedJsonWriter& json) noexcept {
  json.begin_object();
  for (const auto& note : notes) {
    if (note.scope == Scope::context_json)
      json.member_json(note.name, note.value);
    else if (note.scope == Scope::context)
      json.member(note.name, bytes_of(note.value));
  }
  json.end_object();
}

void write_metadata(std::span<const AlertNote> notes, events::BoundedJsonWriter& json) noexcept {
  json.begin_object();
  write_variables("flowvars", Scope::flow, notes, json);
  write_variables("pktvars", Scope::packet, notes, json);
  json.end_object();
}

template <class Write>
std::string_view written(std::span<char> room, std::span<const AlertNote> notes,
                         Write write) noexcept {
  events::BoundedText text(room);
  events::BoundedJsonWriter json(text);
  write(notes, json);
  return text.overflowed() ? std::string_view{} : text.view();
}

}  // namespace

AlertNotes::AlertNotes(std::span<const AlertNote> notes, std::span<char> room) noexcept {
  const auto half = room.size() / 2;
  if (has(notes, Scope::context) || has(notes, Scope::context_json))
    context_ = written(room.first(half), notes, write_context);
  if (has(notes, Scope::flow) || has(notes, Scope::packet))
    metadata_ = written(room.last(half), notes, write_metadata);
}

}  // namespace sekisho::engines
