// An ELF file, opened read-only through libelf. Floor 4, inside of symbols.
//
// Owns descriptor and handle; what libelf returns points into the object. Only what libtrack tracks
// is taken: x86-64 programs and shared objects. One thread an object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <libelf.h>

#include "libtrack/support/files.hpp"
#include "libtrack/support/result.hpp"

namespace track::symbols {

struct debug_link {
  std::string name;
  std::uint32_t crc = 0;
};

// What .gnu_debugaltlink says: the file that dwz moved shared debug information to.
struct alternate_link {
  std::string name;
  std::vector<std::uint8_t> build_id;
};

enum class elf_use { module, shared_debug_info };

class elf_file {
 public:
  // errors: unreadable, not ELF, another machine, a relocatable object (but dwz marks its files
  // so).
  static result<elf_file> open(const std::string& path, elf_use use = elf_use::module);

  // The ELF image that lies complete in memory (the vdso). The memory must outlive the object.
  static result<elf_file> from_memory(const std::string& name, std::span<const std::byte> image);

  elf_file(elf_file&& other) noexcept
      : path_(std::move(other.path_)),
        file_(std::move(other.file_)),
        elf_(std::exchange(other.elf_, nullptr)) {}
  elf_file& operator=(elf_file&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(file_, other.file_);
    std::swap(elf_, other.elf_);
    return *this;
  }
  ~elf_file() { elf_end(elf_); }

  Elf* handle() const { return elf_; }
  const std::string& path() const { return path_; }

  // Empty when it has none.
  std::vector<std::uint8_t> build_id() const;
  std::optional<debug_link> link_to_debug_file() const;
  std::optional<alternate_link> link_to_alternate_file() const;

  // True when a section of this type, or of one of these names, has contents in this file.
  bool has_symbols(std::uint32_t section_type) const;
  bool has_debug_info() const;

  // Gives the pages read so far back; they are read again when needed. cost: page faults later.
  void drop_pages() const;

  // The file addresses that code can have: the executable segments. first == second: none.
  std::pair<std::uint64_t, std::uint64_t> code_range() const;

 private:
  elf_file(std::string path, file_descriptor file, Elf* elf)
      : path_(std::move(path)), file_(std::move(file)), elf_(elf) {}
  static result<elf_file> checked(elf_file file, elf_use use);

  std::string path_;
  file_descriptor file_;
  Elf* elf_ = nullptr;
};

}  // namespace track::symbols
