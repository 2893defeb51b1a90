#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <SQLiteCpp/Backup.h>

#include "libtrack/capture/database.hpp"
#include "libtrack/capture/naming.hpp"
#include "libtrack/capture/reader.hpp"

namespace track::capture {
namespace {

result<void> copy_named(SQLite::Database& source, const std::string& copy_path,
                        name_source& names) {
  auto made = create_database(copy_path);
  if (!made) {
    return made.failure();
  }
  return guarded(error_code::output, copy_path, [&]() -> result<void> {
    SQLite::Backup backup(*made, source);
    backup.executeStep(-1);
    SQLite::Transaction transaction(*made);
    if (auto named = name_all(*made, copy_path, names); !named) {
      return named;
    }
    transaction.commit();
    return {};
  });
}

}  // namespace

result<void> symbolize(const std::string& path, name_source& source) {
  auto original = open_database(path, access::read);
  if (!original) {
    return original.failure();
  }
  const auto growing = guarded(error_code::bad_input, path, [&]() -> result<void> {
    if (meta_text(*original, "state") != "complete") {
      return error{error_code::bad_input,
                   "'" + path + "' is still growing; name it again when its run has ended"};
    }
    return {};
  });
  if (!growing) {
    return growing;
  }
  const std::string copy = path + ".symbolize." + std::to_string(getpid());
  auto done = copy_named(*original, copy, source);
  if (done && std::rename(copy.c_str(), path.c_str()) != 0) {
    done = error{error_code::output,
                 "cannot replace '" + path + "': " + std::string(std::strerror(errno))};
  }
  if (!done) {
    unlink(copy.c_str());
  }
  return done;
}

}  // namespace track::capture
