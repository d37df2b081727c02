# The Python environment of this checkout, shared by bin/w2vneg and bin/test; sourced, not run.
#
# The caller sets `root`, the folder of the checkout; this file sets `venv`, its environment. A stamp in
# the environment holds a checksum of pyproject.toml and the path of the checkout: a later start costs
# one checksum, and a change of either reinstalls.

venv=$root/.venv
log=$venv/w2vneg-setup.log
mark=$venv/.w2vneg-setup-unfinished

fail() {
    echo "w2vneg: $1" >&2
    exit 1
}

# Print what the stamp of a complete environment must contain.
wanted_stamp() {
    sum=$(cksum <"$root/pyproject.toml") && echo "$sum $root"
}

# is_ready EXTRA: is the environment for this extra ('' or dev) up to date? The dev one serves both.
is_ready() {
    [ -x "$venv/bin/python" ] && [ -x "$venv/bin/w2vneg" ] || return 1
    for kind in dev "$1"; do
        stamp=$venv/.w2vneg-stamp${kind:+-$kind}
        if [ -f "$stamp" ] && IFS= read -r found <"$stamp" && [ "$found" = "$wanted" ]; then
            return 0
        fi
    done
    return 1
}

# Print the first Python that is new enough and has venv.
find_python() {
    for name in "${W2VNEG_PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11 \
        python3.10 python; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' \
            </dev/null >/dev/null 2>&1; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

# take_lock PYTHON: hold a lock on this file until this process and its children have ended. The
# system releases it if the setup is killed; on a file system without locks there is none.
take_lock() {
    exec 9<"$root/bin/environment.sh"
    "$1" -c '
import fcntl, sys
try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    sys.stderr.write("w2vneg: waiting for another process that sets up .venv\n")
    fcntl.flock(9, fcntl.LOCK_EX)
except OSError:
    pass
' </dev/null
}

# set_up EXTRA: create or update the environment, under the lock.
set_up() {
    python=$(find_python) ||
        fail "no Python 3.10 or newer with venv found; install one or set W2VNEG_PYTHON"
    take_lock "$python" || exit 1
    is_ready "$1" && exec 9<&- && return 0
    echo "w2vneg: setting up .venv in $root (once, takes a minute)" >&2
    # An environment whose setup was interrupted, or whose Python is gone, is created from scratch.
    if [ -e "$mark" ] || ! "$venv/bin/python" -m pip --version </dev/null >/dev/null 2>&1; then
        rm -rf -- "$venv" 2>/dev/null
        mkdir -p "$venv" 2>/dev/null || fail "cannot write $venv; is the checkout writable?"
        : >"$mark"
        "$python" -m venv "$venv" </dev/null >"$log" 2>&1 ||
            fail "cannot create the environment; see $log"
    fi
    : 2>/dev/null >"$mark" || fail "cannot write $venv; is the checkout writable?"
    rm -f -- "$venv/.w2vneg-stamp" "$venv/.w2vneg-stamp-dev"
    # A plain path entry (compat) starts faster than the default import hook of setuptools.
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-input \
        --config-settings editable_mode=compat \
        --editable "$root${1:+[$1]}" </dev/null >>"$log" 2>&1 ||
        fail "installing the dependencies failed; see $log"
    printf '%s\n' "$wanted" >"$venv/.w2vneg-stamp${1:+-$1}.new" &&
        mv -f -- "$venv/.w2vneg-stamp${1:+-$1}.new" "$venv/.w2vneg-stamp${1:+-$1}" &&
        rm -f -- "$mark" || fail "cannot write $venv; is the disk full?"
    exec 9<&-
}

# ensure_environment [dev]: return with a working environment, or exit with one line.
ensure_environment() {
    wanted=$(wanted_stamp) || fail "cannot read $root/pyproject.toml"
    is_ready "${1:-}" || set_up "${1:-}"
}
