// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/data.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/data_sets.h"

namespace ohmweave::network {

namespace {

const std::vector<std::string> kKinds{"digits", "mnist", "cifar10", "pictures", "npy", "npz"};
const std::string kForms =
    "digits, mnist:DIR, mnist:DIR:train, cifar10:FILE|DIR, pictures:DIR[,LABELS.csv], "
    "npy:X.npy[,LABELS.npy|.csv], npz:FILE";

std::unique_ptr<DataSet> open_plain(const std::string& kind, std::string rest) {
  if (kind == "mnist") {
    constexpr std::string_view kTraining = ":train";
    bool training = rest.size() > kTraining.size() && rest.substr(rest.size() - kTraining.size()) == kTraining;
    if (training) rest.resize(rest.size() - kTraining.size());
    return open_mnist(rest, training);
  }
  if (kind == "cifar10") return open_cifar10(rest);
  if (kind == "npz") return open_npz_set(rest);
  size_t comma = rest.find(',');
  return open_npy_set(rest.substr(0, comma), comma == std::string::npos ? "" : rest.substr(comma + 1));
}

std::unique_ptr<DataSet> open_pictures(const std::string& rest, const PictureOptions& how) {
  size_t comma = rest.rfind(',');
  if (comma == std::string::npos) return open_picture_set(rest, "", how);
  return open_picture_set(rest.substr(0, comma), rest.substr(comma + 1), how);
}

}  // namespace

const std::vector<std::string>& DataSet::class_names() const {
  static const std::vector<std::string> none;
  return none;
}

std::optional<tensor::Tensor> DataSet::targets(int64_t /*begin*/, int64_t /*end*/) const {
  return std::nullopt;
}

bool is_data_spec(const std::string& text) {
  const std::string kind = text.substr(0, text.find(':'));
  return text == "digits" || (kind != text && std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end());
}

std::unique_ptr<DataSet> open_data(const std::string& spec, const PictureOptions& how) {
  constexpr int64_t kDigits = 10000;  // as many as MNIST tests on
  size_t colon = spec.find(':');
  std::string kind = spec.substr(0, colon);
  std::string rest = colon == std::string::npos ? "" : spec.substr(colon + 1);
  std::unique_ptr<DataSet> set;
  if (kind == "digits") {
    if (colon != std::string::npos) base::fail(spec, "'digits' takes nothing after it");
    set = make_digits(kDigits, false);
  } else if (std::find(kKinds.begin(), kKinds.end(), kind) == kKinds.end()) {
    std::string hint = base::did_you_mean(kind, kKinds);
    base::fail(spec, fmt::format("no data set of this kind{}", hint.empty() ? "; known: " + kForms : hint));
  } else if (rest.empty()) {
    base::fail(spec, fmt::format("'{}' needs a path after ':'; known: {}", kind, kForms));
  } else if (kind == "pictures") {
    return open_pictures(rest, how);
  } else {
    set = open_plain(kind, rest);
  }
  const bool fits = !how.resize.empty() || !how.crop.empty() || how.colour != PictureOptions::Colour::AsStored;
  return fits ? fit_pictures(std::move(set), how) : std::move(set);
}

std::string find_file(const std::string& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    for (const char* ending : {"", ".gz"}) {
      std::filesystem::path path = std::filesystem::path(folder) / (name + ending);
      std::error_code ignored;
      if (std::filesystem::is_regular_file(path, ignored)) return path.string();
    }
  }
  return "";
}

std::string require_file(const std::string& folder, const std::vector<std::string>& names) {
  std::string path = find_file(folder, names);
  if (!path.empty()) return path;
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) base::fail(folder, "there is no such folder");
  base::fail(folder, fmt::format("holds neither '{}' nor '{}.gz'", names[0], names[0]));
}

}  // namespace ohmweave::network
