// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ohmweave::base {

/// A text that diagnostics point into: a file, or words of the command line. `text` may be empty (binary
/// files).
struct Source {
  std::string name;
  std::string text;
};

/// A stretch of one line of a source. `line` and `column` count from 1; line 0 means the source as a whole.
struct Span {
  std::shared_ptr<const Source> source;
  uint32_t line = 0;
  uint32_t column = 0;
  uint32_t length = 0;
};

/// A span for something that has a name but no text, such as an ONNX file.
Span whole(std::string name);

enum class Severity { Error, Warning, Note };

struct Diagnostic {
  Severity severity = Severity::Error;
  std::string message;
  Span span;
};

/// What a phase has to say about its input. Errors are collected, so that a user sees all of a phase at once;
/// stop_if_errors() then ends the phase.
class Diagnostics {
 public:
  void error(Span span, std::string message);
  void warning(Span span, std::string message);
  /// Adds to the diagnostic said last.
  void note(Span span, std::string message);
  void append(const Diagnostics& other);

  bool has_errors() const;
  bool empty() const { return all_.empty(); }
  const std::vector<Diagnostic>& all() const { return all_; }

  /// Throws Failure with everything said so far if any of it is an error.
  void stop_if_errors() const;

  /// Compiler style, in order of position: `file:line:col: error: message`, the line, a caret under the span.
  std::string render(bool colour = false) const;

 private:
  std::vector<Diagnostic> all_;
};

/// The input is wrong and the phase that noticed has ended. The command line prints it and exits with code 2.
class Failure : public std::exception {
 public:
  explicit Failure(Diagnostics diagnostics);
  const Diagnostics& diagnostics() const { return diagnostics_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  Diagnostics diagnostics_;
  std::string text_;
};

/// One error that ends the phase at once.
[[noreturn]] void fail(Span span, std::string message);
/// The same for an input that has a name only: prints `name: error: message`.
[[noreturn]] void fail(std::string name, std::string message);

/// The candidate that `word` was probably meant to be, or an empty string. Case is ignored.
std::string closest(std::string_view word, const std::vector<std::string>& candidates);
/// "; did you mean 'x'?" or an empty string.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace ohmweave::base
