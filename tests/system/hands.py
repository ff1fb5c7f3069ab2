# SPDX-License-Identifier: Apache-2.0
"""What people bring along: their cards, and fingers that the matcher tells apart (tests/lab/fingers/fixtures.hpp)."""

import itertools

HANAKO, HANAKO_2, JIRO, JIRO_2 = 1, 2, 4, 5
# In a guest hers are of another make (tests/unseen), and her fingers grow elsewhere from these seeds.
UNSEEN = "hanako"
FINGERS = {"hanako": (HANAKO, HANAKO_2), "jiro": (JIRO, JIRO_2)}
OWNERS = (*FINGERS, "stranger")
# No press is like another; those of enrolment come before.
PRESS = itertools.count(20)
