// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/cli/commands.h"

#include <algorithm>

#include "ohmweave/cli/commands_of_arrays.h"
#include "ohmweave/machine/shorthand.h"

namespace ohmweave::cli {

std::string option_of(std::string_view key) {
  std::string option = "--" + std::string(key);
  std::replace(option.begin(), option.end(), '_', '-');
  return option;
}

namespace {

constexpr Operand kNetwork{"NETWORK",
                           "a .onnx file, a network description (.yaml), or a name of 'ohmweave list networks'",
                           false, false, Complete::Networks};
constexpr Option kDesign{
    "--design", "D",   "the machine: a name of 'ohmweave list designs' or a path to a design.yaml",
    {},         false, Complete::Designs};
constexpr Option kSet{"--set",
                      "KEY=VALUE",
                      "overrides a field of the design by its path (chips=4); checked like the file",
                      {},
                      true};
constexpr Option kBaseline{"--baseline",
                           "NAME",
                           "a machine of 'ohmweave list baselines' to compare with, with changes if wanted "
                           "(gtx1080:batch=1)",
                           {},
                           true,
                           Complete::Baselines};
constexpr Option kProgramming{
    "--programming", "N",
    "counts programming of the weights once per N inferences in throughput and energy (default: not at all); "
    "short for --set mapping.runs_per_programming=N"};
constexpr Option kShape{
    "--shape",
    "[NAME=]A,B,...",
    "the full shape of the network's first input, or of a named one (default: as the file says, "
    "and where it leaves that open, as the data are)",
    {},
    true};
constexpr Option kBind{
    "--bind", "NAME=VALUE", "makes an input of the network a constant: a number, or npy:FILE.npy", {}, true};
constexpr Option kSeed{
    "--seed", "N", "of everything random: cells, converters, weights a network lacks, calibration (default 1)"};
constexpr Option kSensitivity{"--sensitivity", "",
                              "tells what each layer and each effect of cells, wires and converters does to "
                              "the accuracy, alone and if it were ideal"};
constexpr Option kTrials{
    "--trials", "N",
    "computes the samples with N seeds and tells mean, spread, confidence and the worst (default 1)"};
constexpr Option kJson{"--json", "FILE", "writes the report, format ohmweave-report/1; - is standard output",
                       {},       false,  Complete::Files};

/// Changes of all arrays of a design that have an option of their own.
Group cells() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const machine::Shorthand& s : machine::shorthands()) out.push_back(option_of(s.key));
    return out;
  }();
  Group out{"Cells and wires; short for --set KEY=VALUE", {}};
  for (size_t k = 0; k < names.size(); ++k) {
    const machine::Shorthand& s = machine::shorthands()[k];
    out.options.push_back({names[k], s.value, s.doc, {}, false, k == 0 ? Complete::Files : Complete::Nothing});
  }
  return out;
}

Group values() {
  return {
      "Values",
      {{"--data",
        "SPEC",
        "samples to compute: digits, mnist:DIR[:train], cifar10:FILE|DIR, pictures:DIR[,LABELS.csv], "
        "npy:X.npy[,LABELS.npy|.csv] (pictures N x H x W x C) or npz:FILE (default: none, only costs); "
        "NAME=SPEC for one of several inputs",
        {},
        true,
        Complete::Files},
       {"--samples", "N",
        "how many of them, from the first (default: all); without data, inferences to time (64)"},
       {"--batch", "N",
        "samples computed at a time; results do not depend on it, but for roundings of the exact reference "
        "(default 64)"},
       {"--calibrate",
        "SPEC",
        "samples to fix number ranges with (default: some of the training split where the data has one, "
        "else of "
        "the data itself)",
        {},
        true,
        Complete::Files},
       {"--recalibrate", "",
        "matches the mean and the spread of every layer's channels with the exact ones on calibration data, as "
        "batch normalization would be calibrated again on the machine"},
       {"--metric",
        "HOW",
        "compares outputs with labels (top1), with the tokens that follow (next-token), with targets or the "
        "input (reconstruction), or with none (default: as the data suggest)",
        {},
        false,
        Complete::Words,
        "top1 next-token reconstruction none"},
       {"--no-reference", "", "leaves out the exact reference and what only it can tell, to be done sooner"},
       {"--padding", "TOKEN", "fills sequences of tokens up: it is not predicted (default: none does)"},
       {"--window", "LENGTH,STEP",
        "cuts samples into pieces, each computed alone; a sample's error is their mean"},
       kSeed,
       kThreads}};
}

