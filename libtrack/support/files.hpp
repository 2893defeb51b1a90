// Files: read whole, mapped read-only, replaced as a whole. Floor 2; hosted code only.
//
// Nothing throws; an error names the path, the reason of the system and what to do about it.
// The caller owns what is returned. Safe from any thread, for different files.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "libtrack/support/result.hpp"
#include "libtrack/support/text_source.hpp"

namespace track {

// An error about `path` for the errno value `reason`: "what path: reason; advice".
error file_error(std::string_view what, const std::string& path, int reason,
                 error_code code = error_code::bad_input);

// The contents of `path`, of any kind of file (pipes and /proc have no size beforehand).
// errors: unreadable, a directory, larger than `limit_bytes`. cost: one copy.
result<std::string> read_file(const std::string& path, std::uint64_t limit_bytes);

// Writes `contents` beside `path`, syncs it and renames it over `path`: readers see the old file or
// the new one. errors: output; `path` is then untouched and nothing is left beside it.
result<void> write_file_atomically(const std::string& path, std::string_view contents,
                                   mode_t mode = 0600);
result<void> write_file_atomically(const std::string& path, const text_source& contents,
                                   mode_t mode = 0600);

// A regular file mapped read-only. Truncating the file under the mapping is fatal to the reader
// (SIGBUS): map only what the user names, or a file that is replaced as a whole.
class mapped_file {
 public:
  mapped_file() = default;
  mapped_file(const mapped_file&) = delete;
  mapped_file& operator=(const mapped_file&) = delete;
  mapped_file(mapped_file&& other) noexcept;
  mapped_file& operator=(mapped_file&& other) noexcept;
  ~mapped_file();

  // errors: unreadable, not a regular file. An empty file maps to no bytes.
  static result<mapped_file> open(const std::string& path);

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// A file descriptor with an owner.
class file_descriptor {
 public:
  file_descriptor() = default;
  explicit file_descriptor(int number) : number_(number) {}
  file_descriptor(const file_descriptor&) = delete;
  file_descriptor& operator=(const file_descriptor&) = delete;
  file_descriptor(file_descriptor&& other) noexcept : number_(other.release()) {}
  file_descriptor& operator=(file_descriptor&& other) noexcept;
  ~file_descriptor();

  int get() const { return number_; }
  int release();
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

}  // namespace track
