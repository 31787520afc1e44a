# Copyright Acme Corporation. All rights reserved.
# Owned by payments.

"""What prices are made of."""
