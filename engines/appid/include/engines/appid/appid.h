#pragma once

#include "engines/api/engine.h"

namespace sekisho::engines::appid {

/// Names the application of a flow from its first payloads by content (rules/applications), never
/// by port alone. Sets Facts::application and application_known; an application that is not known
/// yet is at least that one. Leaves flows alone whose
/// application is known or can never be.
extern const EngineSpec kSpec;

}  // namespace sekisho::engines::appid
