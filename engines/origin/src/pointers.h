#pragma once

#include "engines/origin/validation.h"
#include "openssl_parts.h"

namespace sekisho::engines::origin {

Pointers pointers_of(const X509& certificate);

/// Whether the list says all there is to say of this certificate (RFC 5280 §5.2.5): not so changes
/// of another list, or the part of a list that the certificate does not point to.
bool is_whole_for(const X509_CRL& list, const X509& certificate);

}  // namespace sekisho::engines::origin
