# SPDX-License-Identifier: Apache-2.0
"""A plain table of what was measured: one row a figure."""
import statistics


def percentile(values, of):
    """The nearest rank: with few runs p99 is the maximum."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * of // 100) - 1)]


class Table:
    def __init__(self, title):
        self.title, self.rows, self.failed = title, {}, 0

    def add(self, figures):
        """None: a run that did not end as it should."""
        if figures is None:
            self.failed += 1
            return
        for name, value in figures.items():
            self.rows.setdefault(name, []).append(value)

    def print(self):
        print(f"\n{self.title}" + (f" ({self.failed} not granted, left out)" if self.failed else ""))
        width = max(52, *(len(name) for name in self.rows)) if self.rows else 52
        print(f"  {'':{width}} {'min':>8} {'median':>8} {'p99':>8} {'max':>8}")
        for name, values in self.rows.items():
            figures = (min(values), statistics.median(values), percentile(values, 99), max(values))
            print(f"  {name:{width}} " + " ".join(f"{v:8.0f}" if "count" in name else f"{v:8.1f}" for v in figures),
                  flush=True)
