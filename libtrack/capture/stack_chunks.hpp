// Stacks in bulk: thousands of rows of the trie in one compressed blob. Floor 4.
//
// Private to libtrack/capture. A chunk is a zstd frame over two lists of LEB128 numbers: how far
// before its own number each row's caller lies, then the frames. SCHEMA.md shows one.
// Reading trusts nothing: chunks that overlap, reach outside, or name later callers are refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libtrack/capture/stack_row.hpp"
#include "libtrack/support/result.hpp"

struct sqlite3;

namespace track::capture {

inline constexpr std::uint32_t chunk_rows = 4096;         // at most, in one chunk
inline constexpr std::uint32_t most_depth_frames = 4096;  // whatever a file says

// `rows` are numbered from `first`.
std::vector<std::byte> encode_chunk(std::span<const stack_row> rows, std::uint32_t first);

// Appends the `count` rows of a chunk to `rows`, whose size is the number of the first one.
// Returns whether it was one; what was appended before a mistake was seen means nothing.
bool decode_chunk(std::span<const std::byte> stored, std::uint32_t count,
                  std::vector<stack_row>& rows);

// All stacks of a capture; element 0 is "no stack". errors: bad_input, without the file's name.
// cost: linear; some 10 ns a row.
result<std::vector<stack_row>> load_stacks(sqlite3* database);

// Which of `rows` stacks are those of sites or of tracked objects. What a file says beyond that is
// left out.
std::vector<bool> load_whole_stacks(sqlite3* database, std::size_t rows);

// How many of a stack's innermost frames this capture is about: 1 to most_depth_frames.
std::uint32_t load_depth_frames(sqlite3* database);

}  // namespace track::capture
