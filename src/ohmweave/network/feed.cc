// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/feed.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ohmweave/base/check.h"
#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/data_sets.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Tensor;

/// The words of `INPUT=SPEC`; names of inputs may hold anything, so a kind of data set has to follow the sign.
InputData split_option(const std::string& option) {
  for (size_t at = option.find('='); at != std::string::npos; at = option.find('=', at + 1)) {
    if (is_data_spec(option.substr(at + 1))) return {option.substr(0, at), option.substr(at + 1), nullptr};
  }
  return {"", option, nullptr};
}

template <class T>
Tensor to_whole(const Tensor& values, bool round) {
  Tensor out(tensor::ElementOf<T>::value, values.shape());
  auto to = out.mutable_data<T>();
  const Tensor numbers = values.to(Element::Float64);
  for (size_t k = 0; k < to.size(); ++k) {
    const double x = numbers.template data<double>()[k], whole = round ? std::floor(x + 0.5) : x;
    constexpr auto kLeast = static_cast<double>(std::numeric_limits<T>::min()),
                   kMost = static_cast<double>(std::numeric_limits<T>::max());
    to[k] = whole <= kLeast  ? std::numeric_limits<T>::min()
            : whole >= kMost ? std::numeric_limits<T>::max()
                             : static_cast<T>(whole);
  }
  return out;
}
/// Rounded and clipped to what the type holds.
Tensor rounded(const Tensor& values, Element element) {
  switch (element) {
    case Element::UInt8:
      return to_whole<uint8_t>(values, true);
    case Element::Int8:
      return to_whole<int8_t>(values, true);
    case Element::Int32:
      return to_whole<int32_t>(values, true);
    case Element::Int64:
      return to_whole<int64_t>(values, true);
    default:
      return values.to(element);
  }
}

bool is_real(Element element) {
  return element == Element::Float32 || element == Element::Float64 || element == Element::Float16;
}
bool is_identity(const Preprocessing& how) {
  const auto all = [](const std::vector<double>& v, double x) {
    return std::all_of(v.begin(), v.end(), [x](double y) { return y == x; });
  };
  return how.div == 1 && all(how.mean, 0) && all(how.std, 1);
}

std::string names_of(const Graph& graph) {
  std::vector<std::string> out;
  for (ValueId v : graph.inputs) out.push_back(fmt::format("'{}'", graph.value(v).name));
  return fmt::format("{}", fmt::join(out, ", "));
}

/// The sets in the order of the inputs.
std::vector<std::unique_ptr<DataSet>> by_input(const Graph& graph, std::vector<InputData> data) {
  OHMWEAVE_CHECK(!data.empty(), "a feed without data");
  const size_t inputs = graph.inputs.size();
  if (inputs == 0) base::fail(graph.name, "the network has no inputs that data could go to");
  if (inputs > 1 && data.size() == 1 && data[0].input.empty() && data[0].spec.starts_with("npz:")) {
    std::vector<std::string> names;
    for (ValueId v : graph.inputs) names.push_back(graph.value(v).name);
    return open_npz_inputs(data[0].spec.substr(4), names);
  }
  std::vector<std::unique_ptr<DataSet>> out(inputs);
  for (InputData& d : data) {
    size_t k = 0;
    const auto named = [&](ValueId v) { return graph.value(v).name == d.input; };
    if (!d.input.empty())
      k = static_cast<size_t>(std::find_if(graph.inputs.begin(), graph.inputs.end(), named) -
                              graph.inputs.begin());
    if (k == inputs)
      base::fail(graph.name,
                 fmt::format("there is no input '{}'; its inputs are {}", d.input, names_of(graph)));
    if (out[k])
      base::fail(graph.name, fmt::format("input '{}' is given data twice", graph.value(graph.inputs[k]).name));
    out[k] = std::move(d.set);
  }
  for (size_t k = 0; k < inputs; ++k) {
    if (out[k]) continue;
    const std::string& name = graph.value(graph.inputs[k]).name;
    base::fail(graph.name,
               fmt::format("its inputs are {}, and '{}' has no data; give --data {}=npy:FILE.npy, an "
                           "archive with arrays of these names, or a constant by --bind {}=VALUE",
                           names_of(graph), name, name, name));
  }
  return out;
}

/// Windows along the elements of each sample of another set.
class WindowedSet : public NamedDataSet {
 public:
  WindowedSet(std::unique_ptr<DataSet> from, const Windows& how) : from_(std::move(from)), how_(how) {
    const int64_t elements = tensor::count(from_->sample_shape());
    if (how_.length > elements)
      base::fail(from_->name(), fmt::format("--window {}: samples have {} elements", how_.length, elements));
    each_ = 1 + (elements - how_.length) / how_.step;
    size_ = from_->size() * each_;
    sample_shape_ = {how_.length};
    pictures_ = false;
    name_ = fmt::format("{}, {} windows of {} each", from_->name(), each_, how_.length);
    class_names_ = from_->class_names();
    if (!from_->labels()) return;
    labels_.emplace();
    for (int64_t label : *from_->labels()) labels_->insert(labels_->end(), static_cast<size_t>(each_), label);
  }
  int64_t parts() const override { return each_; }
  Tensor samples(int64_t begin, int64_t end) const override {
    const int64_t first = begin / each_, last = end > begin ? (end - 1) / each_ + 1 : first;
    const Tensor raw = from_->samples(first, last);
    Tensor out(raw.element(), {end - begin, how_.length});
    const size_t size = tensor::size_of(raw.element());
    const int64_t elements = tensor::count(from_->sample_shape());
    std::byte* to = out.mutable_raw();
    for (int64_t k = begin; k < end; ++k) {
      const int64_t at = (k / each_ - first) * elements + k % each_ * how_.step;
      to = std::copy_n(raw.raw() + static_cast<size_t>(at) * size, static_cast<size_t>(how_.length) * size, to);
    }
    return out;
  }
  std::unique_ptr<DataSet> training_split() const override {
    std::unique_ptr<DataSet> split = from_->training_split();
    return split ? std::make_unique<WindowedSet>(std::move(split), how_) : nullptr;
  }

