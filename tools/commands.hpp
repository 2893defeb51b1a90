// The subcommands of `track`, one file each. Floor 6.
//
// Each function adds its subcommand to `app`; when the command line names it, its callback runs the
// command and leaves the exit status of the contract in `status`. Messages go to stderr through
// tools/console.hpp. Usage errors are thrown as CLI errors, everything else stays in the command.
#pragma once

#include <CLI/CLI.hpp>

namespace track::tools {

// Everything the command line of `track` knows: what --help, completions and man pages are made of.
void add_commands(CLI::App& app, int& status);

void add_run_command(CLI::App& app, int& status);
void add_collect_command(CLI::App& app, int& status);
void add_snapshot_command(CLI::App& app, int& status);
void add_top_command(CLI::App& app, int& status);
void add_doctor_command(CLI::App& app, int& status);

void add_report_command(CLI::App& app, int& status);
void add_survivors_command(CLI::App& app, int& status);
void add_sites_command(CLI::App& app, int& status);
void add_cycles_command(CLI::App& app, int& status);
void add_caches_command(CLI::App& app, int& status);
void add_why_command(CLI::App& app, int& status);
void add_stills_command(CLI::App& app, int& status);
void add_diff_command(CLI::App& app, int& status);
void add_gate_command(CLI::App& app, int& status);
void add_baseline_command(CLI::App& app, int& status);
void add_suppress_command(CLI::App& app, int& status);
void add_query_command(CLI::App& app, int& status);
void add_symbolize_command(CLI::App& app, int& status);
void add_export_command(CLI::App& app, int& status);

}  // namespace track::tools
