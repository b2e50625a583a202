#!/usr/bin/env bash
# Installs the packages of package-lock.json; says first which program is missing for that.
set -euo pipefail

for tool in node npm; do
  if ! command -v "$tool" > /dev/null; then
    echo "make: $tool is missing. Install Node.js 20 or newer with npm, for example: apt-get install nodejs npm" >&2
    exit 1
  fi
done
echo "Installing packages (npm ci)" >&2
npm ci >&2
