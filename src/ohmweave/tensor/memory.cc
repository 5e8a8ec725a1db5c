// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/memory.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>

namespace ohmweave::tensor {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kLeastKept = size_t{1} << 16;  // bytes; smaller ones cost the system nothing
// Sanitizers watch memory from its allocation to its release.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OHMWEAVE_KEEPS_NOTHING
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OHMWEAVE_KEEPS_NOTHING
#endif
#endif
#if defined(OHMWEAVE_KEEPS_NOTHING)
constexpr size_t kMostKept = 0;
#else
constexpr size_t kMostKept = size_t{128} << 20;  // bytes, all together
#endif

/// Few sizes, so that pieces fit again: multiples of an eighth of the power of two below.
size_t rounded(size_t bytes) {
  const size_t step = std::max(std::bit_floor(bytes) / 8, kAlignment);
  return (bytes / step + 1) * step;
}

/// What was given back, the oldest first.
class Kept {
 public:
  /// The youngest piece of a size, which is the likeliest to be in a cache; null if there is none.
  std::byte* take(size_t size) {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(pieces_.rbegin(), pieces_.rend(), [&](const Piece& p) { return p.size == size; });
    if (found == pieces_.rend()) return nullptr;
    std::byte* memory = found->memory;
    bytes_ -= size;
    pieces_.erase(std::next(found).base());
    return memory;
  }
  void put(std::byte* memory, size_t size) {
    if (size < kLeastKept || size > kMostKept) return std::free(memory);
    const std::lock_guard lock(mutex_);
    pieces_.push_back({memory, size});
    bytes_ += size;
    auto stays = pieces_.begin();
    for (; bytes_ > kMostKept; ++stays) {
      std::free(stays->memory);
      bytes_ -= stays->size;
    }
    pieces_.erase(pieces_.begin(), stays);
  }

 private:
  struct Piece {
    std::byte* memory;
    size_t size;
  };
  std::mutex mutex_;
  std::vector<Piece> pieces_;
  size_t bytes_ = 0;
};

Kept& kept() {
  static Kept& it = *new Kept;  // never destroyed: there are tensors that outlive all but the last statics
  return it;
}

}  // namespace

std::shared_ptr<std::byte> allocate(size_t bytes) {
  const size_t size = rounded(bytes);
  std::byte* memory = size < kLeastKept ? nullptr : kept().take(size);
  if (memory == nullptr) memory = static_cast<std::byte*>(std::aligned_alloc(kAlignment, size));
  if (memory == nullptr) throw std::bad_alloc();
  return {memory, [size](std::byte* p) { kept().put(p, size); }};
}

}  // namespace ohmweave::tensor
