// The moments of a program's process that are ours: before its exec, and its end repeated. Floor 6.
//
// become_program runs between fork and exec: system calls only.
#pragma once

#include <signal.h>

#include <string>
#include <vector>

namespace track::tools {

// What the child needs between fork and exec, made before the fork.
struct program_start {
  const char* path = nullptr;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  sigset_t mask;
  int go = -1;      // a byte: begin; the end of the stream: we are gone, or it failed
  int report = -1;  // closed by a successful exec, else errno is written
};

// Waits for the word, then becomes the program.
[[noreturn]] void become_program(const program_start& start);

// Ends this process by `signal`, without a core dump. Returns only if the signal does not end it.
void end_by_signal(int signal);

// Standard descriptors that are closed would be given to our own files; held open, but not for the
// program, they are not.
void occupy_standard_descriptors();

// The environment of this process, a string a variable.
std::vector<std::string> own_environment();

// For exec: the texts, and a null pointer. Valid while `texts` is.
std::vector<char*> pointers_to(std::vector<std::string>& texts);

}  // namespace track::tools
