# shellcheck shell=bash
# What ci/demo and ci/test share: where things are (`top`; `from`, where the caller was), and building in the build
# environment with its progress in sight.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
readonly top
readonly from=$PWD
cd "$top"

say() {
	printf '\n== %s\n' "$*"
}

stop() {
	echo "ci/${0##*/}: $*" >&2
	exit 1
}

environment() {
	say "the build environment (made once, about two minutes)"
	ci/enter true || stop "there is no build environment"
}

# build PRESET [TARGET…]
build() {
	local preset=$1 targets=()
	shift
	[ $# -eq 0 ] || targets=(--target "$@")
	say "build/$preset"
	if [ ! -e "build/$preset/build.ninja" ]; then
		mkdir -p "build/$preset"
		ci/enter cmake --preset "$preset" >"build/$preset/configure.log" 2>&1 || {
			tail -n 20 "build/$preset/configure.log" >&2
			stop "cmake could not configure build/$preset"
		}
	fi
	ci/enter env NINJA_STATUS='[%f/%t %es] ' cmake --build --preset "$preset" "${targets[@]}" || stop "build/$preset does not build"
}

node_modules() {
	say "test clients from npm"
	ci/enter ci/node-modules.sh || stop "the test clients could not be installed"
}
