"""Tests in rooms like those of the code: what tests `blackbox/scoring/` lies in `tests/scoring/`.

Beside this file lies what tests a module beside `blackbox/__init__.py`; `objectives/` and
`reports/` have a room each, and `house/` holds what is said of the repository as a whole. What
several rooms stand on is in `conftest.py`; `campaigns/`, `benchmarks/` and `release/` are scripts.
"""
