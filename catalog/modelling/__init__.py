"""/api/catalog: from tables to models, over HTTP."""
