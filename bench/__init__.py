"""Benchmarks on real servers (`make bench`): throughput, latency, memory, growth; beside them raw loops and a peer.

Figures are printed, never asserted: a test of speed would fail on a busy machine and prove nothing.
"""
