#!/usr/bin/env bash
# Puts the Node packages of tests/package-lock.json into build/node; at once when they are there already.
# Run it inside ci/enter.
set -euo pipefail

readonly top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly node=$top/build/node

mkdir -p "$node"
exec 9>"$node.lock"
flock 9
if [ -e "$node/node_modules/.complete" ] && cmp -s "$top/tests/package-lock.json" "$node/node_modules/.complete"; then exit 0; fi

cp "$top/tests/package.json" "$top/tests/package-lock.json" "$node/"
cd "$node"
npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --omit=optional --loglevel=error >"$node/npm.log" 2>&1 </dev/null || {
	echo "ci/node-modules.sh: npm could not install the test clients (no network?); see $node/npm.log" >&2
	exit 1
}
cp package-lock.json node_modules/.complete
