#!/usr/bin/env bash
# Compiles K8sGPT from its Go module into the folder $1: it has no package of any other kind.
# inputs: module
# takes: 4 to 8 minutes to compile, once
set -euo pipefail

if ! command -v go >/dev/null; then
  engine=$(command -v docker || command -v podman) || {
    echo 'K8sGPT is compiled by Go 1.26.3 or later (https://go.dev/doc/install), or in a container: start Docker or podman' >&2
    exit 1
  }
  # The same script, in a container that has Go.
  exec "$engine" run --rm --volume "$PWD:/stage" --volume "$1:/out" --workdir /stage golang:1.26.3 bash stage.sh /out
fi
cd module
version=$(go list -m -f '{{.Version}}' github.com/k8sgpt-ai/k8sgpt)
# go.sum says what everything must be; the checksum database cannot tell of the modules of buf.build.
export GONOSUMDB=buf.build GOFLAGS=-mod=readonly GOWORK=off CGO_ENABLED=0 GOOS=linux
go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$version" -o "$1/k8sgpt" github.com/k8sgpt-ai/k8sgpt
