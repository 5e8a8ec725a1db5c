// SPDX-License-Identifier: Apache-2.0
// A pool whose idle threads sleep. OpenMP's spin for milliseconds after every loop, which costs more than it
// saves between the layers of small networks, and takes processors from others on a shared machine.
#include "ohmweave/base/parallel.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include <omp.h>

#include "ohmweave/base/check.h"

namespace ohmweave::base {
namespace {

thread_local bool in_body = false;  // loops inside of bodies are not cut any further

struct Loop {
  const int64_t n;
  const FunctionRef<void(int64_t)> body;
  std::atomic<int64_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr error = nullptr;

  void work() {
    for (int64_t i; !failed.load(std::memory_order_relaxed) && (i = next.fetch_add(1)) < n;) {
      try {
        body(i);
      } catch (...) {
        if (!failed.exchange(true)) error = std::current_exception();
      }
    }
  }
};

class Pool {
 public:
  ~Pool() { stop(); }

  void resize(int threads) {
    std::lock_guard one(caller_);
    if (threads == threads_) return;
    stop();
    threads_ = threads;
  }
  int threads() const { return threads_; }

  /// False if the pool is at work for another thread.
  bool run(Loop& loop) {
    std::unique_lock one(caller_, std::try_to_lock);
    if (!one.owns_lock()) return false;
    start();
    {
      std::lock_guard lock(mutex_);
      loop_ = &loop;
      ++loops_;
    }
    wake_.notify_all();
    loop.work();
    std::unique_lock lock(mutex_);
    loop_ = nullptr;  // who has not come by now need not come
    done_.wait(lock, [&] { return working_ == 0; });
    return true;
  }

 private:
  void start() {
    while (static_cast<int>(workers_.size()) < threads_ - 1) workers_.emplace_back([this] { serve(); });
  }
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& t : workers_) t.join();
    workers_.clear();
    stopping_ = false;
  }
  void serve() {
    in_body = true;
    omp_set_num_threads(1);  // what a library would run in parallel inside of a body
    std::unique_lock lock(mutex_);
    for (uint64_t seen = 0;;) {
      wake_.wait(lock, [&] { return stopping_ || (loop_ != nullptr && loops_ != seen); });
      if (stopping_) return;
      seen = loops_;
      Loop* loop = loop_;
      ++working_;
      lock.unlock();
      loop->work();
      lock.lock();
      if (--working_ == 0) done_.notify_one();
    }
  }

  std::mutex caller_;  // held for as long as somebody uses the pool
  std::mutex mutex_;   // guards what follows
  std::condition_variable wake_, done_;
  Loop* loop_ = nullptr;
  uint64_t loops_ = 0;  // that were begun
  int working_ = 0;
  bool stopping_ = false;
  int threads_ = omp_get_num_procs();
  std::vector<std::thread> workers_;
};

Pool& pool() {
  static Pool it;
  return it;
}

}  // namespace

LibrariesOnOneThread::LibrariesOnOneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
LibrariesOnOneThread::~LibrariesOnOneThread() { omp_set_num_threads(before_); }

void parallel_for(int64_t n, FunctionRef<void(int64_t)> body) {
  Loop loop{n, body};
  const LibrariesOnOneThread guard;
  if (n <= 1 || in_body || pool().threads() <= 1) {
    loop.work();
  } else {
    in_body = true;
    if (!pool().run(loop)) loop.work();
    in_body = false;
  }
  if (loop.error) std::rethrow_exception(loop.error);
}

void use_threads(int n) {
  OHMWEAVE_CHECK(!in_body, "the number of threads changes only outside of loops");
  const int threads = n > 0 ? n : omp_get_num_procs();
  pool().resize(threads);
  omp_set_num_threads(threads);
}
int thread_count() { return pool().threads(); }

}  // namespace ohmweave::base
