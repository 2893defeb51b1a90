// Compressed blobs of a capture: one zstd frame each, that says its own size. Floor 4.
//
// Private to libtrack/capture. What a blob claims is not believed beyond the caller's limit.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace track::capture {

inline constexpr int fastest_compression = -1;
inline constexpr int fast_compression = 1;
inline constexpr int dense_compression = 3;

// Empty: there is no memory.
std::vector<std::byte> compress_blob(std::span<const std::byte> plain, int level);

// Into `plain`, whose room is used again. False: no zstd frame, or larger than `most_bytes`.
bool expand_blob(std::span<const std::byte> stored, std::size_t most_bytes,
                 std::vector<std::byte>& plain);

}  // namespace track::capture
