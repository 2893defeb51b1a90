// What a program tells LeakSanitizer at its end, for us. Floor 3.
//
// The two functions are the program's; found only where it exports them (-rdynamic).
// source: sanitizer/lsan_interface.h.
#pragma once

namespace track::runtime {

// Once, at start.
void find_leak_check_wishes();

// At the end of the program, before its still: asks it, once. Its suppressions go to the ledger.
bool is_leak_check_off();

// In a fork's child, which is asked anew.
void forget_leak_check_wishes();

}  // namespace track::runtime
