// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ohmweave::base::testing {

/// Whether AddressSanitizer watches this build: what takes seconds without it takes minutes with it, so tests of
/// many random cases take fewer of them.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

}  // namespace ohmweave::base::testing
