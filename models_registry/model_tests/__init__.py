"""`config.meta.tests` of models and metrics: what they say, and running them."""
