// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/transfer_cache.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "ohmweave/array/wires_solver.h"

namespace ohmweave::array {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kVersion = 3;  // of the file and of what the solver computes: raise it when either changes
constexpr char kMagic[8] = {'o', 'h', 'm', 't', 'r', 'a', 'n', 's'};
constexpr int64_t kBetweenChecks = 64;  // files written from one look at the folder's size to the next

struct Header {
  char magic[8];
  uint32_t version, matrices;
  int64_t rows, columns;
  uint64_t key_high, key_low, checksum;
};

/// A hash of 64-bit words: each is mixed in by a multiplication of 128 bits whose halves are joined.
class Hash {
 public:
  explicit Hash(uint64_t seed) : state_(seed) {}
  void add(uint64_t word) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(state_ ^ word) * 0x9e3779b97f4a7c15ULL + ++count_;
    state_ = static_cast<uint64_t>(product) ^ std::rotl(static_cast<uint64_t>(product >> 64), 23) ^
             std::rotl(word, 32);
  }
  void add(double number) { add(std::bit_cast<uint64_t>(number + 0.0)); }  // -0 is 0
  uint64_t value() const {
    Hash end = *this;
    end.add(uint64_t{0x2545f4914f6cdd1dULL});
    end.add(uint64_t{0});
    return end.state_;
  }

 private:
  uint64_t state_, count_ = 0;
};

uint64_t checksum_of(const KeptCells& cells) {
  Hash hash(3);
  for (float x : cells.conductances) hash.add(static_cast<uint64_t>(std::bit_cast<uint32_t>(x)));
  for (float x : cells.variances) hash.add(static_cast<uint64_t>(std::bit_cast<uint32_t>(x)));
  return hash.value();
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

}  // namespace

TransferCache::TransferCache(std::string folder, int64_t most_bytes)
    : folder_(std::move(folder)), most_bytes_(most_bytes) {}

std::string TransferCache::default_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && cache[0] == '/') return std::string(cache) + "/ohmweave/transfer";
  const char* home = std::getenv("HOME");
  if (home != nullptr && home[0] == '/') return std::string(home) + "/.cache/ohmweave/transfer";
  return {};
}

TransferCache::Content TransferCache::content_of(const Wires& wires, int64_t rows, int64_t columns,
                                                 std::span<const double> conductances, double tolerance,
                                                 std::span<const double> variances) {
  Hash first(1), second(2);
  for (Hash* h : {&first, &second}) {
    h->add(static_cast<uint64_t>(kVersion));
    h->add(static_cast<uint64_t>(rows));
    h->add(static_cast<uint64_t>(columns));
    for (double x : {wires.wordline, wires.bitline, wires.driver, wires.sense, tolerance}) h->add(x);
    h->add(static_cast<uint64_t>((wires.two_sided ? 1 : 0) + (variances.empty() ? 0 : 2)));
    for (double g : conductances) h->add(g);
    for (double v : variances) h->add(v);
  }
  return {{first.value(), second.value()}, rows, columns, !variances.empty()};
}

std::string TransferCache::path_of(const Key& key) const {
  return fmt::format("{}/{:016x}{:016x}.transfer", folder_, key.high, key.low);
}

bool TransferCache::read(const Content& content, KeptCells& out) const {
  const std::string path = path_of(content.key);
  const File file(std::fopen(path.c_str(), "rb"));
  Header h{};
  if (!file || std::fread(&h, sizeof h, 1, file.get()) != 1) return false;
  if (std::memcmp(h.magic, kMagic, sizeof kMagic) != 0 || h.version != kVersion || h.rows != content.rows ||
      h.columns != content.columns || h.matrices != (content.with_variances ? 2 : 1) ||
      h.key_high != content.key.high || h.key_low != content.key.low)
    return false;
  auto take = [&](std::vector<float>& to) {
    to.resize(static_cast<size_t>(content.rows * content.columns));
    return std::fread(to.data(), sizeof(float), to.size(), file.get()) == to.size();
  };
  if (!take(out.conductances) || (content.with_variances && !take(out.variances))) return false;
  if (std::fgetc(file.get()) != EOF || checksum_of(out) != h.checksum) return false;
  std::error_code ignored;  // it was used now
  fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
  return true;
}

void TransferCache::write(const Content& content, const KeptCells& cells) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) return;
  const int64_t number = written_++;
  const std::string path = path_of(content.key),
                    temporary = fmt::format("{}.{}.{}.new", path, ::getpid(), number);
  Header h{{},
           kVersion,
           content.with_variances ? 2u : 1u,
           content.rows,
           content.columns,
           content.key.high,
           content.key.low,
           checksum_of(cells)};
  std::memcpy(h.magic, kMagic, sizeof kMagic);
  bool good = false;
  if (File file{std::fopen(temporary.c_str(), "wb")}) {
    auto put = [&](const std::vector<float>& from) {
      return std::fwrite(from.data(), sizeof(float), from.size(), file.get()) == from.size();
    };
    good = std::fwrite(&h, sizeof h, 1, file.get()) == 1 && put(cells.conductances) && put(cells.variances);
    good = std::fclose(file.release()) == 0 && good;
  }
  if (good) fs::rename(temporary, path, error);
  if (!good || error) fs::remove(temporary, error);
  if (number % kBetweenChecks == 0) shrink();
}

void TransferCache::shrink() const {
  struct Kept {
    fs::file_time_type used;
    int64_t bytes;
    fs::path path;
  };
  std::vector<Kept> all;
  int64_t bytes = 0;
  std::error_code error;
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;  // others may be at work here
    const auto used = fs::last_write_time(at->path(), gone);
    const auto size = static_cast<int64_t>(fs::file_size(at->path(), gone));
    if (gone) continue;
    const std::string ending = at->path().extension().string();
    if (ending == ".new" && used < old) fs::remove(at->path(), gone);  // whoever wrote it did not finish
    if (ending != ".transfer") continue;
    all.push_back({used, size, at->path()});
    bytes += size;
  }
  if (bytes <= most_bytes_) return;
  std::sort(all.begin(), all.end(), [](const Kept& a, const Kept& b) { return a.used < b.used; });
  for (const Kept& k : all) {
    if (bytes <= most_bytes_ / 4 * 3) return;
    std::error_code gone;
    fs::remove(k.path, gone);
    bytes -= k.bytes;
  }
}

KeptCells TransferCache::effective_cells(const Wires& wires, int64_t rows, int64_t columns,
                                         std::span<const double> conductances, double tolerance,
                                         std::span<const double> variances) {
  KeptCells out;
  Content content{};
  if (!folder_.empty()) {
    content = content_of(wires, rows, columns, conductances, tolerance, variances);
    if (read(content, out)) {
      ++found_;
      return out;
    }
  }
  const EffectiveCells exact =
      WireSolver(wires, rows, columns, conductances).effective_cells(tolerance, variances);
  out.conductances.assign(exact.conductances.begin(), exact.conductances.end());
  out.variances.assign(exact.variances.begin(), exact.variances.end());
  ++solved_;
  if (!folder_.empty()) write(content, out);
  return out;
}

}  // namespace ohmweave::array
