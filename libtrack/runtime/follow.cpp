#include "libtrack/runtime/follow.hpp"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <alloca.h>
#include <limits.h>
#include <string.h>

#include "libtrack/base/syscall.hpp"
#include "libtrack/runtime/process.hpp"
#include "libtrack/runtime/text.hpp"

namespace track::runtime {
namespace {

constexpr const char* glibc_loader = "/ld-linux-x86-64.so.2";
constexpr unsigned most_interpreters = 4;
constexpr std::size_t dynamic_limit = 64 * sizeof(ElfW(Dyn));

long read_at(int file, void* place, std::size_t bytes, std::uint64_t offset) {
  return raw::call(SYS_pread64, file, reinterpret_cast<long>(place), static_cast<long>(bytes),
                   static_cast<long>(offset));
}

bool is_skipped(const char* path) {
  const char* skip = options_of_start().skip;
  const char* slash = strrchr(path, '/');
  const char* name = slash == nullptr ? path : slash + 1;
  while (*skip != 0) {
    const char* end = strchrnul(skip, ':');
    if (matches_glob(skip, end, path) || matches_glob(skip, end, name)) {
      return true;
    }
    skip = *end == 0 ? end : end + 1;
  }
  return false;
}

struct elf_view {
  int file;
  ElfW(Ehdr) header;
  ElfW(Phdr) segments[16];
  unsigned segment_count;
};

// File offset of a virtual address; 0: not in the file.
std::uint64_t offset_of(const elf_view& elf, std::uint64_t address) {
  for (unsigned i = 0; i < elf.segment_count; ++i) {
    const ElfW(Phdr)& segment = elf.segments[i];
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz) {
      return address - segment.p_vaddr + segment.p_offset;
    }
  }
  return 0;
}

bool names_sanitizer(const char* library) {
  static constexpr const char* runtimes[] = {"libasan.", "libtsan.", "liblsan.", "libhwasan.",
                                             "libclang_rt."};
  for (const char* name : runtimes) {
    if (strncmp(library, name, strlen(name)) == 0) {
      return true;
    }
  }
  return false;
}

// Whether the program needs a sanitizer's runtime library, which must be first in the list.
bool needs_sanitizer(const elf_view& elf, const ElfW(Phdr) & dynamic) {
  ElfW(Dyn) entries[dynamic_limit / sizeof(ElfW(Dyn))];
  const std::size_t wanted = dynamic.p_filesz < sizeof entries ? dynamic.p_filesz : sizeof entries;
  const long bytes = read_at(elf.file, entries, wanted, dynamic.p_offset);
  if (bytes <= 0) {
    return false;
  }
  const auto count = static_cast<std::size_t>(bytes) / sizeof entries[0];
  std::uint64_t strings = 0;
  for (std::size_t i = 0; i < count; ++i) {
    strings = entries[i].d_tag == DT_STRTAB ? offset_of(elf, entries[i].d_un.d_ptr) : strings;
  }
  for (std::size_t i = 0; strings != 0 && i < count && entries[i].d_tag != DT_NULL; ++i) {
    char name[32] = {};
    if (entries[i].d_tag == DT_NEEDED &&
        read_at(elf.file, name, sizeof name - 1, strings + entries[i].d_un.d_val) > 0 &&
        names_sanitizer(name)) {
      return true;
    }
  }
  return false;
}

bool judge_elf(elf_view& elf) {
  if (elf.header.e_ident[EI_CLASS] != ELFCLASS64 || elf.header.e_machine != EM_X86_64 ||
      elf.header.e_phentsize != sizeof(ElfW(Phdr))) {
    return false;
  }
  elf.segment_count = elf.header.e_phnum < 16 ? elf.header.e_phnum : 16;
  if (read_at(elf.file, elf.segments, elf.segment_count * sizeof(ElfW(Phdr)), elf.header.e_phoff) <
      0) {
    return false;
  }
  for (unsigned i = 0; i < elf.segment_count; ++i) {
    const ElfW(Phdr)& segment = elf.segments[i];
    char loader[64] = {};
    if (segment.p_type == PT_INTERP) {
      const std::size_t bytes =
          segment.p_filesz < sizeof loader ? segment.p_filesz : sizeof loader - 1;
      read_at(elf.file, loader, bytes, segment.p_offset);
      const std::size_t length = strnlen(loader, sizeof loader);
      const std::size_t wanted = strlen(glibc_loader);
      if (length < wanted || strcmp(loader + length - wanted, glibc_loader) != 0) {
        return false;
      }
    } else if (segment.p_type == PT_DYNAMIC && needs_sanitizer(elf, segment)) {
      return false;
    }
  }
  // A static program ignores the preload; its dynamic children get it through it.
  return true;
}

bool judge_path(const char* path, unsigned depth);

bool judge_script(const char* line, unsigned depth) {
  char interpreter[256] = {};
  while (*line == ' ' || *line == '\t') {
    ++line;
  }
  std::size_t length = 0;
  while (line[length] != 0 && strchr(" \t\n", line[length]) == nullptr &&
         length < sizeof interpreter - 1) {
    interpreter[length] = line[length];
    ++length;
  }
  return depth < most_interpreters && judge_path(interpreter, depth + 1);
}

bool judge_file(int file, unsigned depth) {
  elf_view elf = {};
  elf.file = file;
  char text[260] = {};
  const long bytes = read_at(file, text, sizeof text - 1, 0);
  if (bytes > 2 && text[0] == '#' && text[1] == '!') {
    return judge_script(text + 2, depth);
  }
  if (bytes < static_cast<long>(sizeof elf.header) || memcmp(text, ELFMAG, SELFMAG) != 0) {
    return true;  // not executable as it is; execvp may give it to a shell
  }
  memcpy(&elf.header, text, sizeof elf.header);
  return judge_elf(elf);
}

bool judge_path(const char* path, unsigned depth) {
  if (is_skipped(path)) {
    return false;
  }
  const long file = raw::call(SYS_open, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    return true;  // execute-only or not there: exec will tell
  }
  const bool judged = judge_file(static_cast<int>(file), depth);
  raw::call(SYS_close, file);
  return judged;
}

const char* search_path(char* const* environment) {
  for (char* const* entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
    if (strncmp(*entry, "PATH=", 5) == 0) {
      return *entry + 5;
    }
  }
  return "/bin:/usr/bin";
}

// Whether `file` is in the folder from `begin` to `end`; and if so, whether it is followed. A
// function of its own, so that its room on the stack is given back.
[[gnu::noinline]] bool is_runnable_there(const char* begin, const char* end, const char* file,
                                         std::size_t room, bool& follows) {
  auto* const path = static_cast<char*>(alloca(room));
  text_buffer text(path, room);
  text.add(begin, static_cast<std::size_t>(end - begin)).add(end == begin ? "" : "/").add(file);
  if (raw::call(SYS_access, path, X_OK) != 0) {
    return false;
  }
  follows = judge_path(path, 0);
  return true;
}

}  // namespace

