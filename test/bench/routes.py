# SPDX-License-Identifier: MIT
"""How long it takes to find a route, among few and among many."""
import subprocess

from servers import built


def main():
    print("### Finding a route\n")
    print(subprocess.run([built("routes")], check=True, capture_output=True, text=True).stdout)
