#include "libtrack/unwind/modules.hpp"

#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

#include <atomic>

#include "libtrack/unwind/memory.hpp"

namespace track::unwind {

namespace {

// struct dl_find_object of <dlfcn.h>, which headers before glibc 2.35 do not have.
struct found_object {
  unsigned long long flags;
  void* map_start;
  void* map_end;
  link_map* map;
  void* eh_frame;
  unsigned long long reserved[7];
};
using find_object_function = int (*)(void*, found_object*);

std::atomic<find_object_function> find_object;
std::atomic<module_namer> current_namer;

// Program headers of the main program: its link_map does not tell where they are.
const Elf64_Phdr* program_headers;
std::size_t program_header_count;
std::uintptr_t loader_base;

bool same_text(const char* left, const char* right) {
  while (*left != '\0' && *left == *right) {
    ++left;
    ++right;
  }
  return *left == *right;
}

// Dynamic sections hold addresses that the linker has relocated, or not (the vdso).
std::uintptr_t dynamic_address(const link_map& map, const Elf64_Dyn& entry) {
  return entry.d_un.d_ptr < map.l_addr ? entry.d_un.d_ptr + map.l_addr : entry.d_un.d_ptr;
}

struct symbol_tables {
  const Elf64_Sym* symbols = nullptr;
  const char* names = nullptr;
  const std::uint32_t* gnu_hash = nullptr;
};

symbol_tables tables_of(const link_map& map) {
  symbol_tables tables;
  for (const Elf64_Dyn* entry = map.l_ld; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
    const std::uintptr_t address = dynamic_address(map, *entry);
    if (entry->d_tag == DT_SYMTAB) {
      tables.symbols = reinterpret_cast<const Elf64_Sym*>(address);
    } else if (entry->d_tag == DT_STRTAB) {
      tables.names = reinterpret_cast<const char*>(address);
    } else if (entry->d_tag == DT_GNU_HASH) {
      tables.gnu_hash = reinterpret_cast<const std::uint32_t*>(address);
    }
  }
  return tables;
}

// source: the GNU hash table: {buckets, first symbol, bloom words, shift}, bloom, buckets, chains.
std::uintptr_t symbol_address(const link_map& map, const char* name) {
  const symbol_tables tables = tables_of(map);
  if (tables.symbols == nullptr || tables.names == nullptr || tables.gnu_hash == nullptr ||
      tables.gnu_hash[0] == 0) {
    return 0;
  }
  std::uint32_t hash = 5381;
  for (const char* at = name; *at != '\0'; ++at) {
    hash = hash * 33 + static_cast<unsigned char>(*at);
  }
  const std::uint32_t bucket_count = tables.gnu_hash[0];
  const std::uint32_t first = tables.gnu_hash[1];
  const std::uint32_t* buckets = tables.gnu_hash + 4 + std::size_t{tables.gnu_hash[2]} * 2;
  const std::uint32_t* chains = buckets + bucket_count;
  std::uint32_t index = buckets[hash % bucket_count];
  if (index < first) {
    return 0;
  }
  for (;; ++index) {
    const std::uint32_t chained = chains[index - first];
    const Elf64_Sym& symbol = tables.symbols[index];
    if ((chained | 1) == (hash | 1) && symbol.st_shndx != SHN_UNDEF &&
        same_text(tables.names + symbol.st_name, name)) {
      return map.l_addr + symbol.st_value;
    }
    if ((chained & 1) != 0) {
      return 0;
    }
  }
}

struct header_list {
  const Elf64_Phdr* first = nullptr;
  std::size_t count = 0;
};

header_list headers_of(const link_map& map, bool is_program) {
  if (is_program) {
    return {program_headers, program_header_count};
  }
  const auto* elf = reinterpret_cast<const Elf64_Ehdr*>(map.l_addr);
  if (!range_readable(map.l_addr, sizeof(Elf64_Ehdr)) || elf->e_ident[EI_MAG0] != ELFMAG0 ||
      elf->e_ident[EI_MAG1] != ELFMAG1 || elf->e_phentsize != sizeof(Elf64_Phdr) ||
      !range_readable(map.l_addr + elf->e_phoff, elf->e_phnum * sizeof(Elf64_Phdr))) {
    return {};
  }
  return {reinterpret_cast<const Elf64_Phdr*>(map.l_addr + elf->e_phoff), elf->e_phnum};
}

bool describe(const link_map& map, header_list headers, module_info& found) {
  found = {};
  found.view.load_bias = map.l_addr;
  found.view.start = ~std::uintptr_t{0};
  found.view.path = map.l_name;
  for (std::size_t i = 0; i < headers.count; ++i) {
    const Elf64_Phdr& header = headers.first[i];
    const std::uintptr_t start = map.l_addr + header.p_vaddr;
    if (header.p_type == PT_GNU_EH_FRAME) {
      found.eh_frame_header = reinterpret_cast<const std::uint8_t*>(start);
    } else if (header.p_type == PT_LOAD) {
      found.view.start = start < found.view.start ? start : found.view.start;
      found.view.end =
          start + header.p_memsz > found.view.end ? start + header.p_memsz : found.view.end;
    }
  }
  return found.view.start < found.view.end;
}

// Two words an entry, as in rule_table: {key ^ number, number}.
struct known_module {
  std::atomic<std::uint64_t> check;
  std::atomic<std::uint64_t> number;
};
constexpr std::size_t known_modules = 1024;
known_module numbers[known_modules];

}  // namespace

bool is_loader(const module_info& module) {
  return loader_base != 0 && module.view.load_bias == loader_base;
}

void initialize_modules() {
  loader_base = getauxval(AT_BASE);
  program_headers = reinterpret_cast<const Elf64_Phdr*>(getauxval(AT_PHDR));
  program_header_count = getauxval(AT_PHNUM);
  for (const link_map* map = _r_debug.r_map; map != nullptr; map = map->l_next) {
    if (const std::uintptr_t address = symbol_address(*map, "_dl_find_object")) {
      find_object.store(reinterpret_cast<find_object_function>(address), std::memory_order_relaxed);
      return;
    }
  }
}

bool find_module(std::uintptr_t address, module_info& found) {
  const find_object_function ask = find_object.load(std::memory_order_relaxed);
  if (ask == nullptr) {
    return find_module_in_list(address, found);
  }
  found_object object;
  if (ask(reinterpret_cast<void*>(address), &object) != 0) {
    return false;
  }
  found.view.load_bias = object.map->l_addr;
  found.view.start = reinterpret_cast<std::uintptr_t>(object.map_start);
  found.view.end = reinterpret_cast<std::uintptr_t>(object.map_end);
  found.view.path = object.map->l_name;
  found.eh_frame_header = static_cast<const std::uint8_t*>(object.eh_frame);
  return true;
}

bool find_module_in_list(std::uintptr_t address, module_info& found) {
  constexpr int longest_list = 4096;
  const link_map* const program = _r_debug.r_map;
  const link_map* map = program;
  for (int i = 0; map != nullptr && i < longest_list; ++i) {
    if (!range_readable(reinterpret_cast<std::uintptr_t>(map), sizeof(link_map))) {
      return false;
    }
    if (describe(*map, headers_of(*map, map == program), found) && address >= found.view.start &&
        address < found.view.end) {
      return true;
    }
    map = map->l_next;
  }
  return false;
}

void set_namer(module_namer namer) {
  current_namer.store(namer, std::memory_order_relaxed);
}

std::uint16_t number_of(const module_info& module, std::uint32_t generation) {
  const module_namer namer = current_namer.load(std::memory_order_relaxed);
  if (namer == nullptr) {
    return 0;
  }
  const std::uint64_t key = module.view.start ^ std::uint64_t{generation} << 47;
  known_module& known = numbers[(key * 0x9E3779B97F4A7C15u >> 32) % known_modules];
  const std::uint64_t before = known.number.load(std::memory_order_relaxed);
  if ((known.check.load(std::memory_order_relaxed) ^ before) == key) {
    return static_cast<std::uint16_t>(before);
  }
  const std::uint16_t number = namer(module.view);
  known.check.store(key ^ number, std::memory_order_relaxed);
  known.number.store(number, std::memory_order_relaxed);
  return number;
}

}  // namespace track::unwind
