# Two commands do everything: `make run` and `make test`.
#   make run [SCENARIO=name]  set up, build, start the simulated park, a broker and the daemon; show live alarms
#   make test [ROOMS=a,b]     set up, check the model of the ring, build, run every test (or those of the named rooms)
#   make soak                 10,000 random plants against the slow evaluator, NUMBERS=5,000,000 random decimals by every door, the rings
#                             under four publishers, 40 min at most; then 50 kills before an acknowledgement (KILLS=, SEED=), and
#                             the release daemon under load for MINUTES=30: memory, descriptors and threads stand still
#   make fuzz [SHARE=100]     10 million executions, guided by coverage, of all that reads what others wrote (or a hundredth)
#   make plant                2,000 Modbus devices at 1 Hz for 10 minutes: no slot missed, no value wrong (DEVICES=, SECONDS=)
#   make build                release programs in .build/release: hazardd, hazardctl, parksim
#   make bench-end-to-end     hazardd from a source to a receiver against a C floor program: about 10 min, ALARMS=50 RUNS=1 for a look
#   make bench                core, rings, doors, pipe and a loaded hazardd against C and C++ twins and thresholds (Bench/README.md)
#   make check                format lint and the tidy test
#   make setup                install the Debian packages that are missing
SHELL := /bin/bash
SCENARIO ?= first-light

.PHONY: setup setup-tests run test soak soak-kills soak-daemon fuzz build check bench bench-end-to-end plant
setup:
	@.ci/setup

setup-tests:
	@.ci/setup tests

# Debug products only; swift build shows its progress. The last line becomes parksim, so that Ctrl-C reaches it alone.
run: setup
	@swift build --product hazardd
	@swift build --product hazardctl
	@swift build --product parksim
	@exec .build/debug/parksim demo --repository . --scenario '$(SCENARIO)'

test: setup-tests
	@Tests/Model/check
	@Tests/run

# SEEDS and FIRST choose other plants: make soak SEEDS=100000 FIRST=50000. Other decimals: .build/release/NumberSoak 5000000 SEED
SEEDS ?= 10000
FIRST ?= 1
NUMBERS ?= 5000000
soak: setup-tests
	swift build -c release --product RuleSoak
	swift build -c release --product NumberSoak
	swift build -c release --product RingStress
	.build/release/RuleSoak $(SEEDS) $(FIRST) 1200
	timeout 600 .build/release/NumberSoak $(NUMBERS)
	timeout 600 .build/release/RingStress 5000000
	$(MAKE) soak-kills
	$(MAKE) soak-daemon

# The seeds are printed at its start, a failing one where it fails. That one alone: make soak-kills KILLS=1 SEED=n
KILLS ?= 50
SEED ?=
soak-kills: build setup-tests
	ROOMS=EndToEnd swift build --build-tests
	HAZARDD_KILLS=$(KILLS) $(if $(SEED),HAZARDD_SEED=$(SEED)) ROOMS=EndToEnd timeout 900 \
		swift test --skip-build --filter 'kill -9 before the acknowledgement'

MINUTES ?= 30
soak-daemon: build setup-tests
	swift build -c release --product EndToEndBench
	.build/release/EndToEndBench soak $(MINUTES)

# SEED=n chooses other damage; a second run goes on from what the first found.
fuzz: setup-tests
	Tests/Fuzz/run

DEVICES ?= 2000
SECONDS ?= 600
plant: setup-tests
	swift build -c release --product ModbusBench
	.build/release/ModbusBench plant $(DEVICES) $(SECONDS)

build: setup
	swift build -c release --product hazardd
	swift build -c release --product hazardctl
	swift build -c release --product parksim

check: setup-tests
	swift format lint --strict --recursive Package.swift Sources Simulator Tests Bench
	swift test --filter TidyTests

# It wants the machine to itself: ratios of one run are compared, but a busy neighbour still takes the caches.
bench: setup-tests
	swift build -c release --product RingBench
	swift build -c release --product CoreBench
	swift build -c release --product CommitBench
	swift build -c release --product ModbusBench
	swift build -c release --product PipeBench
	swift build -c release --product ParkLoad
	swift build -c release --product hazardd
	for program in IntakeSubscriber CountingSubscriber TelemetryPublisher; do \
		swift build -c release --product $$program || exit 1; \
	done
	@failed=0; \
	for figures in Bench/hot-path Bench/mqtt-intake Bench/ring-instructions Bench/commit-instructions .build/release/RingBench .build/release/CoreBench \
		.build/release/ModbusBench .build/release/PipeBench .build/release/ParkLoad; do \
		$$figures || failed=1; \
	done; exit $$failed

# CONDITIONS=mqtt-idle for one of the four. It wants the machine to itself, too.
ALARMS ?= 400
RUNS ?= 5
CONDITIONS ?=
bench-end-to-end: build setup-tests
	swift build -c release --product EndToEndFloor
	swift build -c release --product EndToEndBench
	.build/release/EndToEndBench $(ALARMS) $(RUNS) $(CONDITIONS)
