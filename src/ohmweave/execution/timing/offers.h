// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "ohmweave/execution/timing/rules.h"

namespace ohmweave::execution {

/// The firings that could be next, the one to be decided first on top: a heap of four children a node.
template <class R>
class Offers {
 public:
  bool empty() const { return offers_.empty(); }
  const Offer& top() const { return offers_.front(); }
  void clear() { offers_.clear(); }

  void push(const Offer& offer) {
    size_t k = offers_.size();
    offers_.push_back(offer);
    for (; k > 0 && R::goes_first(offer, offers_[(k - 1) / 4]); k = (k - 1) / 4)
      offers_[k] = offers_[(k - 1) / 4];
    offers_[k] = offer;
  }
  void pop() {
    const Offer last = offers_.back();
    offers_.pop_back();
    if (!offers_.empty()) replace_top(last);
  }
  void replace_top(const Offer& offer) {
    const size_t size = offers_.size();
    size_t k = 0;
    for (size_t child = 1; child < size; child = 4 * k + 1) {
      size_t best = child;
      const size_t end = child + 4 < size ? child + 4 : size;
      for (size_t c = child + 1; c < end; ++c) {
        if (R::goes_first(offers_[c], offers_[best])) best = c;
      }
      if (!R::goes_first(offers_[best], offer)) break;
      offers_[k] = offers_[best];
      k = best;
    }
    offers_[k] = offer;
  }

 private:
  std::vector<Offer> offers_;
};

}  // namespace ohmweave::execution
