#include "libtrack/symbols/elf_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <elfutils/libdwelf.h>
#include <gelf.h>

namespace track::symbols {

namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t worth_dropping_bytes = std::size_t{64} << 20;

error not_usable(const std::string& path, const std::string& why) {
  return {error_code::bad_input, "cannot read symbols of " + path + ": " + why};
}

// Calls `visit(header, name, section)` for each section until it returns true; true when it did.
template <typename Visit>
bool any_section(Elf* elf, Visit visit) {
  std::size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) {
    return false;
  }
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) {
      continue;
    }
    const char* name = elf_strptr(elf, names, header.sh_name);
    if (visit(header, std::string_view(name == nullptr ? "" : name), section)) {
      return true;
    }
  }
  return false;
}

}  // namespace

result<elf_file> elf_file::open(const std::string& path, elf_use use) {
  elf_version(EV_CURRENT);
  // O_NONBLOCK: the path may by now be a pipe without a writer.
  file_descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!descriptor) {
    return file_error("cannot open", path, errno);
  }
  struct stat status = {};
  if (fstat(descriptor.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return not_usable(path, "not a regular file");
  }
  Elf* elf = elf_begin(descriptor.get(), ELF_C_READ_MMAP, nullptr);
  return checked(elf_file(path, std::move(descriptor), elf), use);
}

result<elf_file> elf_file::from_memory(const std::string& name, std::span<const std::byte> image) {
  elf_version(EV_CURRENT);
  char* bytes = const_cast<char*>(reinterpret_cast<const char*>(image.data()));
  return checked(elf_file(name, {}, elf_memory(bytes, image.size())), elf_use::module);
}

result<elf_file> elf_file::checked(elf_file file, elf_use use) {
  GElf_Ehdr header;
  if (file.elf_ == nullptr || elf_kind(file.elf_) != ELF_K_ELF ||
      gelf_getehdr(file.elf_, &header) == nullptr) {
    return not_usable(file.path_, "not an ELF file");
  }
  if (header.e_machine != EM_X86_64 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB) {
    return not_usable(file.path_, "not an x86-64 file");
  }
  if (use == elf_use::module && header.e_type != ET_DYN && header.e_type != ET_EXEC) {
    return not_usable(file.path_, "neither a program nor a shared object");
  }
  return file;
}

std::vector<std::uint8_t> elf_file::build_id() const {
  const void* bytes = nullptr;
  const ssize_t size = dwelf_elf_gnu_build_id(elf_, &bytes);
  if (size <= 0) {
    return {};
  }
  const auto* first = static_cast<const std::uint8_t*>(bytes);
  return {first, first + size};
}

std::optional<debug_link> elf_file::link_to_debug_file() const {
  GElf_Word crc = 0;
  const char* name = dwelf_elf_gnu_debuglink(elf_, &crc);
  if (name == nullptr || *name == '\0') {
    return std::nullopt;
  }
  return debug_link{name, crc};
}

std::optional<alternate_link> elf_file::link_to_alternate_file() const {
  std::optional<alternate_link> link;
  any_section(elf_, [&](const GElf_Shdr&, std::string_view name, Elf_Scn* section) {
    if (name != ".gnu_debugaltlink") {
      return false;
    }
    const Elf_Data* data = elf_rawdata(section, nullptr);
    if (data != nullptr && data->d_buf != nullptr) {
      const std::string_view contents(static_cast<const char*>(data->d_buf), data->d_size);
      const std::size_t end = contents.find('\0');
      if (end != 0 && end != std::string_view::npos && end + 2 < contents.size()) {
        const std::string_view id = contents.substr(end + 1);
        link = alternate_link{std::string(contents.substr(0, end)), {id.begin(), id.end()}};
      }
    }
    return true;
  });
  return link;
}

bool elf_file::has_symbols(std::uint32_t section_type) const {
  return any_section(elf_, [&](const GElf_Shdr& header, std::string_view, Elf_Scn*) {
    return header.sh_type == section_type && header.sh_size > sizeof(Elf64_Sym);
  });
}

bool elf_file::has_debug_info() const {
  return any_section(elf_, [](const GElf_Shdr& header, std::string_view name, Elf_Scn*) {
    return header.sh_type != SHT_NOBITS && header.sh_size > 0 &&
           (name == ".debug_info" || name == ".zdebug_info");
  });
}

void elf_file::drop_pages() const {
  std::size_t size = 0;
  char* image = elf_rawfile(elf_, &size);
  // Where libelf could not map the file it read it into the heap: blocks of this size are never at
  // the start of a page there.
  const bool is_mapping = reinterpret_cast<std::uintptr_t>(image) % page_bytes == 0;
  if (image != nullptr && size >= worth_dropping_bytes && is_mapping) {
    madvise(image, size, MADV_DONTNEED);
  }
}

std::pair<std::uint64_t, std::uint64_t> elf_file::code_range() const {
  std::size_t count = 0;
  if (elf_getphdrnum(elf_, &count) != 0) {
    return {0, 0};
  }
  std::uint64_t low = UINT64_MAX;
  std::uint64_t high = 0;
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf_, static_cast<int>(i), &segment) == nullptr) {
      break;
    }
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0 &&
        segment.p_memsz <= UINT64_MAX - segment.p_vaddr) {
      low = std::min(low, segment.p_vaddr);
      high = std::max(high, segment.p_vaddr + segment.p_memsz);
    }
  }
  return low < high ? std::pair{low, high} : std::pair{std::uint64_t{0}, std::uint64_t{0}};
}

}  // namespace track::symbols
