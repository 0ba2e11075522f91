#!/usr/bin/env bash
# Usage: scripts/setup.sh [run|test] - install what running (or testing) needs into .venv, node_modules and
# web/static/vendor. Sourced by scripts/run, scripts/check and scripts/test. Does nothing when nothing changed.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
steps=5
python='' # the machine's own, with which .venv is made
log=''    # what the step at work says

stop() { # stop SENTENCE...
  printf '%s\n' "$*" >&2
  exit 1
}

step() { # step NUMBER WHAT
  printf '[%d/%d] %s ...\n' "$1" "$steps" "$2"
}

# --- What was done already ---------------------------------------------------------------------------------
# A stamp holds "KIND SUM": for whom a part was installed, and the sum of the files it followed. What is good
# enough for the tests is good enough to run.

python_stamp=$root/.venv/.intercom
node_stamp=$root/node_modules/.intercom

sum_of() { # sum_of FILE... : also of this folder's name, because .venv does not survive a move
  { printf '%s\n' "$root"; cat -- "$@"; } | sha256sum | cut -d ' ' -f 1
}

python_sum() { sum_of "$root"/requirements/base.txt "$root"/requirements/dev.txt; }
node_sum() { sum_of "$root"/package-lock.json "$root"/scripts/vendor_web.py; }

stamped() { # stamped STAMP KIND SUM
  local kind sum
  [[ -f $1 ]] && read -r kind sum < "$1" && [[ $sum == "$3" && ($kind == "$2" || $kind == test) ]]
}

python_ready() { [[ -x $root/.venv/bin/python ]] && stamped "$python_stamp" "$1" "$(python_sum)"; }
node_ready() { [[ -f $root/web/static/vendor/socket.io.esm.min.js ]] && stamped "$node_stamp" "$1" "$(node_sum)"; }
machine_ready() { # only the tests need more than what the other two were made with
  [[ $1 == run ]] || { command -v chromium && command -v firefox-esr && mosquitto_there && command -v turnserver; } > /dev/null
}

# --- Debian's packages -------------------------------------------------------------------------------------

mosquitto_there() { command -v mosquitto || [[ -x /usr/sbin/mosquitto ]]; } # Debian keeps it from people's PATH

lacking=()

look_for_packages() { # look_for_packages KIND : fills lacking
  lacking=()
  python=$(find_python) || lacking+=(python3 python3-venv)
  if [[ -n $python ]] && ! "$python" -c 'import ensurepip, venv' 2> /dev/null; then
    lacking+=("$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')")
  fi
  command -v npm > /dev/null || lacking+=(nodejs npm)
  [[ -e /etc/ssl/certs/ca-certificates.crt ]] || lacking+=(ca-certificates)
  [[ $1 == test ]] || return 0
  command -v chromium > /dev/null || lacking+=(chromium)
  command -v firefox-esr > /dev/null || lacking+=(firefox-esr)
  [[ -d /usr/share/fonts/truetype/liberation ]] || lacking+=(fonts-liberation)
  mosquitto_there > /dev/null || lacking+=(mosquitto)
  command -v turnserver > /dev/null || lacking+=(coturn)
}

find_python() { # prints the first Python that is new enough
  local name
  for name in python3 python3.11 python3.12 python3.13 python3.14 python; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
      command -v "$name"
      return
    fi
  done
  return 1
}

install_packages() {
  local as_root=()
  command -v apt-get > /dev/null ||
    stop "This machine lacks: ${lacking[*]} (Debian's names); install them, then start again."
  if [[ $EUID -ne 0 ]]; then
    if ! sudo -n true 2> /dev/null; then
      printf 'This machine lacks a few packages. Type this once, then start again:\n\n' >&2
      printf '  sudo apt-get update && sudo apt-get install -y --no-install-recommends %s\n\n' "${lacking[*]}" >&2
      exit 1
    fi
    as_root=(sudo -n)
  fi
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${lacking[@]}"; } < /dev/null &> "$log" ||
    stop_for "$log" "Debian's packages (${lacking[*]})"
}

# --- Failing with one sentence -----------------------------------------------------------------------------

