// The table `stack_frames` of SQL: the frames of stacks, decoded from their chunks. Floor 4.
//
// Private to libtrack/capture. Columns: stack, position (0 is the innermost), frame; stacks that
// sites have, and as many frames as the capture's `depth_frames`. The views v1_* are made of it.
// Read only; lives in one connection and keeps the decoded stacks, 8 bytes a row, until the file's
// contents change.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

namespace track::capture {

// Makes the table known to `database`. Throws what SQLite throws.
void offer_stack_frames(SQLite::Database& database);

}  // namespace track::capture
