// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/text_values.h"

#include <algorithm>

namespace ohmweave::network {
namespace {

constexpr int64_t kMostExtent = 1 << 20;

/// A number or a list of numbers of `least` to kMostExtent.
bool decode_numbers(const config::Node& n, std::vector<int64_t>& out, int64_t least, base::Diagnostics& d) {
  bool is_list = n.kind == config::Node::Kind::List;
  out.assign(1, 0);
  bool good =
      is_list ? config::Value<std::vector<int64_t>>::decode(n, out, d) : config::decode_integer(n, out[0], d);
  if (!good) return false;
  if (out.empty()) d.error(n.span, "the list is empty");
  bool in_range =
      std::all_of(out.begin(), out.end(), [&](int64_t v) { return v >= least && v <= kMostExtent; });
  if (!in_range) d.error(n.span, fmt::format("out of range; must be {} to {}", least, kMostExtent));
  return in_range && !out.empty();
}

config::Node encode_numbers(const std::vector<int64_t>& v) {
  return v.size() == 1 ? config::Value<int64_t>::encode(v[0]) : config::Value<std::vector<int64_t>>::encode(v);
}

}  // namespace

std::vector<int64_t> Extents::of(size_t axes) const {
  if (each.size() == 1) return std::vector<int64_t>(axes, each[0]);
  if (each.size() == axes) return each;
  throw DoesNotFit(fmt::format("{} numbers given for {} axes", each.size(), axes));
}

std::vector<int64_t> Padding::of(size_t axes) const {
  if (each.size() == 2 * axes) return each;
  std::vector<int64_t> sides = Extents{each}.of(axes);
  sides.insert(sides.end(), sides.begin(), sides.begin() + static_cast<std::ptrdiff_t>(axes));
  return sides;
}

}  // namespace ohmweave::network

namespace ohmweave::config {

bool Value<network::Extents>::decode(const Node& n, network::Extents& v, base::Diagnostics& d) {
  return network::decode_numbers(n, v.each, 1, d);
}
Node Value<network::Extents>::encode(const network::Extents& v) { return network::encode_numbers(v.each); }

bool Value<network::Additions>::decode(const Node& n, network::Additions& v, base::Diagnostics& d) {
  return network::decode_numbers(n, v.each, 0, d);
}
Node Value<network::Additions>::encode(const network::Additions& v) { return network::encode_numbers(v.each); }

bool Value<network::Padding>::decode(const Node& n, network::Padding& v, base::Diagnostics& d) {
  bool is_word = n.kind == Node::Kind::Scalar && !n.text.empty() &&
                 std::string_view("0123456789-+").find(n.text[0]) == std::string_view::npos;
  if (!is_word) return network::decode_numbers(n, v.each, 0, d);
  v.same = n.text == "same";
  v.each = {0};
  if (v.same || n.text == "valid") return true;
  report_unknown_word(n, "padding", {"same", "valid"}, d);
  return false;
}
Node Value<network::Padding>::encode(const network::Padding& v) {
  if (v.same) return scalar("same");
  return v.each == std::vector<int64_t>{0} ? scalar("valid") : network::encode_numbers(v.each);
}

bool Value<network::Sample>::decode(const Node& n, network::Sample& v, base::Diagnostics& d) {
  if (n.kind == Node::Kind::List && n.items.empty()) {
    d.error(n.span, "a sample has at least one extent");
    return false;
  }
  if (n.kind == Node::Kind::List) return network::decode_numbers(n, v.extents, 1, d);
  const Node* tokens = n.find("tokens");
  if (n.kind != Node::Kind::Mapping || n.members.size() != 1 || tokens == nullptr) {
    d.error(n.span,
            fmt::format("expected extents such as [3, 224, 224], or {{tokens: 128}}, found {}", describe(n)));
    return false;
  }
  v.is_tokens = true;
  bool is_list = tokens->kind == Node::Kind::List;
  if (is_list) d.error(tokens->span, "expected a whole number, found a list");
  return !is_list && network::decode_numbers(*tokens, v.extents, 1, d);
}
Node Value<network::Sample>::encode(const network::Sample& v) {
  if (!v.is_tokens) return Value<std::vector<int64_t>>::encode(v.extents);
  Node out = mapping();
  out.set("tokens", network::encode_numbers(v.extents));
  return out;
}

bool Value<network::Names>::decode(const Node& n, network::Names& v, base::Diagnostics& d) {
  if (n.kind == Node::Kind::List) return Value<std::vector<std::string>>::decode(n, v.each, d);
  return decode_text(n, v.each.emplace_back(), d);
}

}  // namespace ohmweave::config
