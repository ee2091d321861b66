# Every target sets itself up; nothing but Python ≥ 3.11, pip, git and make is needed.
PYTHON ?= python3
VENV := .venv/bin
READY := .venv/.ready
SAM_READY := .venv-sam/.ready
FUZZ_READY := .venv-fuzz/.ready
# Compiled once and kept, whatever the shell says: else every process of a run compiles all of it anew.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPATH := layers/core/python:client/src:.
export ARGS STACK SENDER KEEP PORT_BASE LOCAL_DIR PARAMS MAIL_HOME FROM ACCOUNT MAILBOX REPAIR MINUTES TARGET INPUT

.PHONY: admin client cost aws-page aws-smoke help run demo test test-fast explore fuzz lint format bench pictures gallery client-kills seed code reconcile index viewer rooms reset sam-build setup

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: $(READY) ## the local cloud with a demo company and the page; Ctrl-C stops it
	@exec $(VENV)/python -m infra.local.up --with-parent

demo: $(READY) ## the main job from start to end, for someone to watch
	@$(VENV)/python -m infra.local.demo

test: $(READY) ## every test that needs no AWS account
	@$(VENV)/python -m infra.testing

test-fast: $(READY) ## the tests without the local cloud and the browser: under a minute
	@$(VENV)/python -m infra.testing fast

explore: $(READY) ## property tests with new seeds for MINUTES=n; prints how to repeat a finding
	@$(VENV)/python -m infra.explore

fuzz: $(READY) $(FUZZ_READY) ## libFuzzer for MINUTES=n on each of what reads strangers' bytes, or TARGET=mbox alone
	@$(VENV)/python -m tests.fuzz

lint: $(READY) $(SAM_READY) ## format, lint, types, import arrows, template, state machines
	@$(VENV)/python -m infra.linting

lock: $(READY) ## requirements*.lock with hashes, docs/licences.md; after a change of pins
	@$(VENV)/python -m infra.dependencies lock

audit: $(READY) ## the pinned packages in the advisory databases
	@$(VENV)/python -m infra.dependencies audit

sbom: $(READY) ## what is in them, as CycloneDX, to sbom.json
	@$(VENV)/python -m infra.dependencies sbom

format: $(READY) ## write the format `lint` asks for
	@$(VENV)/ruff check --quiet --fix . ; $(VENV)/ruff format --quiet .

bench: $(READY) ## ours and the others side by side; ONLY=large_upload for the one that takes long
	@$(VENV)/python -m benchmarks $(ONLY)

pictures: $(READY) ## the README's pictures of the page, anew; wants Debian's chromium
	@$(VENV)/python -m tests.browser.pictures

client: $(READY) ## the migration client's window; ARGS="…" for its command line
	@if [ -n "$$ARGS" ]; then $(VENV)/python -m pyeonji_client $(ARGS); else $(VENV)/python -m pyeonji_client.window.main; fi

admin: $(READY) ## ARGS="company list": pyeonji-admin on the running local cloud (docs/deploy.md)
	@$(VENV)/python -m infra.admin $(ARGS)

client-kills: $(READY) ## the client killed at 200 random instants a source; some 40 minutes
	@PYEONJI_KILLS=200 $(VENV)/python -m pytest -q -s client/tests/test_client_kill.py

seed: $(READY) ## FROM=<folder or mbox> ACCOUNT=kim@acme.example MAILBOX=<path>
	@$(VENV)/python -m infra.local.seed

reconcile: $(READY) ## table against buckets on the running local cloud; REPAIR=1 mends
	@$(VENV)/python -m infra.local.reconcile

rooms: $(READY) ## the picture of the rooms in docs/architecture.md, from the imports
	@$(VENV)/python -m infra.rooms

gallery: $(READY) ## every screen of the page, both languages, three widths, light and dark, and before and after: .local/gallery/index.html
	@$(VENV)/python -m tests.browser.contact_sheets $(ARGS)

viewer: $(READY) ## web/viewer.html, which looks into a backup from a disk
	@$(VENV)/python -m infra.viewer

index: $(READY) ## search files for mail that has none, on the running local cloud
	@$(VENV)/python -m infra.local.index

code: $(READY) ## the one-time code of lee, who has a second factor
	@$(VENV)/python -m infra.local.code

reset: $(READY) ## forget the local data
	@$(VENV)/python -m infra.local.reset

setup: $(READY) ## only the set-up

cost: $(READY) ## what upload and backup ask of AWS, counted; writes docs/cost.md
	@$(VENV)/python -m benchmarks.cost

aws-page: $(READY) ## STACK=pyeonji: web/ into the stack's bucket, and CloudFront told to forget
	@$(VENV)/python -m infra.aws.page $(STACK)

aws-smoke: $(READY) sam-build ## SENDER=… AWS_REGION=…: everything once on AWS, in a stack of its own
	@$(VENV)/python -m infra.aws.smoke

sam-build: $(SAM_READY) ## what goes to AWS, in .aws-sam/build; then: .venv-sam/bin/sam deploy --guided
	@PATH="$(abspath .venv-sam/bin):$$PATH" SAM_CLI_TELEMETRY=0 sam build

# A stamp that names the pins: other pins, another install.
$(READY): requirements.txt requirements.lock
	@$(PYTHON) infra/setup_venv.py .venv requirements.txt $@

$(SAM_READY): requirements-sam.txt requirements-sam.lock
	@$(PYTHON) infra/setup_venv.py .venv-sam requirements-sam.txt $@

$(FUZZ_READY): requirements-fuzz.txt requirements-fuzz.lock
	@$(PYTHON) infra/setup_venv.py .venv-fuzz requirements-fuzz.txt $@
