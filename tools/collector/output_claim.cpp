#include "tools/collector/output_claim.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "tools/collector/output_name.hpp"

namespace track::tools {
namespace {

// Behind the bytes that SQLite locks, which begin at 1 GiB.
constexpr off_t lock_at = (1 << 30) + 4096;
constexpr int most_tries = 16;

bool is_locked_by_another(int file) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = lock_at;
  lock.l_len = 1;
  return fcntl(file, F_OFD_SETLK, &lock) != 0 && (errno == EAGAIN || errno == EACCES);
}

// What the finished capture would replace: only ever a file.
bool may_be_replaced(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode);
}

error output_error(const std::string& message) {
  return {error_code::output, message};
}

}  // namespace

result<output_claim> output_claim::take(const std::string& path, taken_name policy) {
  if (policy == taken_name::replaced && !may_be_replaced(path)) {
    return output_error(path + ": is a directory or a device; -o takes the name of a file");
  }
  for (int tries = 0; tries < most_tries; ++tries) {
    output_claim claim(policy == taken_name::numbered ? free_name(path) : path);
    const auto got = claim.try_once();
    if (!got) {
      return got.failure();
    }
    if (*got == outcome::taken) {
      return claim;
    }
    if (*got == outcome::busy && policy == taken_name::replaced) {
      return output_error(path + ": another track is recording into it (" + claim.partial() +
                          "); name another file, for example with %p in it");
    }
  }
  return output_error("cannot write " + path + ": other recordings take the name again and again");
}

result<output_claim::outcome> output_claim::try_once() {
  lock_ = file_descriptor(
      open(partial_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  struct stat held {};
  if (!lock_ || fstat(lock_.get(), &held) != 0) {
    return file_error("cannot write", partial_, errno, error_code::output);
  }
  if (!S_ISREG(held.st_mode)) {
    return output_error("cannot write " + partial_ + ": it is no regular file; remove it");
  }
  if (is_locked_by_another(lock_.get())) {
    return outcome::busy;
  }
  // Its former owner may have finished it and given it its name since it was opened.
  struct stat there {};
  if (stat(partial_.c_str(), &there) != 0 || there.st_ino != held.st_ino ||
      there.st_dev != held.st_dev) {
    return outcome::again;
  }
  if (there.st_size == 0 && there.st_uid == geteuid()) {
    return outcome::taken;
  }
  if (const auto done = put_aside(); !done) {
    return done.failure();
  }
  return try_once();
}

// The journal belongs to the file: without it a half-written page would stay.
result<void> output_claim::put_aside() {
  const std::string place = free_name(path_) + ".partial";
  if (rename(partial_.c_str(), place.c_str()) != 0) {
    return file_error("cannot keep what a dead track left:", partial_, errno, error_code::output);
  }
  rename((partial_ + "-journal").c_str(), (place + "-journal").c_str());
  kept_ = place;
  return {};
}

void output_claim::give_up() {
  unlink(partial_.c_str());
  unlink((partial_ + "-journal").c_str());
  lock_ = {};
}

}  // namespace track::tools
