// The collector process of `track run`: owns the ledger, outlives the command. Floor 6.
//
// Forked by `track run` before the program starts, in a session of its own, so that it is no child
// of the program and no terminal reaches it. It begins the capture, watches the program and its
// descendants to their end, finishes the capture, and tells the command through the channel. If the
// command dies it goes on; if it dies itself, the program only writes to memory and goes on too.
#pragma once

#include <optional>
#include <string>

#include "libtrack/capture/name_source.hpp"
#include "libtrack/capture/writer.hpp"
#include "tools/collector/collection.hpp"
#include "tools/collector/descriptor_server.hpp"
#include "tools/collector/graph_pipe.hpp"
#include "tools/collector/name_preparation.hpp"
#include "tools/collector/shared_ledger.hpp"

namespace track::tools {

struct recorder_options {
  std::string program;         // as it was called
  std::string output_pattern;  // of -o; empty: the default name
  collection_options collecting;
  capture::capture_info info;
  capture::name_source* names = nullptr;  // null: names later
  // Opens a module ahead of the names, in another thread; empty: nothing can be done ahead.
  name_preparation::preparer prepare_names;
  bool take_stills = true;  // false: no program writes a heap graph
};

// What programs reach the collector by.
struct shared_places {
  shared_ledger ledger;
  graph_pipe pipe;
  descriptor_server server;
};

// Runs until the capture is finished; the caller exits with the returned status. `channel` is the
// collector's end. Closes every descriptor but its own.
int record(shared_places places, file_descriptor channel, recorder_options options);

}  // namespace track::tools
