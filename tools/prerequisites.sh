#!/bin/sh
# What must be on the machine before set-up can start. Changes nothing.
#   sh tools/prerequisites.sh python   prints the Python to make .venv with, or nothing
#   sh tools/prerequisites.sh missing  prints in one line what is missing or too old, or nothing
#   sh tools/prerequisites.sh npm      the same for npm's version, which is slow to ask for
#   sh tools/prerequisites.sh made     says by its exit code whether .venv is there and fit
# PYTHON=... names the only Python to consider.

number='import sys; print("%d.%d" % sys.version_info[:2])'

# at_least FOUND MAJOR MINOR: whether a version such as v20.1.2 or 3.11 is new enough.
at_least() {
  found=${1#v}
  major=${found%%.*}
  minor=${found#*.}
  minor=${minor%%.*}
  case "$major$minor" in '' | *[!0-9]*) return 1 ;; esac
  [ "$major" -gt "$2" ] || { [ "$major" -eq "$2" ] && [ "$minor" -ge "$3" ]; }
}

# Sets `python` to the first that is new enough and can make an environment, else `why` to what there is.
find_python() {
  if [ -n "$PYTHON" ]; then set -- "$PYTHON"; else set -- python3 python3.13 python3.12 python3.11; fi
  python=
  why=
  for name; do
    version=$("$name" -c "$number" 2>/dev/null) || continue
    if ! at_least "$version" 3 11; then
      why=${why:-"found $name $version"}
    elif ! "$name" -c 'import ensurepip, venv' 2>/dev/null; then
      why="$name has no venv module: on Debian, apt install python3-venv"
    else
      python=$name
      return
    fi
  done
  why=${why:-"found no ${PYTHON:-python3}"}
}

# A .venv of this very folder with a Python that runs needs no other Python.
made() {
  version=$(.venv/bin/python -c "$number" 2>/dev/null) && at_least "$version" 3 11 &&
    grep -qs "$(pwd -P)/.venv/bin/python" .venv/bin/pip
}

# say WHAT: one line, or nothing when nothing is needed.
say() {
  [ -z "$1" ] || echo "This machine needs $1. Install it and run make again"
}

missing() {
  needed=
  if ! made; then
    find_python
    [ -n "$python" ] || needed="Python 3.11 or newer ($why; PYTHON=... names another)"
  fi
  node=$(node --version 2>/dev/null) || node='no node'
  at_least "$node" 20 0 || needed="${needed:+$needed and }Node 20 or newer (found $node)"
  command -v npm >/dev/null || needed="${needed:+$needed and }npm 9 or newer (found no npm)"
  say "$needed"
}

npm_too_old() {
  npm=$(npm --version 2>/dev/null) || npm='one that does not run'
  at_least "$npm" 9 0 || say "npm 9 or newer (found $npm)"
}

case $1 in
  python) find_python; echo "$python" ;;
  made) made ;;
  missing) missing ;;
  npm) npm_too_old ;;
esac
