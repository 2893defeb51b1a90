// Writes a decoded process as a slot: the inverse of read_slot, without unused space. Floor 1;
// hosted.
//
// Used by pack_slot for checkpoints, and by tests that build ledgers. The stripes come out as one,
// the writer's own indices are left out, a site's part of the peak is stored as saved.
// errors: none; texts and counts that exceed the format's fields are cut. cost: linear.
#pragma once

#include <cstddef>
#include <vector>

#include "libtrack/ledger/reader.hpp"

namespace track::ledger {

std::vector<std::byte> encode_slot(const process_image& image);

}  // namespace track::ledger
