# "make" alone says what there is. Nothing but Go and this file is needed to
# begin with.

FUZZTIME  ?= 20s
BENCH     ?= .
WORLDS    ?= 20000
TESTFLAGS ?=
DEMOFLAGS ?=
VERSION   ?=

# What is another program with the tag.
gssapi = ./sources/ldapdir ./config ./cmd/syncd

staticcheck = go tool -modfile=tools/go.mod staticcheck

.DEFAULT_GOAL := help
.PHONY: help test needs gofmt vet lint tidy unit build dist twice demo bench fuzz soak failover cover fmt

help: ## this text
	@echo "make targets:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-10s %s\n", $$1, $$2 }'
	@echo "Variables: FUZZTIME=$(FUZZTIME)  BENCH=$(BENCH)  WORLDS=$(WORLDS)  TESTFLAGS=-v  DEMOFLAGS=--keep  VERSION=$(VERSION)"

# The checks stand in the order of their cost. A recipe for each would run
# them at the same time under -j, and mix up what they say.
test: ## all that a change has to pass; installs what it needs
	@$(MAKE) --no-print-directory needs
	@$(MAKE) --no-print-directory gofmt
	@$(MAKE) --no-print-directory tidy
	@$(MAKE) --no-print-directory vet
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory unit
	@echo "test: all well"

needs: ## what the tests need, installed or named
	@tools/needs.sh

gofmt: ## is everything in gofmt's form?
	@echo "gofmt -l"
	@files=$$(gofmt -l .) || exit 1; \
	if [ -n "$$files" ]; then echo "$$files"; echo "gofmt: run make fmt" >&2; exit 1; fi

tidy: ## do go.mod and go.sum list what is used?
	@echo "go mod tidy -diff"
	@go mod tidy -diff || { echo "tidy: run go mod tidy" >&2; exit 1; }
	@cd tools && go mod tidy -diff || { echo "tidy: run go mod tidy in tools" >&2; exit 1; }

vet: ## go vet
	@echo "go vet"
	@go vet ./... && go vet -tags gssapi $(gssapi) && go vet -C tools ./... || { echo "vet: see above" >&2; exit 1; }

lint: ## staticcheck
	@echo "staticcheck"
	@$(staticcheck) ./... && $(staticcheck) -tags gssapi $(gssapi) && (cd tools && go tool staticcheck ./...) || { echo "lint: see above" >&2; exit 1; }

unit: ## the tests, with the race detector, in random order
	@echo "go test -race -shuffle=on"
	@CGO_ENABLED=1 go test -race -shuffle=on $(TESTFLAGS) ./... && \
	CGO_ENABLED=1 go test -race -shuffle=on $(TESTFLAGS) -tags gssapi -run 'Kerberos|ManualOfDirectories' $(gssapi) && \
	go test -C tools -shuffle=on $(TESTFLAGS) ./... || { echo "unit: see above; the seed is after -test.shuffle" >&2; exit 1; }

build: ## bin/syncd, static
	@mkdir -p bin
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o bin/syncd ./cmd/syncd

dist: ## dist/: programs, packages, images, SBOMs, checksums; VERSION=1.2.3
	@go run -C tools ./dist -root .. -out ../dist -version '$(VERSION)'
	@ls dist

twice: ## make dist again with nothing built before: are the bytes the same?
	@tools/twice.sh '$(VERSION)'

demo: ## the main job on a simulated server
	@go run ./cmd/syncd demo $(DEMOFLAGS)

bench: ## benchmarks: time, memory, allocations
	go test -run='^$$' -bench='$(BENCH)' -benchmem $(TESTFLAGS) ./...

failover: ## 100 rounds of killing, stopping and cutting off the daemon that leads; minutes
	go test ./cmd/syncd -run='^TestNoStepIsMadeTwice$$' -failovers=100 -timeout=30m $(TESTFLAGS) -v

fuzz: ## every fuzz target for FUZZTIME each
	@tools/fuzz.sh $(FUZZTIME)

soak: ## the planner's properties over WORLDS new random worlds each
	go test ./sync -run 'Propert|Sequences|Moved' -rapid.seed=0 -rapid.checks=$(WORLDS) -timeout 0 $(TESTFLAGS)

cover: ## how much the tests reach, by function; bin/cover.html
	@mkdir -p bin
	go test -coverpkg=./... -coverprofile=bin/cover.out ./...
	@go tool cover -html=bin/cover.out -o bin/cover.html
	@go tool cover -func=bin/cover.out

fmt: ## bring everything into gofmt's form
	@gofmt -l -w .
