#include "libtrack/symbols/unpacked_sections.hpp"

#include <elf.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include <gelf.h>
#include <libdeflate.h>

namespace track::symbols {

namespace {

// Where names come from. Not here: locations, public names, macros, frames: the larger part of
// what libdw would unpack for nothing.
constexpr std::array<std::string_view, 10> wanted_sections = {
    ".debug_info", ".debug_types",  ".debug_abbrev", ".debug_line",     ".debug_line_str",
    ".debug_str",  ".debug_ranges", ".debug_addr",   ".debug_rnglists", ".debug_str_offsets"};

constexpr std::array<std::string_view, 2> location_sections = {".debug_loc", ".debug_loclists"};

// A byte of deflate makes 1,032 at most.
constexpr std::uint64_t most_expansion = 1032;
constexpr std::uint64_t most_bytes = std::uint64_t{16} << 30;
constexpr std::uint64_t section_alignment = 16;

bool is_wanted(std::string_view name, debug_use use) {
  const auto is_in = [&](const auto& names) {
    return std::ranges::find(names, name) != names.end();
  };
  return is_in(wanted_sections) || (use == debug_use::locations && is_in(location_sections));
}

struct section {
  std::string_view name;
  std::span<const std::byte> contents;  // as in the file
  bool compressed = false;
  std::uint64_t size_bytes = 0;  // unpacked
  std::uint64_t offset = 0;      // in the image
  std::uint32_t name_offset = 0;
};

std::span<const std::byte> raw_contents(Elf_Scn* scn) {
  const Elf_Data* data = elf_rawdata(scn, nullptr);
  if (data == nullptr || data->d_buf == nullptr) {
    return {};
  }
  return {static_cast<const std::byte*>(data->d_buf), data->d_size};
}

// False: leave the file to libelf.
bool take_section(Elf_Scn* scn, const GElf_Shdr& header, section& out) {
  out.contents = raw_contents(scn);
  out.size_bytes = out.contents.size();
  if (out.contents.size() != header.sh_size) {
    return false;
  }
  out.compressed = (header.sh_flags & SHF_COMPRESSED) != 0;
  if (!out.compressed) {
    return true;
  }
  Elf64_Chdr packed;
  if (out.contents.size() < sizeof packed) {
    return false;
  }
  std::memcpy(&packed, out.contents.data(), sizeof packed);
  out.contents = out.contents.subspan(sizeof packed);
  out.size_bytes = packed.ch_size;
  return packed.ch_type == ELFCOMPRESS_ZLIB &&
         packed.ch_size / most_expansion <= out.contents.size();
}

// The sections that are wanted; empty: nothing to gain here.
std::vector<section> sections_of(const elf_file& file, debug_use use) {
  std::vector<section> found;
  std::size_t names = 0;
  if (elf_getshdrstrndx(file.handle(), &names) != 0) {
    return {};
  }
  for (Elf_Scn* scn = nullptr; (scn = elf_nextscn(file.handle(), scn)) != nullptr;) {
    GElf_Shdr header;
    const char* name = gelf_getshdr(scn, &header) == nullptr
                           ? nullptr
                           : elf_strptr(file.handle(), names, header.sh_name);
    if (name == nullptr || header.sh_type == SHT_NOBITS || !is_wanted(name, use)) {
      continue;
    }
    section next;
    next.name = name;
    if (!take_section(scn, header, next)) {
      return {};
    }
    found.push_back(next);
  }
  const bool gains = std::ranges::any_of(found, [](const section& s) { return s.compressed; });
  return gains ? found : std::vector<section>();
}

constexpr std::uint64_t aligned(std::uint64_t offset) {
  return (offset + section_alignment - 1) / section_alignment * section_alignment;
}

struct plan {
  std::vector<section> sections;
  std::string names;
  std::uint64_t names_offset = 0;
  std::uint64_t headers_offset = 0;
  std::uint64_t size_bytes = 0;
};

// ELF header, sections, their names, section headers.
plan lay_out(std::vector<section> sections) {
  plan made;
  made.names.assign(1, '\0');
  std::uint64_t offset = sizeof(Elf64_Ehdr);
  for (section& each : sections) {
    each.offset = offset = aligned(offset);
    offset += each.size_bytes;
    each.name_offset = static_cast<std::uint32_t>(made.names.size());
    made.names.append(each.name).push_back('\0');
  }
  made.names_offset = offset;
  made.headers_offset = aligned(offset + made.names.size() + sizeof ".shstrtab");
  made.size_bytes = made.headers_offset + (sections.size() + 2) * sizeof(Elf64_Shdr);
  made.sections = std::move(sections);
  return made;
}

bool fill_section(libdeflate_decompressor* unpacker, const section& from, std::byte* to) {
  if (!from.compressed) {
    std::copy(from.contents.begin(), from.contents.end(), to);
    return true;
  }
  return libdeflate_zlib_decompress(unpacker, from.contents.data(), from.contents.size(), to,
                                    from.size_bytes, nullptr) == LIBDEFLATE_SUCCESS;
}

bool fill_sections(const plan& layout, std::byte* image) {
  const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> unpacker(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  return unpacker != nullptr && std::ranges::all_of(layout.sections, [&](const section& each) {
           return fill_section(unpacker.get(), each, image + each.offset);
         });
}

void fill_headers(const elf_file& file, plan& layout, std::byte* image) {
  Elf64_Shdr names{};
  names.sh_name = static_cast<std::uint32_t>(layout.names.size());
  names.sh_type = SHT_STRTAB;
  names.sh_offset = layout.names_offset;
  layout.names.append(".shstrtab").push_back('\0');
  names.sh_size = layout.names.size();
  std::memcpy(image + layout.names_offset, layout.names.data(), layout.names.size());

  std::vector<Elf64_Shdr> headers(1);
  for (const section& each : layout.sections) {
    Elf64_Shdr header{};
    header.sh_name = each.name_offset;
    header.sh_type = SHT_PROGBITS;
    header.sh_offset = each.offset;
    header.sh_size = each.size_bytes;
    header.sh_addralign = 1;
    headers.push_back(header);
  }
  headers.push_back(names);
  std::memcpy(image + layout.headers_offset, headers.data(), headers.size() * sizeof(Elf64_Shdr));

  GElf_Ehdr original;
  Elf64_Ehdr header{};
  if (gelf_getehdr(file.handle(), &original) != nullptr) {
    header = original;
  }
  header.e_type = ET_DYN;
  header.e_phoff = 0;
  header.e_phnum = 0;
  header.e_shoff = layout.headers_offset;
  header.e_shnum = static_cast<std::uint16_t>(headers.size());
  header.e_shstrndx = static_cast<std::uint16_t>(headers.size() - 1);
  std::memcpy(image, &header, sizeof header);
}

}  // namespace

void unpacked_sections::unmapper::operator()(std::byte* memory) const {
  munmap(memory, size_bytes);
}

std::optional<unpacked_sections> unpacked_sections::of(const elf_file& file, debug_use use) {
  std::vector<section> sections = sections_of(file, use);
  std::uint64_t total = 0;
  for (const section& each : sections) {
    total += std::min(each.size_bytes, most_bytes);
  }
  if (total == 0 || total >= most_bytes) {
    return std::nullopt;
  }
  plan layout = lay_out(std::move(sections));
  void* memory = mmap(nullptr, layout.size_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    return std::nullopt;
  }
  auto* image = static_cast<std::byte*>(memory);
  unpacked_sections made(mapped_memory(image, {layout.size_bytes}));
  madvise(image, layout.size_bytes, MADV_HUGEPAGE);
  if (!fill_sections(layout, image)) {
    return std::nullopt;
  }
  fill_headers(file, layout, image);
  auto opened = elf_file::from_memory(file.path(), {image, layout.size_bytes});
  if (!opened) {
    return std::nullopt;
  }
  made.image_.emplace(*std::move(opened));
  return made;
}

}  // namespace track::symbols
