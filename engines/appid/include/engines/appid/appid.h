#pragma once

#include "engines/api/engine.h"
#include "engines/appid/own_applications.h"

namespace sekisho::engines::appid {

/// Names the application of a flow from its first payloads by content (rules/applications), never
/// by port alone. Sets Facts::application and application_known; an application that is not known
/// yet is at least that one. Leaves flows alone whose
/// application is known or can never be; of one whose application its ends told
/// (Facts::carrier_awaited, set by who asks OwnApplications::find) only the carrier is looked for.
extern const EngineSpec kSpec;

/// The own applications of a ruleset that kSpec loaded; they live as long as it.
const OwnApplications& own_applications(const Ruleset& ruleset) noexcept;

}  // namespace sekisho::engines::appid
