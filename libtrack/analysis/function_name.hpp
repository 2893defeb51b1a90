// Demangled names reduced to what survives a recompile, and what is no user code. Floor 5.
//
// Pure functions on text of any origin; no state.
#pragma once

#include <string>
#include <string_view>

namespace track::analysis {

// The function without return type, template arguments, parameters, qualifiers, ABI tags, clone
// suffixes, numbers of lambdas and hashes of Rust: "std::vector<int>::push_back(int&&)" →
// "std::vector::push_back". cost: linear.
std::string reduced_name(std::string_view demangled);

// A type whose lambdas and unnamed types are called alike by every compiler and build:
// "f()::{lambda(int)#2}" and "f()::$_1" → "f()::{lambda}". cost: linear.
std::string stable_type_name(std::string_view type);

// Allocators and standard libraries, by reduced name.
bool is_library_function(std::string_view reduced);

// The C and C++ runtimes, the loader, allocators and the recorder, by path or file name.
bool is_runtime_module(std::string_view path);
// Where stacks of a runtime start: the loader, or libc.
bool is_start_module(std::string_view path);

// "libfoo.so.1.2" → "libfoo"; other names stay.
std::string_view module_stem(std::string_view path);
std::string_view file_name(std::string_view path);

}  // namespace track::analysis
