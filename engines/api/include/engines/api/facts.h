#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "config/base/address.h"
#include "config/base/own_application.h"
#include "config/base/own_categories.h"
#include "config/events/event.h"
#include "config/policy/model.h"

namespace sekisho::engines {

/// Of rules/applications, or OwnApplication of the policy; 0 is "none".
using ApplicationId = std::uint16_t;
using UrlCategoryId = std::uint16_t;
using FunctionId = std::uint8_t;  // of rules/applications

/// A fact that takes packets to establish.
enum class Knowledge : std::uint8_t {
  not_yet,  // may become known
  known,
  never,  // examined to the end: it is none that we know, and that will not change
};

/// What the policy's allow and block lists say of a URL or an address; to allow wins.
enum class ListOutcome : std::uint8_t { none, allowed, blocked };

/// What is known of the URL that a flow is about: that of its newest request, or the server's name
/// where nothing more of it can be read. A later request may change all of it.
struct UrlFacts {
  static constexpr std::size_t kMaxCategories = 4;
  std::array<UrlCategoryId, kMaxCategories> categories{};  // the first `num_categories`
  std::uint8_t num_categories = 0;
  Knowledge known = Knowledge::not_yet;
  ListOutcome list = ListOutcome::none;
  OwnCategories own_categories;  // of the policy
};

/// What one worker knows of one flow. Source is the initiator. Integers in host order.
struct Facts {
  IpAddress source;
  IpAddress destination;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint8_t protocol = 0;  // IANA number
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
  policy::Side ingress = policy::Side::lan;  // the side the initiator is on
  MacAddress source_mac;
  ApplicationId application = 0;
  /// The protocol that `application` was told from, when that is an application too (tls of
  /// youtube): rules that name either match. 0: `application` stands alone.
  ApplicationId carrier = 0;
  /// Of the flow that announced this one as its media (SIP, RTSP): what is said names it where that
  /// is media. 0: none did.
  ApplicationId announced_as = 0;
  Knowledge application_known = Knowledge::not_yet;
  /// `application` is the administrator's own, by the flow's ends: nothing that is said changes it.
  bool told_by_ends = false;
  bool carrier_awaited = false;  // with told_by_ends: what is said may yet tell `carrier`
  /// What `application` is used for by the newest request; known when that is, or never, like its
  /// URL. 0: none that can be told.
  FunctionId function = 0;
  ListOutcome address_list = ListOutcome::none;  // of `destination`; stands before that of the URL
  OwnCategories address_categories;              // likewise; known from the first packet
  UrlFacts url;
};

enum class Verdict : std::uint8_t {
  pass,
  drop,
  reset,
  answer,  // the asking end in its own protocol, where that is possible; otherwise as reset
};

/// What the policy says about a flow, as far as the facts go.
struct Judgement {
  /// 0: no rule matched, the policy's end. One more than there are rules: the block list.
  events::RuleNumber rule = 0;
  /// Whose profile holds for the content: `rule`; while tentative the first rule that may match yet
  /// and has a profile for content, if it stands above `rule`.
  events::RuleNumber inspected_as = 0;
  Verdict verdict = Verdict::pass;
  policy::Action action = policy::Action::allow;
  bool log = false;
  bool tentative =
      false;  // an earlier rule may match yet: pass for now, judge again when facts change
  /// A rule down to the one that decides selects URL categories or functions: another request may
  /// change the verdict.
  bool by_url = false;
};

}  // namespace sekisho::engines
