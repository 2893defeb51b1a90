// What all hooks share. Floor 3, freestanding.
//
// A hook is an exported C function with a frame pointer; it takes its caller's registers, forwards,
// and tells the recorder before a release and after an allocation.
#pragma once

#include "libtrack/runtime/process.hpp"
#include "libtrack/runtime/real.hpp"
#include "libtrack/runtime/recorder.hpp"

#define LIBTRACK_EXPORT extern "C" __attribute__((visibility("default")))
