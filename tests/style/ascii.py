#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Outside comments and texts C++ is written in ASCII: no name can look like another one."""

import re

import sources

# What may hold any letter: raw strings, strings, characters, comments.
ANY_LETTER = re.compile(
    r'R"([^()\s]*)\(.*?\)\1"' r'|"(?:\\.|[^"\\\n])*"' r"|'(?:\\.|[^'\\\n])+'" r"|//[^\n]*" r"|/\*.*?\*/", re.DOTALL
)


def check_file(name: str, content: str) -> list[str]:
    if not name.endswith(sources.CXX):
        return []
    # Digits' separators would pair up as characters.
    content = re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "", content)
    rest = ANY_LETTER.sub(lambda match: "\n" * match.group().count("\n"), content)
    return [
        f"{name}:{number}: a letter that is not ASCII outside comments and texts"
        for number, line in enumerate(rest.splitlines(), 1)
        if not line.isascii()
    ]


if __name__ == "__main__":
    texts = {name: sources.text(name) for name in sources.tracked()}
    texts = {name: text for name, text in texts.items() if text is not None}
    sources.report([finding for name, text in texts.items() for finding in check_file(name, text)], len(texts))
