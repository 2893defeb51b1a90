#include "tools/collector/elf_facts.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "libtrack/support/files.hpp"

namespace track::tools {
namespace {

// A read-only mapping of a whole file.
class file_view {
 public:
  explicit file_view(const std::string& path) {
    const file_descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size <= 0) {
      return;
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (address != MAP_FAILED) {
      bytes_ = {static_cast<const char*>(address), size};
    }
  }
  file_view(const file_view&) = delete;
  file_view& operator=(const file_view&) = delete;
  ~file_view() {
    if (!bytes_.empty()) {
      munmap(const_cast<char*>(bytes_.data()), bytes_.size());
    }
  }

  template <typename Record>
  std::optional<Record> read(std::uint64_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(Record)) {
      return std::nullopt;
    }
    Record record;
    std::memcpy(&record, bytes_.data() + offset, sizeof record);
    return record;
  }

  // The zero-terminated text at `offset`; empty when it has no end.
  std::string_view text(std::uint64_t offset) const {
    if (offset >= bytes_.size()) {
      return {};
    }
    const std::string_view rest(bytes_.data() + offset, bytes_.size() - offset);
    const std::size_t end = rest.find('\0');
    return end == std::string_view::npos ? std::string_view{} : rest.substr(0, end);
  }

 private:
  std::span<const char> bytes_;
};

std::string sanitizer_of_library(std::string_view name) {
  static constexpr struct {
    std::string_view part;
    std::string_view sanitizer;
  } known[] = {{"libasan.", "AddressSanitizer"},
               {"libtsan.", "ThreadSanitizer"},
               {"liblsan.", "LeakSanitizer"},
               {"libhwasan.", "HWAddressSanitizer"},
               {"libclang_rt.asan", "AddressSanitizer"},
               {"libclang_rt.tsan", "ThreadSanitizer"},
               {"libclang_rt.hwasan", "HWAddressSanitizer"}};
  for (const auto& entry : known) {
    if (name.starts_with(entry.part)) {
      return std::string(entry.sanitizer);
    }
  }
  return {};
}

std::string sanitizer_of_symbol(std::string_view name) {
  if (!name.starts_with("__") || !name.ends_with("san_init")) {
    return {};
  }
  if (name == "__asan_init") {
    return "AddressSanitizer";
  }
  if (name == "__tsan_init") {
    return "ThreadSanitizer";
  }
  if (name == "__msan_init") {
    return "MemorySanitizer";
  }
  if (name == "__hwasan_init") {
    return "HWAddressSanitizer";
  }
  return name == "__lsan_init" ? "LeakSanitizer" : std::string{};
}

// Headers of a 64-bit file; the few places that hold what we ask for.
class elf_reader {
 public:
  elf_reader(const file_view& file, const Elf64_Ehdr& header) : file_(file), header_(header) {}

  void read(elf_facts& facts) {
    read_segments(facts);
    read_dynamic(facts);
    read_symbols(facts);
  }

 private:
  // Reads the program headers; keeps the loadable ones to translate addresses.
  void read_segments(elf_facts& facts) {
    for (unsigned i = 0; i < header_.e_phnum; ++i) {
      const auto segment =
          file_.read<Elf64_Phdr>(header_.e_phoff + std::uint64_t{i} * sizeof(Elf64_Phdr));
      if (!segment) {
        return;
      }
      if (segment->p_type == PT_LOAD) {
        loads_.push_back(*segment);
      } else if (segment->p_type == PT_DYNAMIC) {
        dynamic_ = *segment;
      } else if (segment->p_type == PT_INTERP) {
        facts.interpreter = file_.text(segment->p_offset);
      }
    }
  }

  std::uint64_t offset_of(std::uint64_t address) const {
    for (const Elf64_Phdr& load : loads_) {
      if (address >= load.p_vaddr && address - load.p_vaddr < load.p_filesz) {
        return address - load.p_vaddr + load.p_offset;
      }
    }
    return UINT64_MAX;
  }

  void read_dynamic(elf_facts& facts) {
    std::vector<std::uint64_t> needed;
    std::uint64_t soname = 0;
    std::uint64_t strings = UINT64_MAX;
    for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= dynamic_.p_filesz;
         at += sizeof(Elf64_Dyn)) {
      const auto entry = file_.read<Elf64_Dyn>(dynamic_.p_offset + at);
      if (!entry || entry->d_tag == DT_NULL) {
        break;
      }
      if (entry->d_tag == DT_NEEDED) {
        needed.push_back(entry->d_un.d_val);
      } else if (entry->d_tag == DT_SONAME) {
        soname = entry->d_un.d_val;
      } else if (entry->d_tag == DT_STRTAB) {
        strings = offset_of(entry->d_un.d_ptr);
      }
    }
    if (strings == UINT64_MAX) {
      return;
    }
    for (const std::uint64_t name : needed) {
      facts.needed.emplace_back(file_.text(strings + name));
      if (facts.sanitizer.empty()) {
        facts.sanitizer = sanitizer_of_library(facts.needed.back());
      }
    }
    if (soname != 0) {
      facts.soname = file_.text(strings + soname);
    }
  }

  void read_symbols(elf_facts& facts) const {
    for (unsigned i = 0; i < header_.e_shnum; ++i) {
      const auto table = section(i);
      if (!table || table->sh_type != SHT_DYNSYM) {
        continue;
      }
      const auto strings = section(table->sh_link);
      if (strings) {
        read_symbol_table(*table, strings->sh_offset, facts);
      }
      return;
    }
  }

  std::optional<Elf64_Shdr> section(std::uint64_t index) const {
    return index < header_.e_shnum
               ? file_.read<Elf64_Shdr>(header_.e_shoff + index * sizeof(Elf64_Shdr))
               : std::nullopt;
  }

  void read_symbol_table(const Elf64_Shdr& table, std::uint64_t strings, elf_facts& facts) const {
    for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= table.sh_size; at += sizeof(Elf64_Sym)) {
      const auto symbol = file_.read<Elf64_Sym>(table.sh_offset + at);
      if (!symbol) {
        return;
      }
      const std::string_view name = file_.text(strings + symbol->st_name);
      if (symbol->st_shndx != SHN_UNDEF && name == "malloc") {
        facts.defines_malloc = true;
      } else if (facts.sanitizer.empty()) {
        facts.sanitizer = sanitizer_of_symbol(name);
      }
    }
  }

  const file_view& file_;
  const Elf64_Ehdr& header_;
  std::vector<Elf64_Phdr> loads_;
  Elf64_Phdr dynamic_{};
};

}  // namespace

elf_facts read_elf_facts(const std::string& path) {
  elf_facts facts;
  const file_view file(path);
  const auto identity = file.read<std::array<unsigned char, EI_NIDENT>>(0);
  if (!identity || std::memcmp(identity->data(), ELFMAG, SELFMAG) != 0) {
    return facts;
  }
  facts.elf = true;
  facts.is_64_bit = (*identity)[EI_CLASS] == ELFCLASS64;
  const auto header = file.read<Elf64_Ehdr>(0);
  if (!facts.is_64_bit || !header || (*identity)[EI_DATA] != ELFDATA2LSB) {
    return facts;
  }
  facts.is_x86_64 = header->e_machine == EM_X86_64;
  facts.executable = header->e_type == ET_EXEC || header->e_type == ET_DYN;
  if (header->e_phentsize == sizeof(Elf64_Phdr) &&
      (header->e_shnum == 0 || header->e_shentsize == sizeof(Elf64_Shdr))) {
    elf_reader(file, *header).read(facts);
  }
  return facts;
}

}  // namespace track::tools
