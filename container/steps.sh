#!/bin/sh
# What the image consists of, a step a function: the Dockerfile calls them, and so does `make image-test`,
# which carries the Dockerfile out where there is no container engine.
set -eu

here=$(dirname "$0")
home=/opt/amo-harness

# The distribution's WebKit, and the Python that its binding belongs to.
packages() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq install -y --no-install-recommends python3 python3-venv gir1.2-webkit2-4.1 python3-gi xvfb
    rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
}

# What the lock has, by its hashes, and the wheel, by the sum that its build wrote beside it.
wheel() {
    cd "$here"
    sha256sum --check --strict SHA256SUMS
    python3 -m venv "$home"
    pip="$home/bin/python -m pip --disable-pip-version-check install --quiet --no-cache-dir"
    $pip --require-hashes -r requirements.lock
    $pip --no-deps --no-index ./amo_harness-*.whl
}

# A user without root, and the folder that a project is mounted at.
user() {
    useradd --uid 1000 --create-home amo
    install -d -o amo -g amo /work
}

"$1"
