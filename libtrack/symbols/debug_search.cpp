#include "libtrack/symbols/debug_search.hpp"

#include <elf.h>
#include <sys/auxv.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "libtrack/support/files.hpp"
#include "libtrack/symbols/debuginfod.hpp"

namespace track::symbols {

namespace {

using build_id = std::span<const std::uint8_t>;

std::string hex(build_id id) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : id) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

bool same_id(const elf_file& file, build_id wanted) {
  return std::ranges::equal(file.build_id(), wanted);
}

// The CRC-32 of zlib and of .gnu_debuglink.
std::uint32_t checksum(std::span<const std::byte> bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) {
        value = value >> 1 ^ ((value & 1) != 0 ? 0xedb88320U : 0U);
      }
      entries[i] = value;
    }
    return entries;
  }();
  std::uint32_t crc = ~0U;
  for (const std::byte byte : bytes) {
    crc = crc >> 8 ^ table[(crc ^ static_cast<std::uint8_t>(byte)) & 0xff];
  }
  return ~crc;
}

// The vdso is no file: this process's own stands in for it, if it is the same.
std::optional<elf_file> own_vdso() {
  const unsigned long start = getauxval(AT_SYSINFO_EHDR);
  if (start == 0) {
    return std::nullopt;
  }
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(start);
  const std::size_t size = header->e_shoff + std::size_t{header->e_shnum} * header->e_shentsize;
  auto file = elf_file::from_memory("[vdso]", {reinterpret_cast<const std::byte*>(start), size});
  return file ? std::optional(*std::move(file)) : std::nullopt;
}

class search {
 public:
  search(const module_key& module, const resolver_options& options, module_status& status)
      : module_(module), options_(options), status_(status), id_(module.build_id) {
    if (!options.sysroot.empty()) {
      for (const std::string& directory : options.debug_dirs) {
        directories_.push_back(options.sysroot + directory);
      }
    }
    directories_.insert(directories_.end(), options.debug_dirs.begin(), options.debug_dirs.end());
  }

  module_files run() {
    module_files files;
    files.binary = binary();
    if (files.binary && id_.empty()) {
      id_ = files.binary->build_id();
    }
    if (!files.binary) {
      files.binary = by_build_id("", [](const elf_file&) { return true; });
    }
    if (!files.binary || !files.binary->has_debug_info()) {
      files.debug = separate_debug(files.binary);
    }
    if (const std::optional<elf_file>* with = dwarf_file(files)) {
      status_.debug_file = (*with)->path();
      files.alternate = alternate_of(**with);
    }
    return files;
  }

 private:
  static const std::optional<elf_file>* dwarf_file(const module_files& files) {
    if (files.binary && files.binary->has_debug_info()) {
      return &files.binary;
    }
    return files.debug && files.debug->has_debug_info() ? &files.debug : nullptr;
  }

  void say(std::string reason) { status_.reasons.push_back(std::move(reason)); }

  std::optional<elf_file> binary() {
    const std::string& path = module_.path;
    if (base_name(path) == path && (path.starts_with("linux-vdso") || path == "[vdso]")) {
      auto vdso = own_vdso();
      if (vdso && (id_.empty() || same_id(*vdso, id_))) {
        status_.file_found = true;
        return vdso;
      }
      say("the vdso of the recording kernel is not this kernel's");
      return std::nullopt;
    }
    auto found = options_.sysroot.empty() ? std::nullopt : checked(options_.sysroot + path);
    // Without a build-id this machine's file of the same name could be any other.
    if (!found && (options_.sysroot.empty() || !id_.empty())) {
      found = checked(path);
    }
    status_.file_found = found.has_value();
    return found;
  }

  std::optional<elf_file> checked(const std::string& path) {
    auto file = elf_file::open(path);
    if (!file) {
      say(file.failure().message);
      return std::nullopt;
    }
    if (!id_.empty() && !same_id(*file, id_)) {
      status_.build_id_differs = true;
      const auto other = file->build_id();
      say(path + " is another file than the one recorded: its build-id is " +
          (other.empty() ? "missing" : hex(other)) + ", recorded was " + hex(id_));
      return std::nullopt;
    }
    return *std::move(file);
  }

