// Which of the caller's arrays share memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace lbfgs {

/// The bytes of one array; `owner` says whose it is.
struct MemoryRange {
  const std::byte* begin = nullptr;
  const std::byte* end = nullptr;
  std::size_t owner = 0;
};

/// Arrays that must not overlap. Empty ranges overlap nothing.
class MemoryRanges {
public:
  explicit MemoryRanges(std::vector<MemoryRange> ranges = {}) : ranges_(std::move(ranges)) {
    std::erase_if(ranges_, [](const MemoryRange& range) { return range.begin == range.end; });
    std::sort(ranges_.begin(), ranges_.end(),
              [](const MemoryRange& a, const MemoryRange& b) { return std::less<>()(a.begin, b.begin); });
  }

  /// The owners of two ranges that overlap, the lower one first.
  std::optional<std::pair<std::size_t, std::size_t>> collision() const {
    for (std::size_t index = 1; index < ranges_.size(); ++index) {
      const MemoryRange& a = ranges_[index - 1];
      const MemoryRange& b = ranges_[index];
      if (std::less<>()(b.begin, a.end)) return std::minmax({a.owner, b.owner});
    }
    return std::nullopt;
  }

  /// The owner of a range that shares bytes with [begin, end). The ranges do not collide.
  std::optional<std::size_t> owner_of(const std::byte* begin, const std::byte* end) const {
    if (begin == end) return std::nullopt;
    const auto after =
        std::upper_bound(ranges_.begin(), ranges_.end(), begin,
                         [](const std::byte* at, const MemoryRange& range) { return std::less<>()(at, range.end); });
    if (after == ranges_.end() || !std::less<>()(after->begin, end)) return std::nullopt;
    return after->owner;
  }

private:
  std::vector<MemoryRange> ranges_;  // by begin
};

}  // namespace lbfgs
