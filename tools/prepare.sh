# Sourced by check and demo: installs what is missing, configures, builds. Run from the root.
# shellcheck shell=bash

# Names of one part of packages.txt: build or full.
packages_of() {
  awk -v wanted="[$1]" '/^# \[/ { part = $2 } !/^#/ && NF && part == wanted { print $1 }' \
    tools/packages.txt
}

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_packages PART…: names the packages and stops when root is needed and not had.
install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "tools: this is not Debian; needed are the equivalents of: $(packages_of build | xargs)" >&2
    return 0
  fi
  local part name missing=()
  for part in "$@"; do
    for name in $(packages_of "$part"); do
      is_installed "$name" || missing+=("$name")
    done
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    echo "tools: these packages are missing and installing them needs root:" >&2
    echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  echo "tools: installing ${missing[*]}"
  local install=(apt-get install -y -q --no-install-recommends "${missing[@]}")
  export DEBIAN_FRONTEND=noninteractive
  # Stale package lists are the usual reason for a failure, so they are renewed only then.
  "${install[@]}" >/dev/null 2>&1 || { apt-get update -q && "${install[@]}"; }
}

# The page of HTML reports is made of npm packages; without npm track is built without it.
install_page_packages() {
  local folder=reports/html
  if ! command -v npm >/dev/null; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
      echo "tools: installing nodejs npm"
      DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends nodejs npm \
        >/dev/null 2>&1 || true
    fi
  fi
  if ! command -v npm >/dev/null; then
    echo "tools: npm is missing: track will have no HTML reports" >&2
  elif [ "$folder/package-lock.json" -nt "$folder/node_modules/.package-lock.json" ]; then
    echo "tools: npm ci in $folder"
    npm ci --prefix "$folder" --no-audit --no-fund --loglevel=error
  fi
}

build_release() {
  local log=build/release/build.log
  mkdir -p build/release
  echo "tools: building into build/release (log: $log)"
  if ! { cmake --preset release && cmake --build --preset release; } >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    echo "tools: the build failed; the whole log is $log" >&2
    exit 1
  fi
}
