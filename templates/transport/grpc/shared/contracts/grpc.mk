# What `make contracts` checks of Protocol Buffers. `buf_against` is what they must not break: the
# contracts as they are committed, or those of another branch, as CI would ask for.
buf_against ?= .git\#ref=HEAD,subdir=contracts

contracts:: install
	@buf lint contracts
	@if git cat-file -e HEAD:contracts/buf.yaml 2>/dev/null; then \
		buf breaking contracts --against '$(buf_against)'; \
	fi
