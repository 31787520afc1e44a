# What two stages of tests/run consist of, for `make --jobs`: several suites at a time, for much of a test is waiting,
# but none that change the same project. `node_tests` is a function of tests/run, and exported.
SHELL := bash

.PHONY: system bridges bridge breaks streams default shop members assistant mixed running locks surroundings acme instructions
# The longest begin, so that all end together.
system: breaks streams bridge locks default mixed shop assistant running members surroundings acme instructions
# Their projects are made once, ahead of them.
breaks streams bridge: bridges
broken = $(patsubst %,bridge/%.test.ts,restarts ends tls)
streamed = $(patsubst %,bridge/%.test.ts,streams streamed-jobs jobs brokers)
# The projects of the golden paths are those of others too, and are as generated until then.
running: default shop instructions
instructions: default
alone = locks.test.ts surroundings.test.ts instructions.test.ts

bridges: ; node_tests system --test-global-setup=bridge/prepare.ts bridge/values.test.ts
breaks: ; node_tests system $(broken)
streams: ; node_tests system $(streamed)
bridge: ; node_tests system $(filter-out bridge/values.test.ts $(broken) $(streamed),$(wildcard bridge/*.test.ts))
default: ; node_tests system golden/minimal.test.ts
shop members assistant acme: ; node_tests system golden/$@.test.ts
mixed: ; node_tests system golden/mixed.test.ts names/names.test.ts
running: ; node_tests system --test-global-setup=prepare.ts $(filter-out $(alone),$(wildcard *.test.ts)) "faults/*.test.ts"
locks surroundings: ; node_tests system $@.test.ts
# What is counted is compiled by the program itself.
instructions: ; unset NODE_COMPILE_CACHE; node_tests system $@.test.ts

.PHONY: containers everything closely scaled replicas language
# One system with everything stands for those with one transport, which the system stage drives, and for the default
# one, which is looked at closely; EXAMPLES=all looks at each of them instead.
containers: everything closely scaled replicas $(if $(filter all assistant,$(EXAMPLES)),language)
closely: $(if $(EXAMPLES),everything)
language: everything

everything: ; node_tests containers containers/examples.test.ts
closely: ; node_tests containers containers/{images,running,descriptions,digests}.test.ts
scaled: ; node_tests containers containers/scaled.test.ts
language: ; node_tests containers containers/language.test.ts
replicas: ; node_tests containers containers/{replicas,members}.test.ts
