// The right to write one capture: FILE.partial, locked while the object lives. Floor 6.
//
// Two recordings into one FILE would damage each other's FILE.partial, so the second one is
// refused, or numbered when nobody chose the name. What a dead track left at that place is kept
// under the next free number. The lock is a byte range of its own that SQLite does not use; a file
// system without locks gives the claim without protection. One thread.
#pragma once

#include <string>

#include "libtrack/support/files.hpp"
#include "libtrack/support/result.hpp"

namespace track::tools {

enum class taken_name { replaced, numbered };

class output_claim {
 public:
  // `path` is FILE. With taken_name::numbered FILE becomes FILE.2 and so on when it, or its
  // .partial, exists. Leaves an empty .partial, which capture::writer::create takes over.
  // errors: output: not writable, a directory, or recorded into by another track just now.
  static result<output_claim> take(const std::string& path, taken_name policy);

  const std::string& path() const { return path_; }
  const std::string& partial() const { return partial_; }
  // Where the growing capture of a dead track was put; empty: there was none.
  const std::string& kept() const { return kept_; }

  // Removes the .partial: nothing was recorded.
  void give_up();

 private:
  explicit output_claim(const std::string& path) : path_(path), partial_(path + ".partial") {}
  enum class outcome { taken, busy, again };
  result<outcome> try_once();
  result<void> put_aside();

  std::string path_;
  std::string partial_;
  std::string kept_;
  file_descriptor lock_;
};

}  // namespace track::tools
