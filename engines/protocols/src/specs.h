#pragma once

#include "engines/protocols/parser.h"

namespace sekisho::engines {

// one line a protocol, in alphabetical order

}  // namespace sekisho::engines
