# Targets run one at a time: two Swift builds at once would only wait for each other.
.NOTPARALLEL:
.DEFAULT_GOAL := help

SWIFT ?= swift
export SWIFT

# Optimised across modules: hashes and bytes pass between small targets millions of times.
RELEASE = -c release --static-swift-stdlib --product provenance -Xswiftc -cross-module-optimization

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: ## build, then record, verify, export, audit and tamper with sample posts in a temporary folder
	@Scripts/demo

test: dependencies ## install what is missing and run the tests
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

build: dependencies ## the program, optimised: .build/release/provenance
	$(SWIFT) build $(RELEASE)

example: dependencies ## build and run a program that records and verifies with the libraries alone (Examples)
	Examples/run

linkage: build ## that a program for auditors takes in no database and no network (Tests/Linkage)
	Tests/Linkage/run

docs: dependencies ## documentation of the libraries, without a warning: .build/docs/provenance.doccarchive
	Scripts/docs

coverage: dependencies ## run the tests, then a table of the lines of each room that they reached (minutes)
	Scripts/coverage

bench: build ## compare the speed with a C program, openssl and git; prints a table
	Benchmarks/run

fault: build ## fail system calls, cut the power, rot bits: every case (minutes)
	Tests/Faults/run --all

growth: build ## count instructions for n, 2n and 4n of everything, with four times the sizes of .ci/run (minutes)
	Tests/Growth/run --all --factor 4

year: build ## a year of a scraper with ten times the posts of .ci/run: on which days `maintain` speaks (minutes)
	Tests/Year/run --posts 15000

publish: build ## clones that record on one git repository, at once and killed at every step (minutes)
	Tests/Publish/run

compat: build ## the program of 0.1.0 over what this one writes: unknown at worst, never failed (minutes)
	Tests/Compat/run

fuzz: build ## libFuzzer over the readers of bytes from outside, 30 seconds each
	Fuzz/run

sanitize: dependencies ## the tests of the libraries under the address sanitizer (minutes)
	Tests/Sanitizers/run

lint: ## check the form of the Swift sources, and that each room knows only those that it may
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests Examples
	Scripts/check-rooms

hooks: ## git runs `make lint` before each commit from now on, in this clone
	git config core.hooksPath Scripts/hooks

install-tools: ## install what building, testing and .ci/run need
	@Scripts/install-dependencies ci

clean: ## remove what was built
	rm -rf .build Benchmarks/.build Benchmarks/build Fuzz/.build

dependencies:
	@Scripts/install-dependencies

.PHONY: help demo test build example linkage docs coverage bench fault growth year publish compat fuzz sanitize lint hooks install-tools clean dependencies
