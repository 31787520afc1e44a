# What `make contracts` checks of Protocol Buffers. The repository may be larger than this system.
contracts:: install
	@buf lint contracts
	@if git cat-file -e '$(against):./contracts/buf.yaml' 2>/dev/null; then \
		buf breaking contracts --against "$$(git rev-parse --path-format=absolute --git-common-dir)#format=git,ref=$$(git rev-parse '$(against)'),subdir=$$(git rev-parse --show-prefix)contracts"; \
	fi
