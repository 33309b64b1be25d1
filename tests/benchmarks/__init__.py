"""Measurements that are printed, not tested: `python -m tests.benchmarks.<name>`."""
