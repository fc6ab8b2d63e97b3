#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "config/scan/scan_message.h"
#include "controlplane/scan/own_signatures.h"
#include "engines/file_model/file_model.h"

namespace sekisho::controlplane {

/// The model of harmful files among the firmware's signatures (`sekisho.model`), taken up anew when
/// its file is replaced. A damaged file leaves the one before. Any thread.
class LearnedModel {
 public:
  using Model = engines::file_model::FileModel;

  /// Empty: there is none.
  explicit LearnedModel(std::string path) : path_(std::move(path)) {}

  /// Looks whether the file is another one; a second look within a second costs nothing.
  struct InForce {
    std::shared_ptr<const Model> model;  // null: none
    std::uint64_t generation = 0;        // changes with each file taken up
  };
  InForce in_force();

 private:
  void look();

  std::string path_;
  std::mutex mutex_;
  InForce current_;    // under mutex_, as is what follows
  FileState state_{};  // of what was looked at last
  std::int64_t looked_s_ = -1;
};

/// Measures a clean file and adds what `model` says of it to `answer`: nothing, of a file of a kind
/// that is not measured.
void add_score(const engines::file_model::FileModel& model, std::span<const std::uint8_t> file,
               scan::ScanAnswer& answer);

}  // namespace sekisho::controlplane
