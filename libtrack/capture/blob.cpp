#include "libtrack/capture/blob.hpp"

#include <zstd.h>

namespace track::capture {

std::vector<std::byte> compress_blob(std::span<const std::byte> plain, int level) {
  std::vector<std::byte> stored(ZSTD_compressBound(plain.size()));
  const std::size_t size =
      ZSTD_compress(stored.data(), stored.size(), plain.data(), plain.size(), level);
  stored.resize(ZSTD_isError(size) != 0 ? 0 : size);
  return stored;
}

bool expand_blob(std::span<const std::byte> stored, std::size_t most_bytes,
                 std::vector<std::byte>& plain) {
  const unsigned long long size = ZSTD_getFrameContentSize(stored.data(), stored.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > most_bytes) {
    return false;
  }
  plain.resize(static_cast<std::size_t>(size));
  const std::size_t got = ZSTD_decompress(plain.data(), plain.size(), stored.data(), stored.size());
  return ZSTD_isError(got) == 0 && got == plain.size();
}

}  // namespace track::capture
