// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/multpim.h"

#include "ohmweave/logic/multpim_stages.h"

namespace ohmweave::logic {

namespace {

void append(Word& word, std::initializer_list<Bitline> cells) { word.insert(word.end(), cells); }

/// NOT and Min3, with two sets of sums and carries that take turns.
class FastMultiplier : public MultPimStages {
 public:
  explicit FastMultiplier(int bits) : MultPimStages("multpim", bits), cells_(bits) {}

 private:
  struct Cells {
    Bitline spare = 0, a = 0, b = 0, product = 0;
    std::array<Bitline, 2> sum{}, carry{}, no_carry{};
  };

  void lay_out(int p) override {
    Cells& at = cells_[p];
    for (Bitline* cell : {&at.spare, &at.a, &at.b}) *cell = row_.take();
    if (p == 0) return;
    at.product = row_.take();
    for (int i = 0; i < 2; ++i) {
      for (auto* pair : {&at.sum, &at.carry, &at.no_carry}) (*pair)[i] = row_.take();
    }
  }

  Word first_ones() const override {
    Word ones = {cells_[0].spare, cells_[0].a, cells_[0].b};
    for (int p = 1; p < bits_; ++p) {
      const Cells& at = cells_[p];
      append(ones, {at.spare, at.a, at.b, at.product, at.no_carry[0], at.sum[1], at.carry[1], at.no_carry[1]});
    }
    return ones;
  }
  Word first_zeros() const override {
    Word zeros;
    for (int p = 1; p < bits_; ++p) append(zeros, {cells_[p].sum[0], cells_[p].carry[0]});
    return zeros;
  }

  Bitline a_inverted(int p) const override { return cells_[p].a; }
  Bitline arrival(int p) const override { return cells_[p].b; }
  Bitline product(int p, int stage) const override {
    return stage < bits_ && inverted(p) ? cells_[p].product : cells_[p].b;
  }
  void multiply_inverted(int p) override {  // the spare cell holds 1: Min3 is NOR
    row_.gate(Gate::Min3, {cells_[p].a, cells_[p].b, cells_[p].spare}, cells_[p].product);
  }

  void add(int stage) override {
    const int now = stage % 2, next = 1 - now;
    everywhere([&](int p) {
      const Cells& at = cells_[p];
      row_.gate(Gate::Min3, {product(p, stage), at.sum[now], at.carry[now]}, at.no_carry[next]);
    });
    everywhere([&](int p) { row_.gate(Gate::Not, {cells_[p].no_carry[next]}, cells_[p].carry[next]); });
    everywhere([&](int p) {
      const Cells& at = cells_[p];
      row_.gate(Gate::Min3, {product(p, stage), at.sum[now], at.no_carry[now]}, at.spare);
    });
  }
  void send(int p, int stage, Bitline output) override {
    const Cells& at = cells_[p];
    row_.gate(Gate::Min3, {at.carry[1 - stage % 2], at.no_carry[stage % 2], at.spare}, output);
  }
  void send_product(Bitline output) override {
    row_.gate(Gate::Min3, {cells_[0].a, cells_[0].b, cells_[0].spare}, output);
  }
  Bitline awaited(int p, int stage) const override { return cells_[p].sum[1 - stage % 2]; }

  Word refreshed(int stage) const override {
    const int now = stage % 2;
    Word ones = {cells_[0].b};
    for (int p = 1; p < bits_; ++p) {
      const Cells& at = cells_[p];
      if (stage < bits_) append(ones, {at.b});
      append(ones, {at.product, at.sum[now], at.carry[now], at.no_carry[now], at.spare});
    }
    return ones;
  }

  std::vector<Cells> cells_;
};

/// NOT and Min3 with one set of sums and carries: cells are initialised again within a stage.
class SmallMultiplier : public MultPimStages {
 public:
  explicit SmallMultiplier(int bits) : MultPimStages("multpim-area", bits), cells_(bits) {}

 private:
  struct Cells {
    Bitline a = 0, product = 0, sum = 0, carry = 0, first = 0, second = 0;
  };

