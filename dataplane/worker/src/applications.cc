// The administrator's own applications: of flows as their policy has them, and over a change of it.
#include "dataplane/worker/worker.h"
#include "rules/applications/catalogue.h"

namespace sekisho::dataplane {
namespace {

using engines::ApplicationId;
using engines::Knowledge;

void set_application(Flow& flow, ApplicationId application, bool may_be_told_yet) noexcept {
  flow.application = application;
  flow.application_known = application != 0  ? Knowledge::known
                           : may_be_told_yet ? Knowledge::not_yet
                                             : Knowledge::never;
}

/// What was told of the flow before its ends did becomes what carries it.
void tell_by_ends(Flow& flow, ApplicationId application) noexcept {
  if (!flow.told_by_ends) {
    const auto* const known = rules::application(flow.application);
    if (flow.carrier == 0 && known != nullptr && rules::can_carry(*known)) flow.carrier = known->id;
    flow.carrier_awaited = flow.application_known == Knowledge::not_yet;
    flow.told_by_ends = true;
    flow.function = 0;
  }
  set_application(flow, application, false);
}

/// Its carrier is left.
void take_back(Flow& flow) noexcept {
  set_application(flow, flow.carrier, flow.carrier_awaited);
  flow.carrier = 0;
  flow.told_by_ends = flow.carrier_awaited = false;
}

}  // namespace

/// Under another policy its ends may be another's, and numbers of own applications stand for other
/// ones: what a host told goes by its name.
void Worker::refresh_application(Flow& flow) noexcept {
  if (policy_ == nullptr || flow.judged_generation == generation_) return;
  const auto& own = policy_->own_applications();
  const auto facts = facts_of(flow);
  const auto by_ends = own.find(facts.destination, facts.protocol, facts.destination_port);
  const auto by_name = OwnApplication::is_own(flow.application) && !flow.told_by_ends
                           ? own.id_of(accounts_[flows_.index_of(flow)].own_application)
                           : ApplicationId{0};
  const bool is_lost = OwnApplication::is_own(flow.application) && by_name == 0 && by_ends == 0;
  if (by_ends == 0 && by_name == 0 && !is_lost) return;
  // What it carried until now was the former application's.
  if (flow.judged_generation != 0) add_up(flow);
  if (by_ends != 0)
    tell_by_ends(flow, by_ends);
  else if (by_name != 0)
    set_application(flow, by_name, false);
  else
    take_back(flow);
  note_own_application(flow);
}

/// After the flow's application was set: remembers it by a name that outlives the policy.
void Worker::note_own_application(const Flow& flow) noexcept {
  if (!OwnApplication::is_own(flow.application) || policy_ == nullptr) return;
  accounts_[flows_.index_of(flow)].own_application =
      policy_->own_applications().key_of(flow.application);
}

/// A host name told more than the protocol, which rules may name, too. Not more than the flow's
/// ends, where the administrator says whose they are.
void Worker::name_application(Flow& flow, ApplicationId application) noexcept {
  if (flow.application == application || flow.told_by_ends) return;
  put_application(flow, application);
  note_hint(flow, application);
}

/// By the name that its client asked DNS for, where the flow itself says only what carries it.
void Worker::name_by_dns(Flow& flow, std::string_view host) noexcept {
  const auto* const told = rules::application(flow.application);
  if (flow.told_by_ends || (told != nullptr && !rules::can_carry(*told))) return;
  const auto application = policy_->own_applications().hosts().find(host);
  if (application != 0 && application != flow.application) put_application(flow, application);
}

/// Keeps what it is spoken in as its carrier.
void Worker::put_application(Flow& flow, ApplicationId application) noexcept {
  if (flow.carrier == 0 && flow.application != 0) flow.carrier = flow.application;
  if (flow.carrier == 0) {
    const auto protocol = static_cast<engines::Protocol>(flow.app_protocol);
    const auto* const known = rules::find_application(rules::name_of(protocol));
    if (known != nullptr) flow.carrier = known->id;
  }
  flow.application = application;
  flow.application_known = Knowledge::known;
  note_own_application(flow);
}

}  // namespace sekisho::dataplane
