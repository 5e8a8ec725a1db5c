// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/program/program.h"

namespace ohmweave::program {

/// A program for people: a line per resource, measure, store and stage, and under each stage what it reads,
/// does, writes and computes:
///
///     stage conv1_2 [image 10, y 224, x 224 by 16]
///       reads out.conv1_1 {y: y-1..y+1, x: x-1..x+1} held 100 ns
///       does read conv1_2.array at 100 ns for 1.6 us x320
///       writes out.conv1_2
///       product 4 held conv1_2.weights after 5
///
/// parse() reads it back without loss, except for the plans of cells, which need a machine and stay null.
std::string print(const Program& program);

/// Throws base::Failure with all errors of the text, malformations of the program among them.
Program parse(std::shared_ptr<const base::Source> source);

}  // namespace ohmweave::program
