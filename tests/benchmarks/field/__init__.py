"""The field's loops beside ours, in one run: `python -m tests.benchmarks.field --help`."""
