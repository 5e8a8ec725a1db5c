// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/data.h"

#include <filesystem>

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/data_sets.h"

namespace ohmweave::network {

std::unique_ptr<DataSet> open_data(const std::string& spec) {
  constexpr int64_t kDigits = 10000;  // as many as MNIST tests on
  const std::string known =
      "digits, mnist:DIR, mnist:DIR:train, cifar10:FILE|DIR, npy:X.npy[,LABELS.npy], npz:FILE";
  size_t colon = spec.find(':');
  std::string kind = spec.substr(0, colon);
  std::string rest = colon == std::string::npos ? "" : spec.substr(colon + 1);
  if (kind == "digits") {
    if (colon != std::string::npos) base::fail(spec, "'digits' takes nothing after it");
    return make_digits(kDigits, false);
  }
  if (kind != "mnist" && kind != "cifar10" && kind != "npy" && kind != "npz") {
    std::string hint = base::did_you_mean(kind, {"digits", "mnist", "cifar10", "npy", "npz"});
    base::fail(spec, fmt::format("no data set of this kind{}", hint.empty() ? "; known: " + known : hint));
  }
  if (rest.empty()) base::fail(spec, fmt::format("'{}' needs a path after ':'; known: {}", kind, known));
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
