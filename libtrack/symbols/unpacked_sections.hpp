// The debug sections of a file, unpacked into memory as an ELF image of their own. Floor 4, inside
// of symbols.
//
// libdw unpacks every debug section of a file when it is opened, wanted or not, by zlib. Here only
// those that names come from are, by libdeflate, which takes a third of the time. Owns the memory;
// what is read from the image lives as long. One thread an object.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "libtrack/symbols/elf_file.hpp"

namespace track::symbols {

// What the sections are read for: names alone, or where variables are as well.
enum class debug_use { names, locations };

class unpacked_sections {
 public:
  // Nothing when no section is compressed, one is in a way not known here (libelf may know it), or
  // says a size that cannot be. cost: some 1.5 ms a MiB unpacked.
  static std::optional<unpacked_sections> of(const elf_file& file,
                                             debug_use use = debug_use::names);

  const elf_file& image() const { return *image_; }
  std::size_t size_bytes() const { return memory_.get_deleter().size_bytes; }

 private:
  struct unmapper {
    std::size_t size_bytes = 0;
    void operator()(std::byte* memory) const;
  };
  using mapped_memory = std::unique_ptr<std::byte, unmapper>;

  explicit unpacked_sections(mapped_memory memory) : memory_(std::move(memory)) {}

  mapped_memory memory_;
  std::optional<elf_file> image_;  // goes before the memory
};

}  // namespace track::symbols
