#!/usr/bin/env bash
# What the GitHub Action runs: `track gate` with annotations, a summary and SARIF. Ends as the gate does.
# Inputs come as environment variables, so that no word of them is taken for shell.
set -euo pipefail
words=(--github)
[ -z "${TRACK_GATE_BASELINE:-}" ] || words+=(--baseline "$TRACK_GATE_BASELINE")
[ -z "${TRACK_GATE_SUPPRESSIONS:-}" ] || words+=(--suppressions "$TRACK_GATE_SUPPRESSIONS")
[ -z "${TRACK_GATE_FAIL_ON:-}" ] || words+=(--fail-on "$TRACK_GATE_FAIL_ON")
[ -z "${TRACK_GATE_SOURCE_ROOT:-}" ] || words+=(--source-root "$TRACK_GATE_SOURCE_ROOT")
[ -z "${TRACK_GATE_SARIF:-}" ] || words+=(--sarif "$TRACK_GATE_SARIF")
if [ -n "${TRACK_GATE_ARGUMENTS:-}" ]; then
  read -r -a more <<<"$TRACK_GATE_ARGUMENTS"
  words+=("${more[@]}")
fi
exec "${TRACK:-track}" gate "${TRACK_CAPTURES:?captures must be given}" "${words[@]}"
