"""Benchmarks run outside the suite; that they still fit the code is seen here."""

import benchmarks.__main__
import benchmarks.storm


def test_every_benchmark_can_be_begun() -> None:
    assert all(callable(measure) for measure in benchmarks.__main__.ALL.values())
    assert callable(benchmarks.storm.main)
