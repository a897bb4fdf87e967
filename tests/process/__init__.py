"""The service as operators run it: real processes on real ports. The benchmarks use these parts, too."""
