#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No tracked text names a place that exists on the author's machine only."""

import re

import sources

# Built from pieces, so that this file does not find itself.
PLACES = re.compile(r"(?:^|[\s\"'`=(<:,\[])(?:file://)?/(" + "|".join(("work", "root", "home", "Users")) + r")/[\w.$-]")
# What an installed system really has: homes of users that a test makes inside its own container.
ALLOWED = ("tests/system/",)


def check_file(name: str, content: str) -> list[str]:
    if name.startswith(ALLOWED):
        return []
    return [
        f"{name}:{number}: names a path of a build machine: {line.strip()[:100]}"
        for number, line in enumerate(content.splitlines(), 1)
        if PLACES.search(line)
    ]


if __name__ == "__main__":
    texts = {name: sources.text(name) for name in sources.tracked()}
    texts = {name: text for name, text in texts.items() if text is not None}
    sources.report([finding for name, text in texts.items() for finding in check_file(name, text)], len(texts))
