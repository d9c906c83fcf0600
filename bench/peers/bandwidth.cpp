// How fast this machine reads: a buffer of the history's size, 2 m n numbers, again and again, in huge pages and in
// pages of 4 KiB. It answers as the harnesses do: {"huge": GB/s, "small": GB/s, "copy": GB/s read and as much written}.

#include <sys/mman.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "harness.hpp"

namespace {

using bench::Index;
using Word = std::uint64_t;

/** Words in pages as the advice says, mapped for themselves. */
class Buffer {
public:
  Buffer(Index words, int advice) : bytes_(static_cast<std::size_t>(words) * sizeof(Word) + kHuge) {
    base_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base_ == MAP_FAILED) throw std::bad_alloc();
    madvise(base_, bytes_, advice);
    begin = reinterpret_cast<Word*>((reinterpret_cast<std::uintptr_t>(base_) + kHuge - 1) / kHuge * kHuge);
    std::fill_n(begin, words, Word{1});
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { munmap(base_, bytes_); }

  Word* begin;

private:
  static constexpr std::size_t kHuge = std::size_t{1} << 21;
  std::size_t bytes_;
  void* base_;
};

Word sum(const Word* from, Index words) {
  Word total = 0;
#pragma GCC unroll 4
  for (Index i = 0; i < words; ++i) total += from[i];
  return total;
}

// GB/s of `pass(from word, words)`, each thread over its own part of the buffer: the best of five tries of some
// milliseconds.
template <class Pass>
double speed(Index words, int threads, Pass pass) {
  const Index part = words / threads;
  const Index passes = std::max<Index>(1, 20'000'000 / words);
  double best = 0.0;
  for (int attempt = 0; attempt < 5; ++attempt) {
    std::atomic<int> waiting{threads};
    std::vector<double> begun(static_cast<std::size_t>(threads));
    std::vector<double> ended(begun.size());
    const auto work = [&](std::size_t id) {
      const Index from = static_cast<Index>(id) * part;
      pass(from, part);
      for (--waiting; waiting.load() > 0;) {
      }
      begun[id] = bench::nanoseconds();
      for (Index i = 0; i < passes; ++i) pass(from, part);
      ended[id] = bench::nanoseconds();
    };
    std::vector<std::thread> others;
    for (std::size_t id = 1; id < begun.size(); ++id) others.emplace_back(work, id);
    work(0);
    for (std::thread& other : others) other.join();
    const double elapsed =
        *std::max_element(ended.begin(), ended.end()) - *std::min_element(begun.begin(), begun.end());
    best = std::max(best, static_cast<double>(part * threads * passes) * sizeof(Word) / elapsed);
  }
  return best;
}

double read_speed(Index words, int threads, int advice) {
  const Buffer buffer(words, advice);
  std::atomic<Word> sink{0};
  return speed(words, threads, [&](Index from, Index count) { sink += sum(buffer.begin + from, count); });
}

double copy_speed(Index words, int threads) {
  const Buffer buffer(words, MADV_HUGEPAGE);
  const Index half = words / 2;
  return speed(half, threads,
               [&](Index from, Index count) { std::copy_n(buffer.begin + from, count, buffer.begin + half + from); });
}

}  // namespace

int main() {
  return bench::serve_with([](const bench::Json& request) -> bench::Json {
    const Index number = request.at("dtype") == "float32" ? 4 : 8;
    const int threads = request.at("threads");
    // At least 4 KiB: what is shorter is read from L1 all the same.
    const Index words =
        std::max<Index>(512, 2 * request.at("m").get<Index>() * request.at("n").get<Index>() * number / 8);
    return {{"huge", read_speed(words, threads, MADV_HUGEPAGE)},
            {"small", read_speed(words, threads, MADV_NOHUGEPAGE)},
            {"copy", copy_speed(words, threads)}};
  });
}