  void lay_out(int p) override {
    Cells& at = cells_[p];
    for (Bitline* cell : {&at.a, &at.product, &at.sum, &at.carry, &at.first, &at.second}) *cell = row_.take();
  }
  Word first_ones() const override {
    Word ones;
    for (const Cells& at : cells_) append(ones, {at.a, at.product, at.first, at.second});
    return ones;
  }
  Word first_zeros() const override {
    Word zeros;
    for (const Cells& at : cells_) append(zeros, {at.sum, at.carry});
    return zeros;
  }

  Bitline a_inverted(int p) const override { return cells_[p].a; }
  Bitline arrival(int p) const override { return inverted(p) ? cells_[p].first : cells_[p].product; }
  Bitline product(int p, int) const override { return cells_[p].product; }
  void multiply_inverted(int p) override {
    row_.gate(Gate::Min3, {cells_[p].a, cells_[p].first, cells_[p].second}, cells_[p].product);
  }
  void after_products() override { again(0, &Cells::first); }

  void add(int) override {
    everywhere([&](int p) { row_.gate(Gate::Not, {cells_[p].carry}, cells_[p].second); });
    everywhere([&](int p) {
      row_.gate(Gate::Min3, {cells_[p].product, cells_[p].sum, cells_[p].carry}, cells_[p].first);
    });
    again(1, &Cells::carry);
    everywhere([&](int p) { row_.gate(Gate::Not, {cells_[p].first}, cells_[p].carry); });
    again(1, &Cells::first);
    everywhere([&](int p) {
      row_.gate(Gate::Min3, {cells_[p].product, cells_[p].sum, cells_[p].second}, cells_[p].first);
    });
    again(1, &Cells::sum);
  }
  void send(int p, int, Bitline output) override {
    row_.gate(Gate::Min3, {cells_[p].carry, cells_[p].first, cells_[p].second}, output);
  }
  void send_product(Bitline output) override {
    row_.gate(Gate::Min3, {cells_[0].a, cells_[0].product, cells_[0].first}, output);
  }
  Bitline awaited(int p, int) const override { return cells_[p].sum; }

  Word refreshed(int stage) const override {
    Word ones;
    for (const Cells& at : cells_) {
      if (stage < bits_) append(ones, {at.product});
      append(ones, {at.first, at.second});
    }
    return ones;
  }

  /// Sets a cell of each partition from `begin` on, in a cycle.
  void again(int begin, Bitline Cells::*cell) {
    row_.cycle();
    for (int p = begin; p < bits_; ++p) row_.init(true, cells_[p].*cell);
  }

  std::vector<Cells> cells_;
};

/// NOT and NOR: full adders of 9 NOR while there are products, half adders after them.
class NorMultiplier : public MultPimStages {
 public:
  explicit NorMultiplier(int bits) : MultPimStages("multpim-nor", bits), cells_(bits) {}

 private:
  struct Cells {
    Bitline first = 0, a = 0, b = 0, product = 0, sum = 0, carry = 0, second = 0, third = 0;
  };

  void lay_out(int p) override {
    Cells& at = cells_[p];
    for (Bitline* cell : {&at.first, &at.a, &at.b}) *cell = row_.take();
    if (p == 0) return;
    for (Bitline* cell : {&at.product, &at.sum, &at.carry, &at.second, &at.third}) *cell = row_.take();
  }
  Word first_ones() const override {
    Word ones = {cells_[0].first, cells_[0].a, cells_[0].b};
    for (int p = 1; p < bits_; ++p) {
      const Cells& at = cells_[p];
      append(ones, {at.a, at.b, at.product, at.first, at.second, at.third});
    }
    return ones;
  }
  Word first_zeros() const override {
    Word zeros;
    for (int p = 1; p < bits_; ++p) append(zeros, {cells_[p].sum, cells_[p].carry});
    return zeros;
  }

  Bitline a_inverted(int p) const override { return cells_[p].a; }
  Bitline arrival(int p) const override { return cells_[p].b; }
  Bitline product(int p, int stage) const override {
    return stage < bits_ && inverted(p) ? cells_[p].product : cells_[p].b;
  }
  void multiply_inverted(int p) override {
    row_.gate(Gate::Nor, {cells_[p].a, cells_[p].b}, cells_[p].product);
  }

