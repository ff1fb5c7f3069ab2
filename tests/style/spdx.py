#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every source begins with its licence, in the first line or right after an interpreter or XML line."""

import sources

LICENCE = "SPDX-License-Identifier: Apache-2.0"
SUFFIXES = sources.CXX + (
    ".py", ".sh", ".cmake", ".service", ".socket", ".conf", ".policy", ".xml", ".sql", ".po", ".rules", ".yml", ".in"
)
NAMES = ("CMakeLists.txt",)


def is_source(name: str, content: str) -> bool:
    base = name.rsplit("/", 1)[-1]
    return name.endswith(SUFFIXES) or base in NAMES or content.startswith("#!")


def check_file(name: str, content: str) -> list[str]:
    if not is_source(name, content):
        return []
    return [] if any(LICENCE in line for line in content.splitlines()[:3]) else [f"{name}: no line '{LICENCE}'"]


if __name__ == "__main__":
    texts = {name: sources.text(name) for name in sources.tracked()}
    texts = {name: text for name, text in texts.items() if text is not None}
    sources.report([finding for name, text in texts.items() for finding in check_file(name, text)], len(texts))
