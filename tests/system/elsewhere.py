# SPDX-License-Identifier: Apache-2.0
"""Cards and fingers that share no code with the project's (tests/unseen)."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "unseen"))
from card import Card, inserted  # noqa: E402,F401 pylint: disable=wrong-import-position
from finger import Finger, lay  # noqa: E402,F401 pylint: disable=wrong-import-position
