# What `make contracts` checks of Protocol Buffers.
contracts:: install
	@buf lint contracts
	@if git cat-file -e '$(against):contracts/buf.yaml' 2>/dev/null; then \
		buf breaking contracts --against ".git#ref=$$(git rev-parse '$(against)'),subdir=contracts"; \
	fi
