#!/usr/bin/env bash
# Sets up what one of our commands needs, and nothing twice: Debian packages, the Python environment,
# Asterisk. `scripts/setup.sh run|demo|test|bench|lint`; docs/dependencies.md tells why each thing is needed.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:-test}
venv=.venv

packages=(ca-certificates tzdata)
extras=""
case $target in
  run) packages+=(libespeak-ng1 espeak-ng-data) ;;
  demo) packages+=(libespeak-ng1 espeak-ng-data baresip-core) ;;
  test | bench)
    packages+=(libespeak-ng1 espeak-ng-data espeak-ng baresip-core sip-tester postgresql)
    if [ "$target" = test ]; then packages+=(fonts-wqy-microhei); fi
    # Any of these browsers will do; tests/support/browser.py looks for the same names.
    if [ "$target" = test ] && [ -z "$(type -P chromium chromium-browser google-chrome)" ]; then
      packages+=(chromium)
    fi
    extras="test"
    ;;
  lint)
    packages=(ca-certificates)
    extras="test,lint"
    ;;
  *)
    echo "setup: no such target: $target (run, demo, test, bench, lint)" >&2
    exit 2
    ;;
esac

say() { echo "setup: $*" >&2; }
die() {
  say "$@"
  exit 1
}

# --- Python ---------------------------------------------------------------------------------------

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  local name
  for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14; do
    if command -v "$name" >/dev/null && new_enough "$name"; then
      command -v "$name"
      return
    fi
  done
  return 1
}

# --- Debian packages --------------------------------------------------------------------------------

installed() { [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = "ii " ]; }

install_packages() {
  local missing=() name as_root=()
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    die "this is not Debian or Ubuntu; install what these packages hold, then the Python part by hand:" \
      "${packages[*]} (docs/operations.md)"
  fi
  for name in "${packages[@]}"; do installed "$name" || missing+=("$name"); done
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      as_root=(sudo -n)
    else
      say "Debian packages are missing and I may not install them. Run this once, then try again:"
      die "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
    fi
  fi
  say "installing Debian packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -q >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}" >&2 ||
    die "apt-get could not install: ${missing[*]}"
}

if python=$(find_python); then
  # Debian and Ubuntu deliver venv apart from Python.
  if [ ! -x "$venv/bin/python" ] && ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    packages+=("python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv")
  fi
  install_packages
elif command -v python3 >/dev/null; then
  die "Python $(python3 -c 'import platform; print(platform.python_version())') is too old; 3.11 is needed" \
    "(Debian 12 and Ubuntu 24.04 have it). Name another one: make $target PYTHON=/path/to/python3.12"
else
  packages+=(python3 python3-venv)
  install_packages
  python=$(find_python) || die "Debian's python3 is older than 3.11; name another one with PYTHON=…"
fi

# --- Pages ---------------------------------------------------------------------------------------------

# They are built beside the rest, which mostly waits for the network; without a Node of the machine after it.
pages=""
case $target in
  run | demo | test)
    if scripts/ui.sh has-node; then
      scripts/ui.sh build &
      pages=$!
    fi
    ;;
esac

# --- Python environment -----------------------------------------------------------------------------

state=$(cat pyproject.toml constraints.txt | sha256sum | cut -d ' ' -f 1)
stamp=$venv/.hotline-${extras:-run}
stamp=${stamp/,/-}
if [ ! -x "$venv/bin/python" ]; then
  say "making $venv with $("$python" --version)"
  "$python" -m venv "$venv"
fi
if [ "$(cat "$stamp" 2>/dev/null)" != "$state" ]; then
  say "installing Python packages into $venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    -c constraints.txt -e ".${extras:+[$extras]}" >&2
  echo "$state" >"$stamp"
fi

# --- Asterisk -----------------------------------------------------------------------------------------

if [ "$target" != lint ]; then
  known=$(cat "$venv/.hotline-asterisk" 2>/dev/null || true)
  if [ -z "$known" ] || [ ! -x "$known" ]; then
    "$venv/bin/hotline" asterisk install >&2
    "$venv/bin/python" -c 'from hotline.telephony.installation import require; print(require().binary)' \
      >"$venv/.hotline-asterisk"
  fi
fi

# --- The pages' end -----------------------------------------------------------------------------------

case $target in
  run | demo | test)
    if [ -z "$pages" ]; then
      scripts/ui.sh build &
      pages=$!
    fi
    if ! wait "$pages"; then
      [ "$target" != test ] || die "the pages could not be built"
      say "the pages could not be built, scripts/ui.sh build says why; everything else works"
    fi
    ;;
esac
