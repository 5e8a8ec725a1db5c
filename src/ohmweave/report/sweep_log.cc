// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/sweep_log.h"

#include <cerrno>
#include <cmath>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include "ohmweave/base/files.h"
#include "ohmweave/report/numbers.h"

namespace ohmweave::report {

using nlohmann::ordered_json;

namespace {

constexpr const char* kFormat = "ohmweave-sweep-points/1";

std::string line_of(int64_t index, const SweepPoint& point, const std::vector<Aspect>& aspects) {
  ordered_json out;
  out["point"] = index;
  if (!point.error.empty()) {
    out["error"] = point.error;
  } else {
    out["figures"] = ordered_json::object();
    for (size_t a = 0; a < aspects.size(); ++a)
      out["figures"][aspects[a].column()] = number(point.figure(a).value_or(std::nan("")));
  }
  return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

SweepLog::SweepLog(std::string path, const std::string& fingerprint, Sweep& sweep)
    : path_(std::move(path)), sweep_(sweep) {
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0) base::fail(path_, fmt::format("cannot write: {}", std::strerror(errno)));
  try {
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) base::fail(path_, "another sweep is writing its points here");
    take_up(base::read_file(path_),
            fmt::format(R"({{"format":"{}","sweep":"{}"}})", kFormat, fingerprint) + "\n");
  } catch (...) {
    ::close(file_);
    throw;
  }
}

SweepLog::~SweepLog() { ::close(file_); }

void SweepLog::take_up(const std::string& text, const std::string& head) {
  if (text.size() < head.size() && head.starts_with(text)) {  // new, or cut off at once
    if (::ftruncate(file_, 0) != 0) base::fail(path_, fmt::format("cannot write: {}", std::strerror(errno)));
    append(head);
    return;
  }
  if (!text.starts_with(head))
    base::fail(path_,
               "holds the points of another sweep: the network, the design, options or the version of "
               "Ohmweave were different; delete it, or name another --csv");
  size_t at = head.size(), number = 2;
  for (size_t end = text.find('\n', at); end != std::string::npos; end = text.find('\n', at)) {
    take_line(text.substr(at, end - at), number++);
    at = end + 1;
  }
  if (::ftruncate(file_, static_cast<off_t>(at)) != 0 || ::lseek(file_, 0, SEEK_END) < 0)
    base::fail(path_, fmt::format("cannot write: {}", std::strerror(errno)));
}

void SweepLog::take_line(const std::string& line, size_t number) {
  const auto damaged = [&] {
    base::fail(path_, fmt::format("line {} is damaged; delete the file to begin again", number));
  };
  const ordered_json read = ordered_json::parse(line, nullptr, false);
  if (!read.is_object() || !read.contains("point") || !read["point"].is_number_integer()) damaged();
  const auto index = read["point"].get<int64_t>();
  if (index < 0 || index >= sweep_.grid.size()) damaged();
  SweepPoint point;
  point.done = true;
  if (read.contains("error") && read["error"].is_string()) {
    point.error = read["error"].get<std::string>();
  } else {
    if (!read.contains("figures") || !read["figures"].is_object()) damaged();
    for (const Aspect& a : sweep_.aspects) {
      const auto at = read["figures"].find(a.column());
      const bool known = at != read["figures"].end() && at->is_number();
      point.figures.push_back(known ? at->get<double>() : std::nan(""));
    }
  }
  sweep_.points[static_cast<size_t>(index)] = std::move(point);
}

void SweepLog::append(const std::string& line) {
  for (size_t done = 0; done < line.size();) {
    const ssize_t n = ::write(file_, line.data() + done, line.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) base::fail(path_, fmt::format("cannot write: {}", std::strerror(errno)));
    done += static_cast<size_t>(n);
  }
}

void SweepLog::add(int64_t index, const SweepPoint& point) { append(line_of(index, point, sweep_.aspects)); }
void SweepLog::remove() { ::unlink(path_.c_str()); }

}  // namespace ohmweave::report
