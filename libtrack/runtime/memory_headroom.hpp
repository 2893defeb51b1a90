// Whether there is memory for a still. Floor 3, freestanding; raw system calls only.
//
// A control group that is full kills somebody when the copy asks for its tables; with
// memory.oom.group it kills all. Asked before the clone, from the group's own files (cgroup v2).
#pragma once

#include <cstdint>

namespace track::runtime {

// Bytes that this process's groups still allow; the largest number when there is no limit, or none
// can be read.
std::uint64_t memory_headroom_bytes();

}  // namespace track::runtime
