// Hooks of the moment between the program and its destructors: main returned, or exit was entered.
// Floor 3.
//
// Both hooks jump on to the real function and leave no frame behind. main is called through one
// frame of ours, only where a still is wanted before the destructors.
#include "libtrack/runtime/hook.hpp"
#include "libtrack/runtime/main_frame.hpp"
#include "libtrack/runtime/still.hpp"

#define LIBTRACK_FROM_ASSEMBLY extern "C" __attribute__((visibility("hidden"), used))

using namespace track;
using namespace track::runtime;

namespace {

using main_function = int(int, char**, char**);

using any_function = void();

[[noreturn]] void be_missing() {
  __builtin_trap();
}

template <typename Function>
any_function* found(Function* function) {
  return function != nullptr ? reinterpret_cast<any_function*>(function) : &be_missing;
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): names that the assembly below refers to
extern "C" {
__attribute__((visibility("hidden"))) main_function* libtrack_real_main = nullptr;
extern __attribute__((visibility("hidden"))) char libtrack_after_main[];
__attribute__((visibility("hidden"))) int libtrack_call_main(int, char**, char**);
}

LIBTRACK_FROM_ASSEMBLY int libtrack_main_returned(int status) {
  note_exit_begin();
  return status;
}

// Called with the address of the argument that names main; what it returns is jumped to.
LIBTRACK_FROM_ASSEMBLY any_function* libtrack_before_start(main_function** argument) {
  if (prepare() == readiness::record && may_want_exit_begin()) {
    libtrack_real_main = *argument;
    *argument = &libtrack_call_main;
  }
  return found(real.start_main);
}

LIBTRACK_FROM_ASSEMBLY any_function* libtrack_before_exit() {
  prepare();
  note_exit_begin();
  return found(real.exit);
}

LIBTRACK_EXPORT int __libc_start_main();
LIBTRACK_EXPORT void exit(int);
// NOLINTEND(readability-identifier-naming)

asm(R"(
  .pushsection .text
  .type libtrack_call_main, @function
  .hidden libtrack_call_main
  .globl libtrack_call_main
libtrack_call_main:
  .cfi_startproc
  endbr64
  sub $8, %rsp
  .cfi_adjust_cfa_offset 8
  call *libtrack_real_main(%rip)
  .hidden libtrack_after_main
  .globl libtrack_after_main
libtrack_after_main:
  mov %eax, %edi
  call libtrack_main_returned
  add $8, %rsp
  .cfi_adjust_cfa_offset -8
  ret
  .cfi_endproc
  .size libtrack_call_main, . - libtrack_call_main

  .type __libc_start_main, @function
  .globl __libc_start_main
__libc_start_main:
  .cfi_startproc
  endbr64
  push %r9
  .cfi_adjust_cfa_offset 8
  push %r8
  .cfi_adjust_cfa_offset 8
  push %rcx
  .cfi_adjust_cfa_offset 8
  push %rdx
  .cfi_adjust_cfa_offset 8
  push %rsi
  .cfi_adjust_cfa_offset 8
  push %rdi
  .cfi_adjust_cfa_offset 8
  mov %rsp, %rdi
  sub $8, %rsp
  .cfi_adjust_cfa_offset 8
  call libtrack_before_start
  add $8, %rsp
  .cfi_adjust_cfa_offset -8
  pop %rdi
  .cfi_adjust_cfa_offset -8
  pop %rsi
  .cfi_adjust_cfa_offset -8
  pop %rdx
  .cfi_adjust_cfa_offset -8
  pop %rcx
  .cfi_adjust_cfa_offset -8
  pop %r8
  .cfi_adjust_cfa_offset -8
  pop %r9
  .cfi_adjust_cfa_offset -8
  jmp *%rax
  .cfi_endproc
  .size __libc_start_main, . - __libc_start_main

  .type exit, @function
  .globl exit
exit:
  .cfi_startproc
  endbr64
  push %rdi
  .cfi_adjust_cfa_offset 8
  call libtrack_before_exit
  pop %rdi
  .cfi_adjust_cfa_offset -8
  jmp *%rax
  .cfi_endproc
  .size exit, . - exit
  .popsection
)");

namespace track::runtime {

std::uintptr_t main_return_address() {
  return reinterpret_cast<std::uintptr_t>(libtrack_after_main);
}

}  // namespace track::runtime
