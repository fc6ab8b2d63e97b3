// gRPC clears up in a thread of its own, which a process that ends at once would cut off in the
// middle: LeakSanitizer then finds what that thread was about to give back.
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#include <grpc/grpc.h>

#include <catch2/catch.hpp>

namespace {

class GrpcEnd final : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;
  void testRunStarting(const Catch::TestRunInfo&) override { grpc_init(); }
  void testRunEnded(const Catch::TestRunStats&) override { grpc_shutdown_blocking(); }
};

}  // namespace

CATCH_REGISTER_LISTENER(GrpcEnd)
