// Which module an address lies in, and where its unwind information is. Floor 2, freestanding.
//
// Asks `_dl_find_object` (glibc 2.35 and later: no lock, every namespace, the vdso too). Older
// glibc: the list that debuggers read (_r_debug), without its lock, each node probed before it is
// read. Nothing allocates; any thread, any context.
#pragma once

#include <cstdint>

#include "libtrack/unwind/unwind.hpp"

namespace track::unwind {

struct module_info {
  module_view view;
  const std::uint8_t* eh_frame_header;  // null when the module has none
};

// Once, at start.
void initialize_modules();

// errors: false when no module is there. cost: 10 ns, or probes of the whole list on older glibc.
bool find_module(std::uintptr_t address, module_info& found);

// The dynamic linker: its entry code calls the constructors of libraries and has no unwind
// information, but nothing called it.
bool is_loader(const module_info& module);

// As on a glibc without _dl_find_object. cost: two system calls and more a module.
bool find_module_in_list(std::uintptr_t address, module_info& found);

// The module's number as the namer gives it, remembered until the generation rises.
std::uint16_t number_of(const module_info& module, std::uint32_t generation);

void set_namer(module_namer namer);

}  // namespace track::unwind
