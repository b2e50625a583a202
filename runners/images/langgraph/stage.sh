#!/usr/bin/env bash
# Bundles the driver, LangGraph's server and the graph that it serves into a few files in the folder $1: to load 1,200
# modules from 200 MB of packages would take three times as long.
# inputs: package.json package-lock.json .npmrc tsconfig.json driver.ts langgraph-server.ts messages.ts options.ts protocol.ts run.ts server
# takes: half a minute, once
set -euo pipefail

bundle() {
  node_modules/.bin/esbuild "$@" --bundle --format=esm --platform=node --target=node24 --log-level=warning \
    --out-extension:.js=.mjs --legal-comments=linked --external:typescript --external:@langchain/langgraph-ui \
    --banner:js="import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
}

npm ci --ignore-scripts >&2 # Nothing of the packages runs at their installation.
node node_modules/typescript/bin/tsc --project . >&2
bundle driver.ts --outdir="$1/bundle"
# The server looks for its package.json three folders above its code, where that of /agent is.
bundle server/serve.ts server/graph.ts --splitting --outdir="$1/bundle/server"
find node_modules -ipath '*/licen[sc]e*' -not -name '*.js' -type f -print -exec cat {} + > "$1/bundle/LICENSES.txt"
