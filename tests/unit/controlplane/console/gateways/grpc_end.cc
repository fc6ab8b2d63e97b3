// gRPC clears up in a thread of its own, which a process that ends at once would cut off in the
// middle: LeakSanitizer then finds what that thread was about to give back.
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#include <grpc/grpc.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

namespace {

class GrpcEnd final : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;
  void testRunStarting(const Catch::TestRunInfo&) override { grpc_init(); }
  void testRunEnded(const Catch::TestRunStats&) override {
    grpc_shutdown_blocking();
    // Connections that were cut off in their handshake keep gRPC up until they are gone.
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (grpc_is_initialized() != 0 && std::chrono::steady_clock::now() < give_up)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    grpc_init();
    grpc_shutdown_blocking();  // waits for the thread that the last of them left to clear up
  }
};

}  // namespace

CATCH_REGISTER_LISTENER(GrpcEnd)
