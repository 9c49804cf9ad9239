#!/usr/bin/env bash
# Runs the tests side by side; arguments go to pytest. What fails in company runs once more, alone and with its
# own output: two cores that carry four tests measure themselves now and then. Whatever fails alone, too, is a
# failure, and so are more than ten at once. What passed only alone is named at the end (docs/testing.md).
set -uo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
most=10

# Every worker reads all tests, and hundreds of tests start a process of ours: where the environment forbids Python
# to keep byte code, each of them compiles everything anew. Two processes compile all tests sooner than each worker.
unset PYTHONDONTWRITEBYTECODE
$python -m compileall -q -j 0 -x '/(\.venv|node_modules|tests|web/ui)/' . || exit
if [ $# -eq 0 ]; then
    for half in tests/unit tests/integration; do $python -m pytest --collect-only -qq "$half" >/dev/null & done
    wait
fi

$python -m pytest -n auto --durations=15 --cache-clear "$@"
status=$?
failed=.pytest_cache/v/cache/lastfailed
[ "$status" = 1 ] && [ -s "$failed" ] || exit "$status"
names=$($python -c 'import json, sys; print("\n".join(json.load(open(sys.argv[1]))))' "$failed")
count=$(wc -l <<<"$names")
if [ "$count" -gt "$most" ]; then
    echo "$count tests failed: too many to be chance" >&2
    exit "$status"
fi

printf '\n%s failed in company and runs once more alone:\n%s\n' "$count" "$names"
again=()
for argument in "$@"; do
    [[ $argument == --compliance* ]] || again+=("$argument")
done
$python -m pytest --last-failed --last-failed-no-failures none "${again[@]}" || exit
printf '\nPassed only alone; each of them waits for something that it should not wait for:\n%s\n' "$names"
