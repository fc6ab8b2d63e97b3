#pragma once

#include <cstddef>
#include <unordered_map>
#include <utility>

namespace sekisho::decrypt {

/// What was used lately, by its key: at most `most` entries, of which the less recent half goes
/// when the other is full. One thread.
template <class Key, class Value, class Hash>
class Recent {
 public:
  explicit Recent(std::size_t most) : half_(most / 2) {}

  /// Valid until the next call; null: it is not there.
  Value* find(const Key& key) {
    if (const auto at = young_.find(key); at != young_.end()) return &at->second;
    const auto at = old_.find(key);
    return at == old_.end() ? nullptr : &put(key, Value(std::move(at->second)));
  }
  Value& put(const Key& key, Value value) {
    if (young_.size() >= half_) old_ = std::exchange(young_, {});
    old_.erase(key);
    return young_.insert_or_assign(key, std::move(value)).first->second;
  }
  void erase(const Key& key) {
    young_.erase(key);
    old_.erase(key);
  }
  void clear() {
    young_.clear();
    old_.clear();
  }
  std::size_t size() const noexcept { return young_.size() + old_.size(); }

 private:
  std::size_t half_;
  std::unordered_map<Key, Value, Hash> young_, old_;
};

}  // namespace sekisho::decrypt
