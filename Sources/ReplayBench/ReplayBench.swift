// ReplayBench
