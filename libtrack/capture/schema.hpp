// The tables and views of a capture, as SCHEMA.md explains them. Floor 4.
//
// Tables are ours to change with the version; the views v1_* are the contract.
#pragma once

#include <cstdint>

namespace track::capture::schema {

inline constexpr std::int32_t application_id = 0x54524b31;  // "TRK1"
inline constexpr std::int32_t version = 3;                  // PRAGMA user_version

// SQL that makes an empty capture: tables, the terms' names, views.
extern const char* const tables;
extern const char* const views;

}  // namespace track::capture::schema