  void add(int stage) override {
    if (stage < bits_) {
      add_three(stage);
    } else {
      add_two();
    }
    again({&Cells::sum});
  }
  void add_three(int stage) {
    const auto addend = [this, stage](int p) { return product(p, stage); };
    everywhere([&](int p) { row_.gate(Gate::Nor, {addend(p), cells_[p].sum}, cells_[p].first); });
    everywhere([&](int p) { row_.gate(Gate::Nor, {addend(p), cells_[p].first}, cells_[p].second); });
    nor(&Cells::first, &Cells::sum, &Cells::third);
    again({&Cells::product, &Cells::sum});
    nor(&Cells::second, &Cells::third, &Cells::product);
    nor(&Cells::product, &Cells::carry, &Cells::sum);
    again({&Cells::second, &Cells::third});
    nor(&Cells::product, &Cells::sum, &Cells::second);
    nor(&Cells::sum, &Cells::carry, &Cells::third);
    again({&Cells::carry});
    nor(&Cells::first, &Cells::sum, &Cells::carry);
  }
  void add_two() {
    nor(&Cells::sum, &Cells::carry, &Cells::first);
    everywhere([&](int p) { row_.gate(Gate::Not, {cells_[p].sum}, cells_[p].second); });
    everywhere([&](int p) { row_.gate(Gate::Not, {cells_[p].carry}, cells_[p].third); });
    again({&Cells::carry});
    nor(&Cells::second, &Cells::third, &Cells::carry);
  }
  void send(int p, int stage, Bitline output) override {
    const Cells& at = cells_[p];
    if (stage < bits_) {
      row_.gate(Gate::Nor, {at.second, at.third}, output);
    } else {
      row_.gate(Gate::Nor, {at.carry, at.first}, output);
    }
  }
  void send_product(Bitline output) override { row_.gate(Gate::Nor, {cells_[0].a, cells_[0].b}, output); }
  Bitline awaited(int p, int) const override { return cells_[p].sum; }

  Word refreshed(int stage) const override {
    Word ones = {cells_[0].b};
    for (int p = 1; p < bits_; ++p) {
      const Cells& at = cells_[p];
      if (stage < bits_) append(ones, {at.b});
      append(ones, {at.product, at.first, at.second, at.third});
    }
    return ones;
  }

  void nor(Bitline Cells::*one, Bitline Cells::*other, Bitline Cells::*output) {
    everywhere([&](int p) { row_.gate(Gate::Nor, {cells_[p].*one, cells_[p].*other}, cells_[p].*output); });
  }
  void again(std::initializer_list<Bitline Cells::*> cells) {
    row_.cycle();
    for (int p = 1; p < bits_; ++p) {
      for (const auto cell : cells) row_.init(true, cells_[p].*cell);
    }
  }

  std::vector<Cells> cells_;
};

}  // namespace

LogicProgram multpim_product(int bits) { return FastMultiplier(bits).build(); }
LogicProgram multpim_area_product(int bits) { return SmallMultiplier(bits).build(); }
LogicProgram multpim_nor_product(int bits) { return NorMultiplier(bits).build(); }

LogicProgram multpim_sum(int bits) {
  CycleBuilder row("multpim");
  const Word a = row.take(bits), b = row.take(bits), sum = row.take(bits);
  const Word carry = row.take(2), no_carry = row.take(2);
  const Bitline spare = row.take();
  row.input("a", a);
  row.input("b", b);
  row.output("result", sum);

  row.init_cycle(false, {carry[0]});
  row.init_cycle(true, joined({sum, {carry[1]}, no_carry, {spare}}));
  for (int i = 0; i < bits; ++i) {
    const int now = i % 2, next = 1 - now;
    row.gate_cycle(Gate::Min3, {a[i], b[i], carry[now]}, no_carry[next]);
    row.gate_cycle(Gate::Not, {no_carry[next]}, carry[next]);
    row.gate_cycle(Gate::Min3, {a[i], b[i], no_carry[now]}, spare);
    row.gate_cycle(Gate::Min3, {carry[next], no_carry[now], spare}, sum[i]);
    if (i + 1 < bits) row.init_cycle(true, {spare, carry[now], no_carry[now]});
  }
  return row.finish();
}

}  // namespace ohmweave::logic
