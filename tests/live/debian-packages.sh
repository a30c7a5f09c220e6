#!/bin/sh
# Install the Debian packages that are missing, as root; say in plain words what is missing otherwise.
#   debian-packages.sh python [PYTHON]   a Python of at least 3.11 that can make virtual environments, or an error
#   debian-packages.sh                   the servers and programs of the tests; without them those tests are skipped,
#                                        and fail where CI=true
set -eu

has() { command -v "$1" >/dev/null 2>&1; }
makes_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

# install REASON PACKAGE...: returns non-zero, after saying why, when it cannot
install() {
    reason=$1
    shift
    if ! has apt-get; then
        echo "Missing: $* ($reason). This is not Debian: install them in its own way." >&2
        return 1
    fi
    if [ "$(id -u)" != 0 ]; then
        echo "Missing: $* ($reason). Only root can install them: sudo apt-get install $*" >&2
        return 1
    fi
    echo "Installing $* ($reason) ..."
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y --no-install-recommends "$@" </dev/null && return 0
    apt-get update </dev/null && apt-get install -y --no-install-recommends "$@" </dev/null && return 0
    echo "apt-get could not install $*; its own words are above." >&2
    return 1
}

if [ "${1:-}" = python ]; then
    python=${2:-python3}
    has "$python" || install "the hub is written in Python" python3 python3-venv
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "$python is older than 3.11, which the hub needs: make PYTHON=python3.11, or a newer one, chooses another." >&2
        exit 1
    }
    makes_venv "$python" || install "Python cannot make a virtual environment without it" python3-venv
    makes_venv "$python" || {
        echo "$python still cannot make a virtual environment: install the venv package of that version." >&2
        exit 1
    }
    exit 0
fi

missing=""
has kcat || missing="$missing kcat"
has docker-compose || missing="$missing docker-compose"
# Also where KAFKA_BOOTSTRAP_SERVERS names brokers: some tests take a broker away, or must say whom it lets in.
has java || missing="$missing default-jre-headless"
has mvn || missing="$missing maven"
if [ -z "${DATABASE_URL:-}" ] && ! has initdb; then
    set -- /usr/lib/postgresql/*/bin/initdb
    [ -x "$1" ] || missing="$missing postgresql"
fi
[ -z "$missing" ] && exit 0

# shellcheck disable=SC2086 # one word for each package
install "servers and programs of the tests" $missing && exit 0
[ "${CI:-}" = true ] && exit 1
echo "The tests that need them are skipped." >&2
