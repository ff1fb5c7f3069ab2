#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Small files with one idea: no source is longer than 400 lines."""

import statistics

import sources

LIMIT = 400
SUFFIXES = sources.CXX + (".py", ".sh")


def check_file(name: str, content: str) -> list[str]:
    lines = content.count("\n")
    return [f"{name}: {lines} lines, the limit is {LIMIT}"] if lines > LIMIT else []


if __name__ == "__main__":
    texts = {name: sources.text(name) or "" for name in sources.tracked() if name.endswith(SUFFIXES)}
    if texts:
        print("median:", statistics.median(text.count("\n") for text in texts.values()), "lines")
    sources.report([finding for name, text in texts.items() for finding in check_file(name, text)], len(texts))
