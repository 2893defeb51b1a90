// Which programs our preload may be put into. Floor 3; safe in a vfork child.
//
// ld.so complains on stderr about a preload of another word size, musl's loader dies of one linked
// against glibc, and a sanitizer's runtime wants to be first: such programs run untouched, and so
// do those that `--skip` names. A script is judged by its interpreter. cost: an open, a read or two
// and a close, some microseconds an exec.
#pragma once

namespace track::runtime {

bool may_follow(const char* path);
// `file` is looked up in PATH as execvp does.
bool may_follow_searched(const char* file);
bool may_follow_file(int file);
bool may_follow_at(int directory, const char* path, int flags);

}  // namespace track::runtime
