#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace sekisho::console::http {

/// How many connections there are, in all and of each address. Any thread.
class ConnectionLimits : public std::enable_shared_from_this<ConnectionLimits> {
 public:
  ConnectionLimits(std::size_t in_all, std::size_t per_address)
      : in_all_(in_all), per_address_(per_address) {}

  /// A place, taken until it is destroyed.
  class Place {
   public:
    Place(std::shared_ptr<ConnectionLimits> limits, std::string address)
        : limits_(std::move(limits)), address_(std::move(address)) {}
    ~Place() { limits_->leave(address_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    std::shared_ptr<ConnectionLimits> limits_;
    std::string address_;
  };

  /// Null when there are too many already.
  std::unique_ptr<Place> enter(const std::string& address);
  std::size_t open() const;

 private:
  void leave(const std::string& address);

  const std::size_t in_all_;
  const std::size_t per_address_;
  mutable std::mutex mutex_;
  std::size_t open_ = 0;
  std::unordered_map<std::string, std::size_t> by_address_;
};

}  // namespace sekisho::console::http
