#include "tools/collector/program_check.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "libtrack/support/files.hpp"
#include "tools/collector/elf_facts.hpp"

namespace track::tools {
namespace {

constexpr int refused = 125;
constexpr int not_executable = 126;
constexpr int not_found = 127;

program_verdict verdict(int status, std::string reason) {
  program_verdict answer;
  answer.status = status;
  answer.reason = std::move(reason);
  return answer;
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// The rules of execvp: a match that may not be executed is remembered, the search goes on.
program_verdict find_on_path(const std::string& name) {
  const char* variable = std::getenv("PATH");
  const std::string_view path = variable != nullptr ? variable : "/bin:/usr/bin";
  program_verdict answer = verdict(not_found, name + ": not found in PATH");
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    std::string folder(path.substr(at, end - at));
    const std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    at = end + 1;
    struct stat status {};
    if (stat(candidate.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) {
      continue;
    }
    if (faccessat(AT_FDCWD, candidate.c_str(), X_OK, AT_EACCESS) == 0) {
      answer = {};
      answer.path = candidate;
      return answer;
    }
    answer = verdict(not_executable, candidate + ": permission denied: it is not executable");
  }
  return answer;
}

program_verdict find_program(const std::string& name) {
  if (name.empty()) {
    return verdict(not_found, "the program's name is empty");
  }
  if (name.find('/') == std::string::npos) {
    return find_on_path(name);
  }
  struct stat status {};
  if (stat(name.c_str(), &status) != 0) {
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    return verdict(missing ? not_found : not_executable, name + ": " + std::strerror(errno));
  }
  if (is_directory(name)) {
    return verdict(not_executable, name + ": is a directory");
  }
  if (faccessat(AT_FDCWD, name.c_str(), X_OK, AT_EACCESS) != 0) {
    return verdict(not_executable, name + ": permission denied: it is not executable");
  }
  program_verdict answer;
  answer.path = name;
  return answer;
}

// First bytes of a file, enough for a `#!` line.
std::string head_of(const std::string& path) {
  const file_descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  char bytes[256];
  const ssize_t count = file ? ::read(file.get(), bytes, sizeof bytes) : -1;
  return count > 0 ? std::string(bytes, static_cast<std::size_t>(count)) : std::string();
}

// The interpreter of a `#!` line; empty when there is none.
std::string interpreter_of(std::string_view head) {
  if (!head.starts_with("#!")) {
    return {};
  }
  head = head.substr(2, std::min(head.find('\n'), head.size()) - 2);
  const std::size_t start = head.find_first_not_of(" \t");
  if (start == std::string_view::npos) {
    return {};
  }
  head.remove_prefix(start);
  return std::string(head.substr(0, head.find_first_of(" \t")));
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// Programs that the dynamic linker starts in secure mode, where LD_PRELOAD is dropped.
std::string privileged(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return {};
  }
  const std::string why = ": the dynamic linker ignores LD_PRELOAD for such programs";
  if ((status.st_mode & S_ISUID) != 0) {
    return path + " is setuid" + why;
  }
  if ((status.st_mode & S_ISGID) != 0 && (status.st_mode & S_IXGRP) != 0) {
    return path + " is setgid" + why;
  }
  if (geteuid() != 0 && getxattr(path.c_str(), "security.capability", nullptr, 0) > 0) {
    return path + " has file capabilities" + why;
  }
  return {};
}

std::string refusal(const std::string& path, const elf_facts& facts) {
  if (!facts.is_64_bit) {
    return path + " is a 32-bit program: only x86-64 programs can be tracked";
  }
  if (!facts.is_x86_64) {
    return path + " is built for another machine: only x86-64 programs can be tracked";
  }
  if (!facts.executable) {
    return path + " is no executable: it is an object file or a core dump";
  }
  if (facts.interpreter.find("ld-musl") != std::string::npos) {
    return path + " uses musl: the preload needs glibc 2.28 or later";
  }
  if (facts.interpreter.empty() && !facts.soname.starts_with("ld-linux")) {
    return path + " is statically linked: nothing can be preloaded into it; link it dynamically";
  }
  if (!facts.sanitizer.empty()) {
    return path + " is built with " + facts.sanitizer +
           ", which replaces the allocator itself: build it without, or use the sanitizer's own "
           "leak check";
  }
  return {};
}

// Programs that run others on an emulated or a recorded processor.
bool is_other_runner(const std::string& path) {
  const std::string name = base_name(path);
  return name == "valgrind" || name == "valgrind.bin" || name == "rr";
}

// Follows `#!` lines as the kernel does, to the ELF file that will run.
program_verdict follow(program_verdict answer) {
  constexpr int deepest = 5;
  answer.binary = answer.path;
  for (int depth = 0; depth <= deepest; ++depth) {
    if (std::string why = privileged(answer.binary); !why.empty()) {
      answer.status = refused;
      answer.reason = std::move(why);
      return answer;
    }
    const std::string head = head_of(answer.binary);
    if (head.starts_with("\177ELF") || (head.empty() && depth == 0)) {
      return answer;
    }
    const std::string script = answer.binary;
    answer.binary = interpreter_of(head);
    if (answer.binary.empty() && depth == 0 && !head.starts_with("#!") &&
        head.find('\0') == std::string::npos) {
      answer.by_shell = true;
      answer.binary = "/bin/sh";
    }
    if (access(answer.binary.c_str(), X_OK) != 0) {
      answer.status = not_executable;
      answer.reason = script + ": " +
                      (answer.binary.empty() ? std::string("not in an executable format")
                                             : "its interpreter " + answer.binary + " is missing");
      return answer;
    }
  }
  answer.status = not_executable;
  answer.reason = answer.path + ": its interpreters are scripts that name each other";
  return answer;
}

}  // namespace

program_verdict check_program(const std::string& name) {
  program_verdict answer = find_program(name);
  if (answer.status != 0) {
    return answer;
  }
  answer = follow(std::move(answer));
  if (answer.status != 0) {
    return answer;
  }
  if (is_other_runner(answer.path)) {
    return verdict(refused, answer.path +
                                " runs programs on its own terms: nothing can be tracked "
                                "in it; run track alone");
  }
  const elf_facts facts = read_elf_facts(answer.binary);
  if (!facts.elf) {
    answer.notes.push_back(answer.binary + " cannot be read, so nothing is known about it");
    return answer;
  }
  answer.reason = refusal(answer.binary, facts);
  answer.status = answer.reason.empty() ? 0 : refused;
  if (facts.defines_malloc) {
    answer.notes.push_back(answer.binary +
                           " brings its own malloc; calls inside of it are seen only as far as "
                           "they go through the dynamic linker");
  }
  return answer;
}

std::string check_environment() {
  const char* preload = std::getenv("LD_PRELOAD");
  if (preload != nullptr && std::strstr(preload, "vgpreload") != nullptr) {
    return "track runs under valgrind, whose allocator hides the program's: run one of them only";
  }
  if (std::getenv("RUNNING_UNDER_RR") != nullptr) {
    return "track runs under rr, which records every system call: record without track";
  }
  return {};
}

}  // namespace track::tools