Group pictures() {
  return {"Pictures, before that",
          {{"--resize", "N|H,W", "to this size; one number: the shorter side (default: as they are)"},
           {"--crop", "N|H,W", "takes the middle of this size (default: all)"},
           {"--interpolation",
            "HOW",
            "of --resize: nearest, bilinear or bicubic, as Pillow does it (default bilinear)",
            {},
            false,
            Complete::Words,
            "nearest bilinear bicubic"},
           {"--colour", "HOW", "rgb or grey; converts what is not (default: as the first picture)", "--color",
            false, Complete::Words, "rgb grey"}}};
}

Group preprocessing() {
  return {"Preprocessing, value = (pixel / div - mean) / std",
          {{"--div", "X", "divides pixels (default 1)"},
           {"--mean", "A,B,C", "one for all channels or one per channel (default 0)"},
           {"--std", "A,B,C", "one for all channels or one per channel (default 1)"},
           {"--bgr", "", "swaps the first and the last channel"},
           {"--transpose-hw", "", "swaps rows and columns", "--transposeHW"},
           {"--layout",
            "ORDER",
            "of the network's input, nchw or nhwc (default nchw)",
            {},
            false,
            Complete::Words,
            "nchw nhwc"},
           kShape,
           kBind}};
}

std::vector<Command> make_commands() {
  return {
      {"list",
       "what there is by name",
       "Lists the designs, devices, memristors and technologies of logic, networks and baselines that come "
       "with "
       "Ohmweave, or the published figures it checks itself against.",
       {{"WHAT", "designs, devices, memristors, technologies, networks, baselines or claims", false, false,
         Complete::Words, "designs devices memristors technologies networks baselines claims"}},
       {},
       {{"ohmweave list networks", "networks that can be named"}},
       list},
      {"show",
       "one design, device, converter, network or baseline in full",
       "Shows the parts of a machine with their area and power, a memory device with what its cells do, a "
       "memristor, what gates of a technology of logic cost, what a converter costs and how straight many of "
       "its "
       "kind are, the layers of a network, or the figures and measurements of a machine that designs are "
       "compared "
       "with.",
       {{"WHAT", "design, device, memristor, technology, converter, network or baseline", false, false,
         Complete::Words, "design device memristor technology converter network baseline"},
        {"NAME",
         "its name, or the path of its file; a converter is a circuit of the library or those of a design"}},
       {{"Options",
         {kSet,
          kShape,
          kBind,
          kJson,
          {"--picture",
           "FILE",
           "draws a network, what cells of a device conduct, or how straight converters are, SVG; - is "
           "standard output",
           {},
           false,
           Complete::Files}}},
        {"Devices and converters",
         {{"--samples", "N",
           "programs N cells of each level and tells what they conduct; measures N converters "
           "(default 100)"},
          {"--levels", "B", "how many levels a cell has (default: of the device, else 2)"},
          {"--seed", "N", "of the cells and converters (default 1)"}}}},
       {{"ohmweave show converter isaac_adc --set circuit=sar --set capacitor_mismatch=0.02",
         "what mismatch of its capacitors does to a converter"},
        {"ohmweave show network resnet18 --picture resnet18.svg", "layers as a table and as a picture"},
        {"ohmweave show device rram", "a row of the devices' table with its sources"},
        {"ohmweave show device pcm_nandakumar --samples 9999 --levels 8 --set time='1 day' --picture p.svg",
         "what cells of eight levels conduct a day after they were programmed"},
        {"ohmweave show baseline gtx1080",
         "where its figures are from, and how its model does on measurements"},
        {"ohmweave show design isaac --set chip.tile.ima.adc.bits=7", "area and power after a change"}},
       show},
      {"fit",
       "a device file from measurements of cells",
       "Reads a table of measured cells with columns target_uS and measured_uS (any unit of conductance) and, "
       "where "
       "measured, time_s, temperature_K and cell, the cell's name. Fits levels, the error of programming, read "
       "noise (of "
       "cells read again) and drift (of cells measured at several times), shows what the fit leaves, and "
       "writes a device "
       "that designs can use.",
       {{"WHAT", "device", false, false, Complete::Words, "device"},
        {"FILE", "the measurements, CSV", false, false, Complete::Files}},
       {{"Options",
         {{"--output", "FILE.yaml", "writes the device; - is standard output", {}, false, Complete::Files},
          {"--name", "NAME", "of the device (default: of the output, else of the measurements)"},
          {"--drift-start", "TIME",
           "t0 of the drift (1 + t / t0)^-nu (default: fitted where there are three times, else '1 s')"},
          {"--picture",
           "FILE.svg",
           "draws measurements, fit and residuals; - is standard output",
           {},
           false,
           Complete::Files},
          {"--json",
           "FILE",
           "writes all estimates with their errors; - is standard output",
           {},
           false,
           Complete::Files}}}},
       {{"ohmweave fit device measurements.csv --output mine.yaml --picture mine.svg",
         "a device of your own, to be used as cell: {use: ...} or by --device"}},
       fit},
      {"check",
       "reads files and says what is wrong with them",
       "Reads designs, claims, networks and files of the library and prints every error of each with its "
       "place.",
       {{"FILE", "a design.yaml, claims.yaml, network (.onnx, .yaml) or file of the library", true, false,
         Complete::Files}},
       {},
       {{"ohmweave check mine/design.yaml", "silent about what is right, exit code 2 if anything is wrong"}},
       check},
      {"map",
       "where every layer of a network goes",
       "Maps a network onto a machine and shows arrays, slices, copies and use per layer, with warnings. A "
       "network "
       "that does not fit is shown all the same.",
       {kNetwork},
       {{"Options",
         {kDesign,
          kSet,
          kShape,
          kBind,
          kJson,
          {"--listing",
           "FILE",
           "writes the commands of the machine's controller: its configuration, and the data flow of one "
           "inference; - is standard output",
           {},
           false,
           Complete::Files}}}},
       {{"ohmweave map vgg-d --design isaac", "the arrays VGG-D takes"},
        {"ohmweave map lenet5 --design isaac --listing -", "what the controller of ISAAC would be told"}},
       map},
      {"program",
       "the program a network becomes on a machine, as text",
       "Prints stages, stores and steps: what the values are computed from and what is timed and priced.",
       {kNetwork},
       {{"Options",
         {kDesign, kSet, kShape, kBind, {"--samples", "N", "inferences of the outermost loop (default 1)"}}}},
       {{"ohmweave program lenet5 --design isaac", "the pipeline of LeNet-5"}},
       program},
      {"run",
       "runs a network on a machine: values, costs, report",
       "Computes the samples with the machine's arithmetic beside the exact reference, and tells latency, "
       "throughput, "
       "energy and area. Without --data only costs are computed. '--design float' is the exact reference "
       "alone.",
       {kNetwork},
       {{"Machine", {kDesign, kSet, kBaseline, kProgramming}},
        cells(),
        values(),
        pictures(),
        preprocessing(),
        {"Results",
         {kJson,
          kTrials,
          kSensitivity,
          {"--layers", "", "tells how far each layer's results are from the exact ones, on up to 64 samples"},
          {"--outputs",
           "FILE.npy",
           "writes the raw outputs of the network, float32",
           {},
           false,
           Complete::Files},
          {"--trace",
           "FILE",
           "writes the pipeline as trace events, which Perfetto opens",
           {},
           false,
           Complete::Files}}}},
       {{"ohmweave run digits-cnn --design isaac --data digits",
         "a trained network on ISAAC, values and costs"},
        {"ohmweave run vgg-d --design isaac --json vgg.json", "costs alone, also as JSON"},
        {"ohmweave run vgg-d --design isaac --baseline gtx1080 --baseline dadiannao",
         "how many times faster and more frugal than others"},
        {"ohmweave run net.onnx --design isaac --data mnist:data --div 255 --set chip.tile.ima.adc.bits=7",
         "what a coarser converter does to MNIST"}},
       run},
      {"compare",
       "one network on several machines, side by side",
       "Runs a network on each design and prints their figures in columns, with ratios to the first. A design "
       "may "
       "carry changes: isaac:chips=4:chip.tile.ima.adc.bits=7.",
       {kNetwork},
       {{"Machines",
         {{"--designs",
           "A,B,...",
           "designs, each with changes if wanted, and 'float' for the exact reference",
           {},
           true,
           Complete::Designs},
          {"--set", "KEY=VALUE", "overrides a field of every design", {}, true},
          kBaseline,
          kProgramming}},
        cells(),
        {"Equal terms",
         {{"--same",
           "TERM,...",
           "holds equal what the first design has: technology, precision; or what is said: \"technology=22 "
           "nm\", "
           "precision=8",
           {},
           true},
          {"--iso", "BUDGET",
           "shows what whole machines do within the area, power or peak_power of the first design, or within "
           "what "
           "is said: \"area=100 mm^2\""}}},
        values(),
        pictures(),
        preprocessing(),
        {"Results",
         {kTrials,
          kSensitivity,
          {"--json",
           "FILE",
           "writes the reports as an array; - is standard output",
           {},
           false,
           Complete::Files},
          {"--picture",
           "FILE.svg",
           "draws energy and area by component, energy against throughput, accuracies; - is standard output",
           {},
           false,
           Complete::Files},
          {"--outputs",
           "FILE.npy",
           "writes the raw outputs of all machines, designs outermost",
           {},
           false,
           Complete::Files}}}},
       {{"ohmweave compare digits-cnn --designs isaac,isaac:chip.tile.ima.adc.bits=7,float --data digits",
         "what a narrower converter costs and saves"},
        {"ohmweave compare mlp-l --designs prime,isaac --iso area --baseline prime_cpu",
         "PRIME and ISAAC on equal area, beside the processor PRIME compares itself with"}},
       compare},
      {"sweep",
       "one network on every point of a grid of designs",
       "Runs a network on a design for all combinations of values of its fields and marks those that no other "
       "beats. Points that are invalid or that the network does not fit are rows with the reason. With --csv, "
       "what "
       "is finished is kept in FILE.points until all is: the same command goes on where it was interrupted.",
       {kNetwork},
       {{"Machine",
         {kDesign,
          {"--set",
           "KEY=V1,V2,...",
           "a field of the design and its values; also 1..8, 8..32+8 and 1..64*2 for whole numbers",
           {},
           true}}},
        values(),
        pictures(),
        preprocessing(),
        {"Results",
         {{"--pareto", "X,Y,...",
           "what the best are best in: latency, throughput, energy, power, area, density, efficiency, top1 and "
           "so "
           "on (default energy,throughput,area)"},
          {"--csv", "FILE", "writes a line per point; - is standard output", {}, false, Complete::Files},
          {"--json",
           "FILE",
           "writes the points, format ohmweave-sweep/1; - is standard output",
           {},
           false,
           Complete::Files},
          {"--picture",
           "FILE.svg",
           "draws all points by the first two of --pareto; - is standard output",
           {},
           false,
           Complete::Files}}}},
       {{"ohmweave sweep vgg-d --design isaac --set chip.tile.ima.adc.bits=6..9 --set chips=16,32",
         "eight machines and the best of them"}},
       sweep},
      {"mvm",
       "a matrix times vectors through the arrays of a design",
       "Programs a matrix into the arrays of one design and multiplies vectors with it, with slices, encoding, "
       "converters, cells and wires as the design has them: for those who compare with their own tool or chip. "
       "Whole numbers are codes, and the results count products of codes; floats are quantized to the design's "
       "precision.",
       {},
       {{"Machine", {kDesign, kSet}},
        cells(),
        {"Values",
         {{"--weights", "W.npy", "the matrix, rows x columns", {}, false, Complete::Files},
          {"--inputs", "X.npy", "the vectors, batch x rows", {}, false, Complete::Files},
          {"--outputs",
           "Y.npy",
           "writes the results, batch x columns: int64 where both are codes, else float64",
           {},
           false,
           Complete::Files},
          {"--exact",
           "FILE.npy",
           "writes the products as exact arithmetic makes them, like --outputs",
           {},
           false,
           Complete::Files},
          kSeed,
          kThreads}},
        {"Results",
         {{"--json",
           "FILE",
           "writes what is printed, format ohmweave-mvm/1; - is standard output",
           {},
           false,
           Complete::Files}}}},
       {{"ohmweave mvm --design isaac --weights W.npy --inputs X.npy --outputs Y.npy", "ISAAC, as published"},
        {"ohmweave mvm --design isaac --device neurram --weights W.npy --inputs X.npy --outputs Y.npy",
         "the same with measured cells"}},
       mvm},
      {"reproduce",
       "published figures beside ours",
       "Computes every figure that the papers of the designs publish and prints it beside ours with the kind "
       "and the "
       "status of the claim. Exit code 1 if a claim that is said to hold does not.",
       {{"D", "names or files of designs, or of claims that belong to none: devices (default: all by name)",
         true, true, Complete::Designs}},
       {{"Options",
         {{"--json", "FILE", "writes the claims as a list; - is standard output", {}, false, Complete::Files},
          kThreads}}},
       {{"ohmweave reproduce isaac", "the claims of ISAAC's paper"}},
       reproduce},
      {"conformance",
       "recorded cases of networks beside our results",
       "Runs test cases as ONNX has them, folders with test_data_set_0, below the folders given, and says of "
       "each "
       "whether "
       "the exact reference reproduces it. Exit code 1 if one fails.",
       {{"DIR", "folders to search", true, false, Complete::Files}},
       {{"Options",
         {{"--models",
           "DIR",
           "where the models of cases without a model.onnx are: DIR/<family>/<model>.onnx",
           {},
           false,
           Complete::Files},
          {"--json", "FILE", "writes the results as a list; - is standard output", {}, false, Complete::Files},
          kThreads}}},
       {{"ohmweave conformance onnx/backend/test/data/node", "ONNX's own cases of operators"}},
       conformance},
      circuit_command(),
      logic_command(),
      {"docs",
       "this help as a document",
       "Prints the reference of the command line as Markdown (cli) or as a manual page (man).",
       {{"FORM", "cli or man", false, false, Complete::Words, "cli man"}},
       {},
       {{"ohmweave docs man | man -l -", "the manual"}},
       docs},
      {"completion",
       "completes commands in a shell",
       "Prints what a shell needs to complete commands, options and names.",
       {{"SHELL", "bash, zsh or fish", false, false, Complete::Words, "bash zsh fish"}},
       {},
       {{"eval \"$(ohmweave completion bash)\"", "for this session; put it into ~/.bashrc to keep it"}},
       completion}};
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all = make_commands();
  return all;
}

