# What `make contracts` checks of Protocol Buffers, against those of a commit, wherever in a repository they stand.
contracts:: install
	@buf lint contracts
	@if then=$$(git rev-parse --verify --quiet '$(against):./contracts') && \
		git cat-file -e "$$then:buf.yaml" 2>/dev/null; then \
		set -e; folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
		git -C "$$(git rev-parse --show-toplevel)" archive "$$then" | tar -x -C "$$folder"; \
		buf breaking contracts --against "$$folder"; \
	fi
