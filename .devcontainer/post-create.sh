#!/usr/bin/env bash
# After the container is made: packages, build, and a kernel that VS Code picks by itself.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A volume that is mounted for the first time belongs to root, and so does the folder made around it in each new container.
if [ -d "$HOME/.nuget" ] && { [ ! -w "$HOME/.nuget" ] || [ ! -w "$HOME/.nuget/packages" ]; } && command -v sudo >/dev/null; then
  sudo chown -R "$(id -u):$(id -g)" "$HOME/.nuget"
fi

environment/setup
environment/phi4r kernel install # the set-up does nothing where the build is there already, and the user's folder may be new
environment/phi4r doctor
