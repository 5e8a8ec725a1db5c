// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

namespace ohmweave::base {

/// A reference to something callable, for the duration of one call.
template <class Signature>
class FunctionRef;
template <class Result, class... Arguments>
class FunctionRef<Result(Arguments...)> {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>)
      FunctionRef(F&& f)  // NOLINT(google-explicit-constructor)
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* o, Arguments... a) -> Result {
          return (*static_cast<std::remove_reference_t<F>*>(o))(static_cast<Arguments&&>(a)...);
        }) {}
  Result operator()(Arguments... a) const { return call_(object_, static_cast<Arguments&&>(a)...); }

 private:
  void* object_;
  Result (*call_)(void*, Arguments...);
};

/// As long as it lives, libraries that this thread calls use no other threads. Some (oneDNN) cut their work,
/// and so round, differently for different numbers of threads.
class LibrariesOnOneThread {
 public:
  LibrariesOnOneThread();
  ~LibrariesOnOneThread();
  LibrariesOnOneThread(const LibrariesOnOneThread&) = delete;
  LibrariesOnOneThread& operator=(const LibrariesOnOneThread&) = delete;

 private:
  int before_;
};

/// Calls body(0) ... body(n-1), in any order, on all threads; inside of a body, on its own. The first exception
/// thrown comes out after the loop. Bodies must write to places of their own, and libraries they call are on
/// one thread, so that the result does not depend on the number of threads.
void parallel_for(int64_t n, FunctionRef<void(int64_t)> body);

/// How many threads parallel_for and the tensor kernels use from now on; n = 0 means all processors of this
/// process.
void use_threads(int n);
int thread_count();

}  // namespace ohmweave::base
