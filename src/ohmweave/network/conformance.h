// SPDX-License-Identifier: Apache-2.0
// Test cases as ONNX has them: a model and folders test_data_set_N with recorded inputs and outputs.
#pragma once

#include <string>
#include <vector>

#include "ohmweave/tensor/tensor.h"

namespace ohmweave::network {

struct ConformanceCase {
  std::string name;               // its folder below the one that was searched
  std::string model;              // empty: none was found
  std::vector<std::string> data;  // folders with input_N.pb and output_N.pb
};
/// All cases below a folder, by name. The model is FOLDER/model.onnx; or MODELS/TAIL.onnx or
/// MODELS/TAIL/network.onnx, where TAIL is the last one, two or three names of the case's folder. Failure:
/// there is no such folder, or it holds no case.
std::vector<ConformanceCase> find_conformance_cases(const std::string& folder, const std::string& models);

enum class Verdict { Pass, Fail, Unsupported };
std::string name_of(Verdict verdict);  // "pass", "fail", "unsupported"
struct ConformanceResult {
  Verdict verdict = Verdict::Pass;
  std::string reason;  // empty: passed
};
/// Runs all data sets of a case; the first that does not pass decides. What is compared how:
/// docs/conformance.md.
ConformanceResult run_conformance_case(const ConformanceCase& c);

/// The operators that ONNX files may have, in alphabetical order, with the domain if it is not ONNX's own.
std::vector<std::string> operators_of_files();

/// The tensors WHAT_0.pb, WHAT_1.pb, ... of a folder, as we compute them.
std::vector<tensor::Tensor> read_recorded(const std::string& folder, const std::string& what);

/// max|a - b| / max|b|, where no-numbers and infinities have to be the same; infinite where shapes differ.
double relative_distance(const tensor::Tensor& a, const tensor::Tensor& b);

}  // namespace ohmweave::network
