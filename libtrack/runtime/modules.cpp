#include "libtrack/runtime/modules.hpp"

#include <elf.h>
#include <link.h>

#include <string.h>

#include "libtrack/base/syscall.hpp"
#include "libtrack/runtime/identity.hpp"
#include "libtrack/runtime/recorder.hpp"
#include "libtrack/runtime/text.hpp"

namespace track::runtime {
namespace {

constexpr std::uintptr_t page_mask = ledger::page_bytes - 1;

std::uintptr_t note_round(std::uintptr_t bytes) {
  return (bytes + 3) & ~std::uintptr_t{3};
}

// Finds the GNU build-id among the notes in [at, end).
void copy_build_id(std::uintptr_t at, std::uintptr_t end, ledger::module_record& module) {
  while (at + sizeof(ElfW(Nhdr)) <= end) {
    const auto* note = reinterpret_cast<const ElfW(Nhdr)*>(at);
    const std::uintptr_t name = at + sizeof *note;
    const std::uintptr_t text = name + note_round(note->n_namesz);
    const std::uintptr_t next = text + note_round(note->n_descsz);
    if (next > end || next <= at) {
      return;
    }
    if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
        memcmp(reinterpret_cast<const char*>(name), "GNU", 4) == 0 &&
        note->n_descsz <= sizeof module.build_id) {
      memcpy(module.build_id, reinterpret_cast<const char*>(text), note->n_descsz);
      module.build_id_bytes = note->n_descsz;
      return;
    }
    at = next;
  }
}

// The ELF header lies at the start of the first mapping in every module that ld.so made.
void read_build_id(const unwind::module_view& view, ledger::module_record& module) {
  const std::uintptr_t start = view.start & ~page_mask;
  const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(start);
  if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_phentsize != sizeof(ElfW(Phdr)) ||
      header->e_phoff + header->e_phnum * sizeof(ElfW(Phdr)) > ledger::page_bytes) {
    return;
  }
  const auto* segments = reinterpret_cast<const ElfW(Phdr)*>(start + header->e_phoff);
  for (unsigned i = 0; i < header->e_phnum && module.build_id_bytes == 0; ++i) {
    const std::uintptr_t at = view.load_bias + segments[i].p_vaddr;
    const std::uintptr_t end = at + segments[i].p_memsz;
    if (segments[i].p_type == PT_NOTE && at >= view.start && end <= view.end && at <= end) {
      copy_build_id(at, end, module);
    }
  }
}

// "" is the main program; what ld.so knows by a relative name is made absolute while that is cheap.
std::size_t absolute_path(const char* name, char* path, std::size_t room) {
  if (name[0] == 0) {
    name = program_path();
  }
  text_buffer text(path, room);
  if (name[0] != '/' && strchr(name, '/') != nullptr) {
    const long bytes =
        raw::call(SYS_getcwd, reinterpret_cast<long>(path), static_cast<long>(room) / 2);
    if (bytes > 1) {
      text_buffer joined(path + bytes - 1, room - static_cast<std::size_t>(bytes));
      joined.add("/").add(name);
      return static_cast<std::size_t>(bytes) - 1 + joined.size();
    }
  }
  return text.add(name).size();
}

}  // namespace

std::uint16_t name_module(const unwind::module_view& view) {
  ledger::module_record module = {};
  module.load_bias = view.load_bias;
  module.start = view.start;
  module.end = view.end;
  module.loaded_mono_ms = monotonic_ms();
  read_build_id(view, module);
  char path[1024];
  const std::size_t path_bytes = absolute_path(view.path, path, sizeof path);
  return recorder.ledger.add_module(module, path, path_bytes);
}

void note_unloaded_modules() {
  const std::uint64_t used = recorder.ledger.header().modules_used;
  for (std::uint64_t i = 1; i < used; ++i) {
    ledger::module_record& module = recorder.ledger.modules()[i];
    if (module.complete != 1 || module.unloaded_mono_ms != 0) {
      continue;
    }
    // A vector of one byte tells whether the page is mapped at all: ENOMEM if not.
    unsigned char resident = 0;
    const long mapped =
        raw::call(SYS_mincore, static_cast<long>(module.start & ~page_mask),
                  static_cast<long>(ledger::page_bytes), reinterpret_cast<long>(&resident));
    if (mapped != 0) {
      module.unloaded_mono_ms = monotonic_ms();
    }
  }
}

}  // namespace track::runtime
