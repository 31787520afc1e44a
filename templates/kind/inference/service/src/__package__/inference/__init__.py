"""Model serving: the model, the batches that it computes, and what is measured of them."""