stop_for() { # stop_for LOG WHAT
  local offline='name resolution|failure resolving|getaddrinfo|Name or service not known|EAI_AGAIN|ENOTFOUND'
  offline+='|ECONNREFUSED|ENETUNREACH|ETIMEDOUT|EHOSTUNREACH|NewConnectionError|ConnectTimeout'
  offline+='|Network is unreachable|Connection refused|Could not resolve|Could not connect|Connection timed out'
  if grep -qE "$offline" "$1"; then
    stop "No network: $2 could not be fetched. Connect this machine and start again."
  elif grep -qE 'No space left on device|ENOSPC' "$1"; then
    stop "The disk is full: $2 could not be installed. Free about 1 GB and start again."
  fi
  tail -n 20 "$1" >&2
  stop "Installing $2 failed; the lines above say why."
}

# --- The steps ---------------------------------------------------------------------------------------------

make_venv() { # a new one where there is none, or where it points elsewhere
  local launcher
  if [[ -x $root/.venv/bin/intercom ]] && "$root/.venv/bin/python" -c 'import pip' 2> /dev/null; then
    read -r launcher < "$root/.venv/bin/intercom"
    [[ $launcher == "#!$root/.venv/bin/python" ]] && return
  fi
  "$python" -m venv --clear "$root/.venv" &> "$log" || stop_for "$log" 'the Python environment .venv'
}

install_python() { # install_python KIND
  local lock=base site
  [[ $1 == test ]] && lock=dev
  "$root/.venv/bin/python" -m pip --disable-pip-version-check --no-input install --retries 2 --require-hashes \
    --no-deps -r "$root/requirements/$lock.txt" < /dev/null &> "$log" || stop_for "$log" 'the Python packages'
  # The project itself is used where it lies: no build, so no build tool on a machine that only runs it.
  site=$("$root/.venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  printf '%s\n' "$root" > "$site/intercom.pth"
  printf '#!%s\nimport sys\n\nfrom intercom.cli import main\n\nsys.exit(main())\n' "$root/.venv/bin/python" \
    > "$root/.venv/bin/intercom"
  chmod +x "$root/.venv/bin/intercom"
}

look_at_node() { # look_at_node KIND : before anything slow; the tests' tools want a newer one than the server's page
  local least=18 version
  [[ $1 == test ]] && least=20
  version=$(node -p 'process.versions.node.split(".")[0]' 2> /dev/null) || version=0
  ((version >= least)) ||
    stop "Node.js $least or newer is needed for this, and ${version/#0/none} is here: install it, then start again."
}

install_node() { # install_node KIND
  local omit=()
  [[ $1 == test ]] || omit=(--omit=dev)
  (cd "$root" && npm ci "${omit[@]}" --fetch-retries 2 --fetch-retry-mintimeout 1000 < /dev/null) &> "$log" ||
    stop_for "$log" "the browser's packages"
}

setup() { # setup run|test
  local kind=$1
  [[ -f $root/requirements/dev.txt && -f $root/package-lock.json ]] ||
    stop "$root is not a whole copy of the project: get it again."
  if machine_ready "$kind" && python_ready "$kind" && node_ready "$kind"; then return 0; fi
  [[ -w $root ]] || stop "The folder $root cannot be written to: copy the project to a folder of your own."
  # One set-up at a time. The lock ends with this subshell, so that a server started later does not hold it.
  (
    set -euo pipefail
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    if command -v flock > /dev/null; then
      exec 9< "$root/scripts"
      flock -n 9 || { echo 'Another set-up is at work; waiting for it ...' && flock 9; }
    fi
    step 1 'Looking at this machine'
    look_for_packages "$kind"
    if ((${#lacking[@]})); then
      step 1 "Installing Debian's packages ${lacking[*]}"
      install_packages
      python=$(find_python) ||
        stop 'Python 3.11 or newer is needed, and this system has none: install one, then start again.'
    fi
    look_at_node "$kind"
    if ! python_ready "$kind"; then
      rm -f "$python_stamp"
      step 2 'Making the Python environment'
      make_venv
      step 3 'Installing Python packages (about half a minute)'
      install_python "$kind"
      printf '%s %s\n' "$kind" "$(python_sum)" > "$python_stamp"
    fi
    if ! node_ready "$kind"; then
      rm -f "$node_stamp"
      step 4 "Installing the browser's packages"
      install_node "$kind"
      step 5 "Copying the browser's files"
      "$root/.venv/bin/python" "$root/scripts/vendor_web.py"
      printf '%s %s\n' "$kind" "$(node_sum)" > "$node_stamp"
    fi
  )
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  set -euo pipefail
  case ${1:-run} in
    run | test) setup "${1:-run}" ;;
    *) stop 'Usage: scripts/setup.sh [run|test]' ;;
  esac
fi