bool may_follow(const char* path) {
  return follows_children() && path != nullptr && judge_path(path, 0);
}

bool may_follow_searched(const char* file) {
  if (!follows_children() || file == nullptr) {
    return false;
  }
  if (strchr(file, '/') != nullptr) {
    return judge_path(file, 0);
  }
  // execvp and posix_spawnp search the caller's PATH, not the child's.
  bool follows = true;
  for (const char* at = search_path(environ);; ++at) {
    const char* end = strchrnul(at, ':');
    // As large as it has to be: the stack may be a small one.
    const std::size_t room = static_cast<std::size_t>(end - at) + strlen(file) + 2;
    if (room <= PATH_MAX && is_runnable_there(at, end, file, room, follows)) {
      return follows;
    }
    if (*end == 0) {
      return true;
    }
    at = end;
  }
}

bool may_follow_file(int file) {
  return follows_children() && judge_file(file, 0);
}

bool may_follow_at(int directory, const char* path, int flags) {
  if (!follows_children()) {
    return false;
  }
  if ((flags & AT_EMPTY_PATH) != 0 && path[0] == 0) {
    return judge_file(directory, 0);
  }
  const long file =
      raw::call(SYS_openat, directory, reinterpret_cast<long>(path), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return true;
  }
  const bool judged = !is_skipped(path) && judge_file(static_cast<int>(file), 0);
  raw::call(SYS_close, file);
  return judged;
}

}  // namespace track::runtime