const Group& general_options() {
  static const Group general{"General", {{"--help", "", "says what a command does and takes", "-h"}}};
  return general;
}

const Command* find_command(std::string_view name) {
  const std::vector<Command>& all = commands();
  auto it = std::find_if(all.begin(), all.end(), [&](const Command& c) { return c.name == name; });
  return it == all.end() ? nullptr : &*it;
}

std::string synopsis(const Command& command) {
  // Options that every command which has them cannot do without, unless they have a default there.
  constexpr std::string_view kRequired[] = {"--design",  "--designs", "--conductance",
                                            "--voltage", "--weights", "--inputs"};
  std::string out = "ohmweave " + std::string(command.name);
  for (const Operand& o : command.operands) {
    const std::string word = std::string(o.name) + (o.many ? "..." : "");
    out += o.optional ? " [" + word + "]" : " " + word;
  }
  for (const Group& g : command.groups) {
    for (const Option& o : g.options) {
      if (std::find(std::begin(kRequired), std::end(kRequired), o.name) != std::end(kRequired) &&
          o.doc.find("(default") == std::string_view::npos)
        out += " " + std::string(o.name) + " " + std::string(o.value);
    }
  }
  return out + (command.groups.empty() ? "" : " [options]");
}

}  // namespace ohmweave::cli