 private:
  std::unique_ptr<DataSet> from_;
  Windows how_;
  int64_t each_ = 1;
};

}  // namespace

std::vector<InputData> open_inputs(const std::vector<std::string>& options, const PictureOptions& pictures,
                                   const Windows& windows) {
  std::vector<InputData> out;
  for (const std::string& option : options) {
    InputData d = split_option(option);
    const bool first = out.empty() || d.spec.starts_with("pictures:");
    d.set = open_data(d.spec, first ? pictures : PictureOptions{});
    if (windows.length > 0) d.set = std::make_unique<WindowedSet>(std::move(d.set), windows);
    out.push_back(std::move(d));
  }
  return out;
}

tensor::Shape natural_shape(const DataSet& set, const Preprocessing& how) {
  tensor::Shape s = set.sample_shape();
  if (set.pictures() && !how.nhwc) s = {s[2], how.transpose_hw ? s[1] : s[0], how.transpose_hw ? s[0] : s[1]};
  s.insert(s.begin(), 1);
  return s;
}

Feed::Feed(const Graph& graph, std::vector<InputData> data, const Preprocessing& how)
    : Feed(graph, by_input(graph, std::move(data)), how) {}

Feed::Feed(const Graph& graph, std::vector<std::unique_ptr<DataSet>> sets, const Preprocessing& how)
    : graph_(graph), sets_(std::move(sets)), how_(how) {
  check();
}

void Feed::check() {
  for (size_t k = 0; k < sets_.size(); ++k) {
    name_ += (k > 0 ? ", " : "") + sets_[k]->name();
    if (sets_[k]->size() == 0) base::fail(sets_[k]->name(), "the set has no samples");
    if (sets_[k]->size() != size())
      base::fail(sets_[k]->name(), fmt::format("holds {} samples, but {} holds {}; inputs need as many each",
                                               sets_[k]->size(), sets_[0]->name(), size()));
  }
  for (size_t k = sets_.size(); k-- > 0;) {
    if (sets_[k]->labels() || sets_[k]->targets(0, 1)) answers_ = k;
  }
  const tensor::Shape& first = graph_.value(graph_.inputs[0]).shape;
  whole_ = first.size() > 1 && (first[0] != 1 || graph_.batch_axis(0) != 0) &&
           tensor::count(first) == tensor::count(sets_[0]->sample_shape());
  (void)batch(0, 1);  // fails where samples do not fit
}

std::vector<Tensor> Feed::batch(int64_t begin, int64_t end) const {
  OHMWEAVE_CHECK(!whole_ || end - begin == 1, "more samples than the network takes");
  std::vector<Tensor> out;
  for (size_t k = 0; k < sets_.size(); ++k) out.push_back(input(k, begin, end));
  return out;
}

Tensor Feed::input(size_t k, int64_t begin, int64_t end) const {
  const Value& value = graph_.value(graph_.inputs[k]);
  const DataSet& set = *sets_[k];
  tensor::Shape shape = value.shape;
  if (shape.empty())
    base::fail(graph_.name,
               fmt::format("input '{}' is one number, which samples cannot give; fix it by --bind {}=VALUE",
                           value.name, value.name));
  if (whole_) shape.insert(shape.begin(), 1);
  const bool processed = k == 0 || set.pictures();
  const Preprocessing how = processed ? how_ : Preprocessing{};
  const bool as_stored = !is_real(value.element) && !set.pictures();
  Tensor out;
  if (as_stored) {
    if (processed && !is_identity(how))
      base::fail(graph_.name,
                 fmt::format("input '{}' takes {}, which is fed as it is stored; leave out --div, --mean "
                             "and --std",
                             value.name, tensor::name_of(value.element)));
    const tensor::Shape sample(shape.begin() + 1, shape.end());
    if (tensor::count(sample) != tensor::count(set.sample_shape()))
      (void)prepare(set, begin, begin, how, shape);  // says what does not fit
    const Tensor raw = set.samples(begin, end);
    shape[0] = end - begin;
    out = (is_real(raw.element()) ? rounded(raw, value.element) : raw.to(value.element)).reshaped(shape);
  } else {
    out = prepare(set, begin, end, how, shape);
    if (value.element != Element::Float32) out = rounded(out, value.element);
  }
  return whole_ ? out.reshaped(value.shape) : out;
}

std::unique_ptr<Feed> Feed::training_split() const {
  std::vector<std::unique_ptr<DataSet>> splits;
  for (const auto& set : sets_) {
    splits.push_back(set->training_split());
    if (!splits.back()) return nullptr;
  }
  return std::unique_ptr<Feed>(new Feed(graph_, std::move(splits), how_));
}

}  // namespace ohmweave::network
