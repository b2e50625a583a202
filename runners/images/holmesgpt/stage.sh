#!/usr/bin/env bash
# Fetches HolmesGPT's packages, and compiles kubectl, into the folder $1.
# inputs: requirements.txt kubectl
# needs: pip
# takes: 2 to 5 minutes, once
set -euo pipefail

# For the image's Python, whatever this machine's is. All packages are named with their hashes, so none is searched for.
packages=(--quiet --require-hashes --only-binary :all: --no-deps --target "$1/packages" --requirement requirements.txt)
if command -v uv > /dev/null; then
  UV_PYTHON_DOWNLOADS=never uv pip install "${packages[@]}" \
    --python-version 3.11 --python-platform "$(uname -m)-manylinux_2_28" --link-mode copy
else
  platforms=()
  for glibc in 2_28 2_27 2_26 2_24 2_17 2014 2_12 2010 2_5 1; do
    platforms+=(--platform "manylinux${glibc/#2_/_2_}_$(uname -m)")
  done
  python3 -m pip install "${packages[@]}" --python-version 3.11 --implementation cp "${platforms[@]}" --no-compile \
    --disable-pip-version-check --root-user-action ignore
fi
rm -rf "$1/packages/bin"

# Of the version, and with the flags, that the local cluster's programs have: so Go has compiled most of it already.
cd kubectl
version=$(go list -m -f '{{.Version}}' k8s.io/kubectl)
stamp=k8s.io/component-base/version
export GOFLAGS=-mod=readonly GOWORK=off CGO_ENABLED=0 GOOS=linux
go build -trimpath -buildvcs=false -tags 'providerless dockerless' -o "$1/kubectl" \
  -ldflags "-s -w -X $stamp.gitVersion=${version/#v0./v1.} -X $stamp.gitTreeState=clean" .
