#include "libtrack/runtime/environment.hpp"

#include <initializer_list>

#include <string.h>

#include "libtrack/runtime/text.hpp"

namespace track::runtime {
namespace {

constexpr const char* preload_name = "LD_PRELOAD=";
constexpr const char* prefix = "TRACK_";

bool starts_with(const char* text, const char* start) {
  return strncmp(text, start, strlen(start)) == 0;
}

bool is_separator(char c) {
  return c == ':' || c == ' ';
}

// The value of `entry` if it is "NAME=…", else nullptr.
const char* value_of(const char* entry, const char* name) {
  return starts_with(entry, name) ? entry + strlen(name) : nullptr;
}

void copy_text(char* target, std::size_t room, const char* source) {
  text_buffer text(target, room);
  text.add(source);
}

// Takes `path` out of a list of libraries, in place. True when nothing is left.
bool remove_from_list(char* list, const char* path) {
  const std::size_t path_bytes = strlen(path);
  for (char* at = list; *at != 0;) {
    char* end = at;
    while (*end != 0 && !is_separator(*end)) {
      ++end;
    }
    if (static_cast<std::size_t>(end - at) == path_bytes && memcmp(at, path, path_bytes) == 0) {
      char* rest = *end == 0 ? end : end + 1;
      if (*rest == 0 && at != list) {
        at[-1] = 0;
        return false;
      }
      memmove(at, rest, strlen(rest) + 1);
      return *list == 0;
    }
    at = *end == 0 ? end : end + 1;
  }
  return *list == 0;
}

// /proc/PID/environ shows the strings themselves, whatever the array points to.
void wipe(char* entry) {
  memset(entry, 0, strlen(entry));
}

void take_option(const char* entry, start_options& options) {
  if (const char* ledger = value_of(entry, "TRACK_LEDGER=")) {
    copy_text(options.ledger, sizeof options.ledger, ledger);
  } else if (const char* directory = value_of(entry, "TRACK_DIR=")) {
    copy_text(options.directory, sizeof options.directory, directory);
  } else if (const char* skip = value_of(entry, "TRACK_SKIP=")) {
    copy_text(options.skip, sizeof options.skip, skip);
  } else if (const char* depth = value_of(entry, "TRACK_DEPTH=")) {
    copy_text(options.depth, sizeof options.depth, depth);
  } else if (const char* parent = value_of(entry, "TRACK_PARENT=")) {
    options.has_parent = read_number(parent, options.parent) && *parent++ == ':' &&
                         read_number(parent, options.parent_pid);
  } else if (starts_with(entry, "TRACK_NO_FOLLOW=")) {
    options.no_follow = true;
  } else if (starts_with(entry, "TRACK_RECORD_ARGS=")) {
    options.record_args = true;
  }
}

}  // namespace

void take_options(char** environment, const char* own_path, start_options& options) {
  char** kept = environment;
  for (char** entry = environment; *entry != nullptr; ++entry) {
    if (starts_with(*entry, prefix)) {
      take_option(*entry, options);
      wipe(*entry);
      continue;
    }
    if (starts_with(*entry, preload_name)) {
      options.under_valgrind |= strstr(*entry, "/vgpreload_") != nullptr;
      if (remove_from_list(*entry + strlen(preload_name), own_path)) {
        wipe(*entry);
        continue;
      }
    }
    *kept++ = *entry;
  }
  *kept = nullptr;
}

namespace {

constexpr std::size_t our_entries = 7;  // and the null at the end
constexpr std::size_t name_bytes = 32;  // of the longest of our names, and its end

std::size_t count_of(char* const* environment) {
  std::size_t count = 0;
  while (environment != nullptr && environment[count] != nullptr) {
    ++count;
  }
  return count;
}

// Texts one after the other.
class text_row {
 public:
  explicit text_row(char* place) : at_(place) {}

  // Puts name and values together; where it is then.
  char* put(const char* name, const char* value, const char* second = "", const char* third = "") {
    char* const begin = at_;
    for (const char* part : {name, value, second, third}) {
      const std::size_t size = strlen(part);
      memcpy(at_, part, size);
      at_ += size;
    }
    *at_++ = 0;
    return begin;
  }

 private:
  char* at_;
};

}  // namespace

std::size_t child_environment::bytes_needed(char* const* environment, const start_options& options,
                                            const char* own_path) {
  const std::size_t entries = count_of(environment);
  std::size_t text = strlen(own_path) + strlen(options.ledger) + strlen(options.skip) +
                     strlen(options.directory) + strlen(options.depth) +
                     (our_entries + 2) * name_bytes;
  for (std::size_t i = 0; i < entries; ++i) {
    const char* libraries = value_of(environment[i], preload_name);
    if (libraries != nullptr) {
      text += strlen(libraries);
      break;
    }
  }
  return (entries + our_entries) * sizeof(char*) + text;
}

char* const* child_environment::build(char* const* environment, char* place,
                                      const start_options& options, const char* own_path,
                                      std::uint64_t process, std::uint32_t pid) {
  static char* const none[] = {nullptr};
  auto** const entries = reinterpret_cast<char**>(place);
  text_row text(place + (count_of(environment) + our_entries) * sizeof(char*));
  char** next = entries;
  bool preloaded = false;
  for (char* const* entry = environment == nullptr ? none : environment; *entry != nullptr;
       ++entry) {
    if (starts_with(*entry, "TRACK_LEDGER=") || starts_with(*entry, "TRACK_DIR=")) {
      return environment;
    }
    const char* libraries = preloaded ? nullptr : value_of(*entry, preload_name);
    *next++ = libraries == nullptr ? *entry : text.put(preload_name, own_path, ":", libraries);
    preloaded |= libraries != nullptr;
  }
  if (!preloaded) {
    *next++ = text.put(preload_name, own_path);
  }
  const auto put = [&](const char* name, const char* value) {
    if (*value != 0) {
      *next++ = text.put(name, value);
    }
  };
  put("TRACK_LEDGER=", options.ledger);
  put("TRACK_SKIP=", options.skip);
  put("TRACK_DIR=", options.directory);
  put("TRACK_DEPTH=", options.depth);
  char parent[48];
  text_buffer(parent, sizeof parent).add_number(process).add(":").add_number(pid);
  put("TRACK_PARENT=", parent);
  *next = nullptr;
  return entries;
}

}  // namespace track::runtime
