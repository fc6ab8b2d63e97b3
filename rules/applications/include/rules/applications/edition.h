#pragma once

#include <string>

namespace sekisho::rules {

/// Names what a policy's words came to when this build compiled it: the product's version and the
/// catalogue of applications, as "0.1.0+9f86d081884c7d65". A policy that another edition compiled
/// may load and still mean other applications.
std::string edition();

}  // namespace sekisho::rules
