# The part of scikit-learn that is used here; the package has no type hints.
