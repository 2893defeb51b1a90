#include "tools/commands.hpp"

#include <string>

#include "tools/defaults.hpp"
#include "tools/version.hpp"

namespace track::tools {

void add_commands(CLI::App& app, int& status) {
  app.name("track");
  app.description("track: what survived, where it came from, what was freed the wrong way");
  app.set_version_flag("--version", std::string("track ") + version);
  app.require_subcommand(1);
  app.footer(
      "Start with: track run ./program; track report\n"
      "What a project always says stands in its .track.toml, as suppressions = [\"known.supp\"].");
  add_run_command(app, status);
  add_collect_command(app, status);
  add_snapshot_command(app, status);
  add_top_command(app, status);
  add_report_command(app, status);
  add_survivors_command(app, status);
  add_sites_command(app, status);
  add_cycles_command(app, status);
  add_caches_command(app, status);
  add_why_command(app, status);
  add_stills_command(app, status);
  add_diff_command(app, status);
  add_gate_command(app, status);
  add_baseline_command(app, status);
  add_suppress_command(app, status);
  add_query_command(app, status);
  add_symbolize_command(app, status);
  add_export_command(app, status);
  add_doctor_command(app, status);
  add_defaults(app);
}

}  // namespace track::tools
