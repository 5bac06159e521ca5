"""Reads `pip install --report` JSON and prints what in it makes a CUDA (or ROCm) build; nothing for a CPU build."""

import json
import sys

ACCELERATOR_PREFIXES = ("nvidia-", "cuda-", "rocm", "pytorch-triton-rocm")
ACCELERATOR_VERSIONS = ("cu", "rocm", "xpu")


def is_accelerator_package(name, version):
    local_version = version.partition("+")[2]
    return name.lower().startswith(ACCELERATOR_PREFIXES) or local_version.startswith(ACCELERATOR_VERSIONS)


def main():
    installs = json.load(sys.stdin)["install"]
    packages = [(item["metadata"]["name"], item["metadata"]["version"]) for item in installs]
    found = [f"{name} {version}" for name, version in packages if is_accelerator_package(name, version)]
    if not found:
        return
    sizes = [item["download_info"].get("archive_info", {}).get("size") for item in installs]
    size = f", {sum(sizes) / 1e9:.1f} GB in all" if sizes and all(sizes) else ""
    more = f" and {len(found) - 4} more" if len(found) > 4 else ""
    print(", ".join(found[:4]) + more + size)


main()
