// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include <nlohmann/json.hpp>

#include "ohmweave/cli/arguments.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/report/device_fit.h"
#include "ohmweave/units/text.h"

namespace ohmweave::cli {
namespace {

/// A device file is called by its name.
std::string name_of(const Arguments& arguments) {
  const std::string output = arguments.text("--output"), name = arguments.text("--name");
  const std::string stem =
      std::filesystem::path(output.empty() || output == "-" ? arguments.operand(1) : output).stem().string();
  if (name.empty()) return stem;
  if (name.find_first_of("/:'\"# \n") != std::string::npos)
    base::fail("--name", "a name has no blanks, slashes, colons or quotes");
  if (!output.empty() && output != "-" && name != stem)
    base::fail("--name", "the file of a device is called by its name, and the output is '" + stem + "'");
  return name;
}

std::optional<double> start_of(const Arguments& arguments) {
  const std::string text = arguments.text("--drift-start");
  if (text.empty()) return std::nullopt;
  units::ParseError error;
  const std::optional<units::Time> time = units::parse<units::Time>(text, &error);
  if (!time || !(time->si() > 0))
    base::fail("--drift-start", "'" + text + "' is not a time above 0, such as '20 s'");
  return time->si();
}

}  // namespace

int fit(const Arguments& arguments) {
  Outputs outputs(arguments);
  std::optional<base::OutputFile> device = outputs.open(arguments.text("--output"));
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  std::optional<base::OutputFile> picture = outputs.open(arguments.text("--picture"));
  const device::FitOptions options{name_of(arguments), start_of(arguments)};
  const device::Measurements measurements = device::read_measurements(arguments.operand(1));
  const device::DeviceFit found = device::fit_device(measurements, options);
  write_text(device, found.yaml);
  write_json(json, report::fit_json(found));
  write_text(picture, report::fit_picture(found, measurements));
  outputs.print(report::fit_text(found, report::Style{colour_on_output()}, columns_of_output()));
  return 0;
}

}  // namespace ohmweave::cli
