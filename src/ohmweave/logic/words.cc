// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/words.h"

#include "ohmweave/base/check.h"

namespace ohmweave::logic {

Word join(std::span<const Bitline> low, std::span<const Bitline> high) {
  Word word(low.begin(), low.end());
  word.insert(word.end(), high.begin(), high.end());
  return word;
}
Word join(std::span<const Bitline> low, Bitline high) { return join(low, std::span(&high, 1)); }
Word join(Bitline low, std::span<const Bitline> high) { return join(std::span(&low, 1), high); }

Word joined(std::initializer_list<Word> words) {
  Word all;
  for (const Word& word : words) all.insert(all.end(), word.begin(), word.end());
  return all;
}

Word part(std::span<const Bitline> word, int first, int count) {
  const auto cells = word.subspan(static_cast<size_t>(first), static_cast<size_t>(count));
  return Word(cells.begin(), cells.end());
}
Word part(std::span<const Bitline> word, int first) {
  return part(word, first, static_cast<int>(word.size()) - first);
}
Word extended(std::span<const Bitline> low, Bitline zero, int bits) {
  Word word(low.begin(), low.end());
  OHMWEAVE_CHECK(bits >= static_cast<int>(word.size()), "a word gets shorter by being extended");
  word.resize(static_cast<size_t>(bits), zero);
  return word;
}

}  // namespace ohmweave::logic