  // Opens `path` if it is ELF with the build-id that is looked for.
  std::optional<elf_file> with_id(const std::string& path, build_id id,
                                  elf_use use = elf_use::module) {
    auto file = elf_file::open(path, use);
    if (!file || !same_id(*file, id)) {
      return std::nullopt;
    }
    return *std::move(file);
  }

  template <typename Accept>
  std::optional<elf_file> by_build_id(const std::string& suffix, Accept accept) {
    if (id_.size() < 2) {
      return std::nullopt;
    }
    const std::string name = hex(id_);
    const std::string inside = "/.build-id/" + name.substr(0, 2) + "/" + name.substr(2) + suffix;
    for (const std::string& directory : directories_) {
      for (const std::string& path :
           {directory + inside, directory + "/" + base_name(module_.path) + suffix}) {
        auto file = with_id(path, id_);
        if (file && accept(*file)) {
          return file;
        }
      }
    }
    return std::nullopt;
  }

  std::optional<elf_file> separate_debug(const std::optional<elf_file>& binary) {
    const auto useful = [](const elf_file& file) {
      return file.has_debug_info() || file.has_symbols(SHT_SYMTAB);
    };
    std::optional<elf_file> found = by_build_id(".debug", useful);
    if (!found) {
      found = by_build_id("", useful);
    }
    if (!found && binary) {
      found = by_link(*binary);
    }
    if (!found && options_.debuginfod && !id_.empty() && debuginfod_wanted()) {
      found = downloaded();
    }
    return found;
  }

  std::optional<elf_file> by_link(const elf_file& binary) {
    const auto link = binary.link_to_debug_file();
    // A name with a slash could lead anywhere; no tool writes one.
    if (!link || link->name.find('/') != std::string::npos) {
      return std::nullopt;
    }
    std::error_code ignored;
    const std::string folder = folder_of(binary.path());
    const auto canonical = std::filesystem::canonical(folder, ignored);
    std::vector<std::string> candidates = {folder + "/" + link->name,
                                           folder + "/.debug/" + link->name};
    for (const std::string& directory : directories_) {
      candidates.push_back(directory + folder + "/" + link->name);
      candidates.push_back(directory + canonical.string() + "/" + link->name);
      candidates.push_back(directory + "/" + link->name);
    }
    for (const std::string& path : candidates) {
      const auto bytes = mapped_file::open(path);
      if (!bytes) {
        continue;
      }
      if (checksum(bytes->bytes()) != link->crc) {
        say(path + " was not used: its checksum is not the one in .gnu_debuglink");
        continue;
      }
      if (auto file = elf_file::open(path)) {
        return *std::move(file);
      }
    }
    return std::nullopt;
  }

  std::optional<elf_file> downloaded() {
    const auto path = debuginfod_find(id_);
    if (!path) {
      say(path.failure().message);
      return std::nullopt;
    }
    auto file = elf_file::open(*path);
    if (!file) {
      say(file.failure().message);
      return std::nullopt;
    }
    return *std::move(file);
  }

  std::optional<elf_file> alternate_of(const elf_file& file) {
    const auto link = file.link_to_alternate_file();
    if (!link) {
      return std::nullopt;
    }
    auto found = alternate_named(file, link->name, link->build_id);
    if (!found) {
      say("the file with the shared part of the debug information, " + link->name +
          ", is not there");
    }
    return found;
  }

  std::optional<elf_file> alternate_named(const elf_file& file, const std::string& name,
                                          build_id id) {
    const std::string digits = hex(id);
    std::vector<std::string> candidates;
    if (name.starts_with('/')) {
      candidates.push_back(options_.sysroot + name);
    } else {
      candidates.push_back(folder_of(file.path()) + "/" + name);
    }
    for (const std::string& directory : directories_) {
      candidates.push_back(directory + "/.build-id/" + digits.substr(0, 2) + "/" +
                           digits.substr(2) + ".debug");
      candidates.push_back(directory + "/.dwz/" + base_name(name));
    }
    for (const std::string& path : candidates) {
      if (auto found = with_id(path, id, elf_use::shared_debug_info)) {
        return found;
      }
    }
    return std::nullopt;
  }

  const module_key& module_;
  const resolver_options& options_;
  module_status& status_;
  std::vector<std::uint8_t> id_;
  std::vector<std::string> directories_;
};

}  // namespace

module_files find_files(const module_key& module, const resolver_options& options,
                        module_status& status) {
  return search(module, options, status).run();
}

}  // namespace track::symbols
