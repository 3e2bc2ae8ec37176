#!/usr/bin/env bash
# Fetch the libraries of the page again, as vendor.json records them: version, hash of npm, files.
# To renew one: change its version and its integrity (npm view NAME@VERSION dist.integrity) there.
# Needs curl, jq and openssl.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name in $(jq -r 'keys[]' vendor.json); do
  field() { jq -r --arg name "$name" ".[\$name]$1" vendor.json; }
  curl -fsS "https://registry.npmjs.org/$name/-/$name-$(field .version).tgz" -o "$work/package.tgz"
  found="sha512-$(openssl dgst -sha512 -binary "$work/package.tgz" | base64 -w 0)"
  [ "$found" = "$(field .integrity)" ] || { echo "$name: recorded another hash than $found"; exit 1; }
  tar -xzf "$work/package.tgz" -C "$work"
  field '.files | to_entries[] | "\(.key) \(.value)"' | while read -r source target; do
    # Nothing beside the page is looked for, a source map neither.
    sed 's|/[/*]# sourceMappingURL=[^ ]*\( \*/\)\?||' "$work/$source" > "$target"
  done
done
