// Probed caches of a decoded process, into the tables of a capture. Floor 4.
#pragma once

#include <cstdint>

#include "libtrack/capture/dictionary.hpp"
#include "libtrack/capture/stack_mapper.hpp"
#include "libtrack/ledger/reader.hpp"

namespace track::capture {

// `seen_ms`: how long the process lived, which makes the ledger's 32-bit times whole.
// errors: SQLite::Exception.
void insert_caches(dictionary& known, const ledger::process_image& image, std::uint64_t seen_ms,
                   stack_mapper& stacks);

}  // namespace track::capture
