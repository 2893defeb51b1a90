// This process's place in the ledger: start, fork, exec, exit. Floor 3, freestanding.
#pragma once

#include <cstdint>

#include "libtrack/ledger/format.hpp"
#include "libtrack/runtime/environment.hpp"

namespace track::runtime {

enum class readiness : std::uint8_t {
  bootstrap,  // the real functions are not known yet
  forward,    // forward, record nothing
  record
};

// For a hook that found itself unarmed: starts us, or arms a child made by clone. Any thread, any
// time, also before libc's constructors. errno is kept.
readiness prepare();

// The environment that a child of this process gets; see child_environment.
const start_options& options_of_start();
const char* own_library_path();
std::uint64_t process_number();
std::uint32_t process_pid();
// Whether children made by exec and spawn are to be tracked.
bool follows_children();

// main returned or exit was entered, and no destructor has run: the first time takes a still where
// one is wanted.
void note_exit_begin();

// The program leaves, by `path`: notes it, and the survivors. Does nothing in a vfork child.
void note_exit(ledger::exit_path path, std::int32_t code);

// exec is about to be tried, or failed.
void note_exec(bool failed);

// A library was unloaded.
void note_unload();

}  // namespace track::runtime
